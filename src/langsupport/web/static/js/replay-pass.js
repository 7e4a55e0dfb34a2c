/* How far the finer pass over the recording is, while it is made. */

import { t } from "./strings.js";

const EVERY_MS = 5000;
const OTHERS = new Set(["queued", "running"]);

/** @param {string} state */
function words(state) {
  if (state === "queued") return t("The finer pass over the recording waits for its turn.");
  if (state === "running") return t("The finer pass over the recording is being made.");
  if (state === "done") return t("The recording was gone over again, more finely.");
  return t("The finer pass over the recording failed.");
}

/** @param {string} session */
export function followPass(session) {
  const place = document.getElementById("pass");
  if (!place || !OTHERS.has(place.dataset.state ?? "")) return;
  const look = async () => {
    const answer = await fetch(`/api/v1/sessions/${session}`).catch(() => null);
    const found = answer?.ok ? await answer.json() : null;
    if (found) {
      const percent = OTHERS.has(found.second_pass) ? ` ${found.second_pass_done} %` : "";
      place.textContent = words(found.second_pass) + percent;
    }
    if (!found || OTHERS.has(found.second_pass)) setTimeout(() => void look(), EVERY_MS);
  };
  setTimeout(() => void look(), EVERY_MS);
}

/* The page of an interpreter or a room: sends sound, says whether the session takes it. */

import { CapturePanel } from "./capture-panel.js";
import { html } from "./markup.js";
import { render } from "../vendor/preact.mjs";

const place = document.getElementById("speak");
if (place?.dataset.session) {
  const { session, channels = "", state } = place.dataset;
  render(html`<${CapturePanel} session=${session} channels=${channels.split(" ")} live=${state === "live"} />`, place);
}

/* The text page: translates while one writes. */

import { explain, problemIn } from "./problems.js";
import { languageName, locale, t } from "./strings.js";

const PAUSE_MS = 700;
const AS_ONE_WRITES_CHARACTERS = 2000; // longer texts wait for the button: they take their time
const COPIED_MS = 1600;

/** @template {Element} E @param {string} id @param {new () => E} kind @returns {E} */
function part(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

const desk = part("desk", HTMLFormElement);
const text = part("text", HTMLTextAreaElement);
const source = part("source", HTMLSelectElement);
const target = part("target", HTMLSelectElement);
const result = part("result", HTMLOutputElement);
const served = part("served", HTMLElement);
const detected = part("detected", HTMLElement);
const told = part("told", HTMLElement);
const count = part("count", HTMLElement);
const copy = part("copy", HTMLButtonElement);
const drafts = new Set((desk.dataset.drafts ?? "").split(" "));

let timer = 0;
/** @type {AbortController | null} */
let asking = null;

/** @param {HTMLSelectElement} select */
function chosen(select) {
  const option = select.selectedOptions[0];
  return { code: select.value, direction: option?.dataset.direction ?? "auto", tag: option?.dataset.tag ?? "" };
}

function dress() {
  const from = chosen(source);
  const into = chosen(target);
  text.dir = from.direction;
  text.lang = from.tag;
  result.dir = into.direction;
  result.lang = into.tag;
  copy.hidden = !result.value || result.classList.contains("waiting");
  count.textContent = `${new Intl.NumberFormat(locale()).format([...text.value].length)} / ${count.dataset.of}`;
}

/** @param {string} message */
function tell(message) {
  told.replaceChildren();
  if (!message) return;
  const box = document.createElement("div");
  box.className = "message bad";
  const words = document.createElement("p");
  words.textContent = message;
  box.append(words);
  told.append(box);
}

/** @param {string} translation */
function show(translation) {
  result.classList.remove("waiting");
  result.value = translation;
  dress();
}

async function translate() {
  window.clearTimeout(timer);
  asking?.abort();
  tell("");
  if (!text.value.trim()) {
    served.textContent = "";
    detected.hidden = true;
    show("");
    return;
  }
  const mine = new AbortController();
  asking = mine;
  result.classList.add("waiting");
  served.textContent = `${t("Translating")}…`;
  copy.hidden = true;
  try {
    const answer = await fetch("/api/v1/text", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ text: text.value, source: source.value || "auto", target: target.value }),
      signal: mine.signal,
    });
    const body = await answer.text();
    if (answer.ok) present(JSON.parse(body));
    else await refuse(await explain(problemIn(body, answer.statusText)));
  } catch (error) {
    if (!mine.signal.aborted) await refuse(await explain(null));
  }
}

/** @param {{translation: string, source: string, target: string, detected: boolean, model: string | null}} done */
function present(done) {
  show(done.translation);
  detected.hidden = !done.detected;
  detected.dataset.code = done.source;
  detected.textContent = t("Detected: {language}", { language: languageName(done.source) });
  served.replaceChildren();
  if (!done.model) return;
  served.append(t("Translated by {model}", { model: `\u2068${done.model}\u2069` }));
  if (drafts.has(`${done.source}-${done.target}`)) {
    const tag = document.createElement("span");
    tag.className = "tag warn";
    tag.textContent = t("Draft quality: for orientation only.");
    served.append(" ", tag);
  }
}

/** @param {string} why */
async function refuse(why) {
  served.textContent = "";
  show("");
  tell(why);
}

function soon() {
  dress();
  window.clearTimeout(timer);
  if (text.value.length <= AS_ONE_WRITES_CHARACTERS) timer = window.setTimeout(() => void translate(), PAUSE_MS);
}

function swap() {
  const from = source.value || (detected.hidden ? "" : (detected.dataset.code ?? ""));
  const into = target.value;
  if (!from) {
    source.value = into;
    target.value = [...target.options].find((option) => option.value !== into)?.value ?? into;
  } else {
    source.value = into;
    target.value = from;
  }
  if (result.value) text.value = result.value;
  result.value = "";
  detected.hidden = true;
  dress();
  void translate();
}

text.addEventListener("input", soon);
source.addEventListener("change", () => {
  detected.hidden = true;
  dress();
  void translate();
});
target.addEventListener("change", () => {
  dress();
  void translate();
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    void translate();
  }
});
desk.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = event.submitter;
  if (button instanceof HTMLButtonElement && button.value === "swap") swap();
  else void translate();
});
copy.addEventListener("click", async () => {
  const label = copy.querySelector(".label");
  await navigator.clipboard.writeText(result.value);
  if (!label) return;
  label.textContent = t("Copied");
  window.setTimeout(() => (label.textContent = t("Copy")), COPIED_MS);
});
dress();

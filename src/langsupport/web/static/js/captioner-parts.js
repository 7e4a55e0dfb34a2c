/* What stands around the captions in the editor: marks between them, questions, the help. */

import { clock } from "./cues.js";
import { Dialog, icon, KeysHelp } from "./live-parts.js";
import { html } from "./markup.js";
import { t } from "./strings.js";

/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./captions-state.js").Mark} Mark */

/** @param {Mark} mark */
export function markLine(mark) {
  const picture = { speaker: "person", item: "flag", note: "info", "off-record": "off-record" }[mark.kind];
  const words = mark.kind === "off-record" ? t("Off the record") : mark.text;
  return html`<li key=${`mark ${mark.id}`} class="line mark"><time>${clock(mark.at_ms)}</time><div class="line-body">${icon(picture)}<bdi>${words}</bdi></div></li>`;
}

/** Asks for a name, with those used before. @param {{label: string, names: string[], onClose: () => void, save: (name: string) => void}} props */
export function Naming({ label, names, onClose, save }) {
  return html`<${Dialog} label=${label} onClose=${onClose}>
    <form onSubmit=${(/** @type {any} */ event) => {
      event.preventDefault();
      save(new FormData(event.target).get("name")?.toString() ?? "");
    }}>
      <div class="field"><label for="naming">${label}</label><input class="input" id="naming" name="name" list="naming-names" autocomplete="off" maxlength="200" autofocus /></div>
      <datalist id="naming-names">${names.map((name) => html`<option value=${name}></option>`)}</datalist>
      <div class="row"><button class="button main">${t("Mark")}</button><button type="button" class="button" onClick=${onClose}>${t("Cancel")}</button></div>
    </form>
  <//>`;
}

/** @param {{cue: Cue, onClose: () => void, takeBack: () => void}} props */
export function TakingBack({ cue, onClose, takeBack }) {
  return html`<${Dialog} label=${t("Take this caption back?")} onClose=${onClose}>
    <h2>${t("Take this caption back?")}</h2>
    <blockquote dir="auto">${cue.stable}</blockquote>
    <p>${t("It disappears from all screens and from the transcript, in all languages. That can't be undone.")}</p>
    <div class="row"><button type="button" class="button danger" autofocus onClick=${takeBack}>${icon("trash")}${t("Take it back")}</button>
    <button type="button" class="button" onClick=${onClose}>${t("Cancel")}</button></div>
  <//>`;
}

/** @param {{enabled: boolean, onEnabled: (enabled: boolean) => void, onClose: () => void}} props */
export function DeskKeys({ enabled, onEnabled, onClose }) {
  /** @type {readonly (readonly [string, string])[]} */
  const keys = [
    ["↑ ↓  J K", t("Choose a caption")],
    ["Enter  E", t("Edit it")],
    ["Enter", t("Save what was written")],
    ["Esc", t("Leave without saving; what was written stays as a draft")],
    ["Ctrl+Delete", t("Take the caption back")],
    ["Ctrl+Z  U", t("Undo the last correction of yours")],
    ["Ctrl+H  F", t("Find and replace")],
    ["P  Ctrl+Space", t("Play its sound")],
    ["End", t("Back to the newest")],
    ["F2", t("Mark who speaks from this caption on")],
    ["F4", t("Mark the agenda item")],
    ["?", t("This help")],
  ];
  return html`<${KeysHelp} keys=${keys} onClose=${onClose} enabled=${enabled} onEnabled=${onEnabled} />`;
}

/* Errors that revisers mark: the list below a segment, and the question which kind of error it is. */

import { Dialog } from "./live-parts.js";
import { html } from "./markup.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {{id: string, category: string, severity: string, text: string, by: string, at: string, own: boolean}} Mark */
/** @typedef {{category: string, severity: string, text: string}} MarkAsked */

/** @returns {[string, string][]} */
function categories() {
  return [
    ["accuracy", t("Accuracy")],
    ["terminology", t("Terminology")],
    ["linguistic", t("Grammar and spelling")],
    ["style", t("Style")],
    ["locale", t("Numbers, dates and other conventions")],
    ["audience", t("Wrong for the readers")],
    ["design", t("Formatting")],
    ["other", t("Something else")],
  ];
}

/** @returns {[string, string][]} */
function severities() {
  return [
    ["minor", t("Minor")],
    ["major", t("Major")],
    ["critical", t("Critical")],
    ["neutral", t("Preference")],
  ];
}

/** @param {string} key @param {[string, string][]} names */
function nameOf(key, names) {
  return names.find(([one]) => one === key)?.[1] ?? key;
}

/** What was marked in a segment. @param {{marks: readonly Mark[], onRemove: ((mark: Mark) => void) | null}} props */
export function Marks({ marks, onRemove }) {
  if (!marks.length) return null;
  return html`<ul class="found marks" aria-label=${t("Marked errors")}>${marks.map((mark) => {
    const name = `${nameOf(mark.category, categories())}, ${nameOf(mark.severity, severities())}`;
    return html`<li key=${mark.id}><span class="tag ${mark.severity === "neutral" ? "" : "bad"}">${name}</span>
      <span>${mark.text ? html`<bdi>${mark.text}</bdi> ` : null}<span class="note">${mark.by}</span></span>
      ${onRemove && mark.own ? html`<button type="button" class="button small plain" aria-label=${t("Remove: {what}", { what: name })} onClick=${() => onRemove(mark)}>${t("Remove")}</button>` : null}</li>`;
  })}</ul>`;
}

export class MarkDialog extends Component {
  /** @param {{onClose: () => void, onMark: (asked: MarkAsked) => void}} props */
  constructor(props) {
    super(props);
    this.props = props;
    /** @type {MarkAsked} */
    this.asked = { category: "accuracy", severity: "minor", text: "" };
  }

  render() {
    const { onClose, onMark } = /** @type {{onClose: () => void, onMark: (asked: MarkAsked) => void}} */ (this.props);
    return html`<${Dialog} label=${t("Mark an error")} onClose=${onClose}>
      <form class="field" onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        onMark(this.asked);
      }}>
        <h2>${t("Mark an error")}</h2>
        <label for="category">${t("What kind of error")}</label>
        <select id="category" autofocus onChange=${(/** @type {any} */ event) => (this.asked.category = event.target.value)}>${categories().map(([key, name]) => html`<option value=${key}>${name}</option>`)}</select>
        <label for="severity">${t("How bad it is")}</label>
        <select id="severity" onChange=${(/** @type {any} */ event) => (this.asked.severity = event.target.value)}>${severities().map(([key, name]) => html`<option value=${key}>${name}</option>`)}</select>
        <label for="what">${t("What is wrong (may stay empty)")}</label>
        <input class="input" id="what" maxlength="1000" dir="auto" onInput=${(/** @type {any} */ event) => (this.asked.text = event.target.value)} />
        <div class="row"><button class="button main">${t("Mark it")}</button><button type="button" class="button plain" onClick=${onClose}>${t("Cancel")}</button></div>
      </form>
    <//>`;
  }
}

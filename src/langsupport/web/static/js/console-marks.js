/* Speakers and agenda items, marked while the meeting runs: one key each. */

import { currentOf, keyedSpeakers, linesOf, nextItem } from "./console-model.js";
import { namesIn } from "./captioner-model.js";
import { icon } from "./live-parts.js";
import { html } from "./markup.js";
import { clock } from "./cues.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./captions-state.js").Mark} Mark */
/** @typedef {import("./live-api.js").Session} Session */
/** @typedef {import("./console-channels.js").Doing} Doing */
/** @typedef {{session: Session, marks: readonly Mark[], running: boolean, now: () => number, mark: (kind: "speaker" | "item", text: string, at_ms: number | null) => void, unmark: (id: string) => void}} MarksProps */

const SHOWN = 6;
/** @type {Partial<Record<Mark["kind"], string>>} */
const PICTURES = { speaker: "person", item: "flag", note: "info" };

export class Marks extends Component {
  /** @param {MarksProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.state = { name: "" };
    /** When the writing of the name began: that is when the speaker did. @type {number | null} */
    this.begun_ms = null;
  }

  /** @param {string} name */
  write(name) {
    if (name && this.begun_ms === null) this.begun_ms = /** @type {MarksProps} */ (this.props).now();
    if (!name) this.begun_ms = null;
    this.setState({ name });
  }

  save() {
    const name = this.state.name.trim();
    if (!name) return;
    /** @type {MarksProps} */ (this.props).mark("speaker", name, this.begun_ms);
    this.write("");
  }

  render() {
    const { session, marks, running, mark } = /** @type {MarksProps} */ (this.props);
    const keyed = keyedSpeakers(marks);
    const speaking = currentOf(marks, "speaker")?.text;
    return html`<section class="card panel marks" aria-labelledby="marks-heading">
      <h2 id="marks-heading">${t("Speakers and agenda")}</h2>
      <form class="marking" onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        this.save();
      }}>
        <div class="field"><label for="speaker">${t("Who speaks now")}</label>
          <input class="input" id="speaker" list="speakers" autocomplete="off" maxlength="200" disabled=${!running} value=${this.state.name}
            onInput=${(/** @type {any} */ event) => this.write(event.target.value)}
            onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (this.write(""), /** @type {HTMLElement} */ (event.target).blur())} /></div>
        <datalist id="speakers">${namesIn(marks, "speaker").map((name) => html`<option value=${name}></option>`)}</datalist>
        <button class="button" disabled=${!running}>${icon("person")}${t("Mark")}</button>
      </form>
      ${keyed.length > 0 &&
      html`<ul class="keyed" aria-label=${t("Speakers so far")}>
        ${keyed.map((name, index) => html`<li key=${name}><button type="button" class="button small" disabled=${!running} aria-pressed=${name === speaking ? "true" : "false"} onClick=${() => mark("speaker", name, null)}><kbd>${index + 1}</kbd><bdi>${name}</bdi></button></li>`)}
      </ul>`}
      ${this.agenda(session.agenda, marks, running)}
      ${this.last(marks)}
    </section>`;
  }

  /** @param {string[]} agenda @param {readonly Mark[]} marks @param {boolean} running */
  agenda(agenda, marks, running) {
    const { mark } = /** @type {MarksProps} */ (this.props);
    if (!agenda.length) return html`<p class="note small">${t("No agenda yet: write one below, and each item gets a key.")}</p>`;
    const next = nextItem(agenda, marks);
    const current = currentOf(marks, "item")?.text;
    return html`<div class="field">
      <button type="button" class="button" id="next-item" disabled=${!running || next === null} onClick=${() => next !== null && mark("item", next, null)}>
        ${icon("flag")}<span>${next === null ? t("The agenda is at its end") : html`${t("Next item")}: <bdi>${next}</bdi>`}</span></button>
      <ol class="agenda">${agenda.map((item) => html`<li key=${item} class=${item === current ? "current" : ""}>
        <button type="button" class="link" disabled=${!running} aria-current=${item === current ? "true" : null} onClick=${() => mark("item", item, null)}><bdi>${item}</bdi></button></li>`)}</ol>
    </div>`;
  }

  /** @param {readonly Mark[]} marks */
  last(marks) {
    const { unmark } = /** @type {MarksProps} */ (this.props);
    const shown = marks.filter((mark) => mark.kind !== "off-record").slice(-SHOWN).reverse();
    if (!shown.length) return null;
    return html`<details class="more"><summary>${t("Last marks")}</summary>
      <ul class="last-marks">${shown.map((mark) => html`<li key=${mark.id}><time>${clock(mark.at_ms)}</time>${icon(PICTURES[mark.kind] ?? "info")}<bdi>${mark.text}</bdi>
        <button type="button" class="button small plain" aria-label=${t("Take away: {name}", { name: mark.text })} onClick=${() => unmark(mark.id)}>${icon("trash")}</button></li>`)}</ul>
    </details>`;
  }
}

/** A list that is written one item a line and saved by hand: the glossary, the agenda. */
export class Terms extends Component {
  /** @param {{id: string, label: string, hint: string, lines: readonly string[], save: (lines: string[]) => Promise<boolean>}} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.state = { text: null, busy: false };
  }

  render() {
    const { id, label, hint, lines, save } = /** @type {any} */ (this.props);
    const kept = lines.join("\n");
    const text = this.state.text ?? kept;
    const changed = text !== kept;
    return html`<div class="field terms">
      <label for=${id}>${label}</label>
      <textarea class="input" id=${id} rows="6" dir="auto" value=${text} aria-describedby="${id}-hint" onInput=${(/** @type {any} */ event) => this.setState({ text: event.target.value })}></textarea>
      <p class="note small" id="${id}-hint">${hint}</p>
      ${changed &&
      html`<div class="row"><button type="button" class="button main small" disabled=${this.state.busy} onClick=${async () => {
        this.setState({ busy: true });
        const saved = await save(linesOf(text));
        this.setState(saved ? { busy: false, text: null } : { busy: false });
      }}>${t("Save")}</button>
      <button type="button" class="button small plain" onClick=${() => this.setState({ text: null })}>${t("Leave it as it was")}</button></div>`}
    </div>`;
  }
}

/* One caption in the captioner's editor: chosen, being written, on its way, in conflict. */

import { grown } from "./captioner-model.js";
import { clock } from "./cues.js";
import { dressed, icon } from "./live-parts.js";
import { html } from "./markup.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./captioner-model.js").Draft} Draft */
/** @typedef {import("./captioner-model.js").Correction} Correction */
/**
 * @typedef {{
 *   choose: (id: string) => void, edit: (id: string) => void, write: (cue: Cue, text: string) => void, save: (cue: Cue) => void,
 *   leave: () => void, discard: (cue: Cue) => void, retract: (cue: Cue) => void, play: (cue: Cue) => void,
 *   insist: (one: Correction) => void, yield: (one: Correction) => void, again: (one: Correction, cue: Cue) => void,
 * }} RowActs
 */
/**
 * `way` tells the states of `correction` apart, which changes in place.
 *
 * @typedef {{
 *   cue: Cue, tail: string, chosen: boolean, editing: boolean, draft: Draft | null, correction: Correction | null, way: string,
 *   playable: boolean, playing: boolean, acts: RowActs,
 * }} RowProps
 */

export class CueRow extends Component {
  /** @param {RowProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    /** @type {HTMLTextAreaElement | null} */
    this.field = null;
  }

  /** @param {RowProps} next */
  shouldComponentUpdate(next) {
    const now = /** @type {RowProps} */ (this.props);
    return /** @type {(keyof RowProps)[]} */ (Object.keys(next)).some((name) => name !== "acts" && next[name] !== now[name]);
  }

  /** @param {RowProps} before */
  componentDidUpdate(before) {
    const { editing } = /** @type {RowProps} */ (this.props);
    if (editing && !before.editing) this.begin();
  }

  componentDidMount() {
    if (/** @type {RowProps} */ (this.props).editing) this.begin();
  }

  begin() {
    this.field?.focus({ preventScroll: true });
    this.field?.closest("li")?.scrollIntoView({ block: "nearest" });
  }

  render() {
    const { cue, chosen, editing, draft, correction } = /** @type {RowProps} */ (this.props);
    const look = `line${chosen ? " chosen" : ""}${editing ? " editing" : ""} ${cue.state}`;
    return html`<li class=${look} data-cue=${cue.id}>
      <time>${clock(cue.t0_ms)}</time>
      <div class="line-body">
        ${editing ? this.editor() : this.reading()}
        ${!editing && draft && html`<div class="row small"><span class="tag warn">${icon("edit")}${t("Not saved")}</span>
          <button type="button" class="button small plain" onClick=${() => this.acts.discard(cue)}>${t("Throw it away")}</button></div>`}
        ${correction && this.onItsWay(correction)}
      </div>
      ${this.marks()}
    </li>`;
  }

  get acts() {
    return /** @type {RowProps} */ (this.props).acts;
  }

  reading() {
    const { cue, tail, chosen, draft, correction } = /** @type {RowProps} */ (this.props);
    const waiting = correction && (correction.state === "waiting" || correction.state === "sending") && !correction.retract;
    const text = waiting ? correction.text : (draft?.text ?? cue.stable);
    return html`<button type="button" class="line-text" tabindex=${chosen ? "0" : "-1"} aria-keyshortcuts="Enter" ...${dressed(cue.lang)}
      onFocus=${() => this.acts.choose(cue.id)} onClick=${() => this.acts.edit(cue.id)}>
      <span>${text}</span>${tail && html`<span class="tail">${tail}</span>`}
    </button>`;
  }

  marks() {
    const { cue, playable, playing, chosen } = /** @type {RowProps} */ (this.props);
    return html`<div class="line-marks">
      ${cue.state === "corrected" && html`<span class="tag good" title=${t("Corrected by a person")}>${icon("person")}<span class="unseen">${t("Corrected by a person")}</span></span>`}
      ${cue.state === "open" && html`<span class="tag busy">${icon("progress")}<span class="unseen">${t("Still being spoken")}</span></span>`}
      ${playable && html`<button type="button" class="button small plain" tabindex=${chosen ? "0" : "-1"} aria-label=${playing ? t("Stop the sound") : t("Play the sound")} aria-pressed=${playing ? "true" : "false"}
        onClick=${() => this.acts.play(cue)}>${icon(playing ? "stop" : "play")}</button>`}
    </div>`;
  }

  editor() {
    const { cue, draft } = /** @type {RowProps} */ (this.props);
    const text = draft?.text ?? cue.stable;
    const growth = draft ? grown(draft.base, cue.stable) : "";
    return html`<div class="writing">
      <textarea class="input" rows="2" maxlength="2000" aria-label=${t("Caption at {time}", { time: clock(cue.t0_ms) })} aria-describedby="writing-hint" ...${dressed(cue.lang)}
        ref=${(/** @type {any} */ found) => (this.field = found)} value=${text}
        onInput=${(/** @type {any} */ event) => this.acts.write(cue, event.target.value)}
        onKeyDown=${(/** @type {KeyboardEvent} */ event) => this.key(event)}></textarea>
      ${growth && html`<p class="grown" ...${dressed(cue.lang)}><span class="small">${t("Said since (added when you save):")}</span> <span class="growth">${growth}</span></p>`}
      ${growth === null && html`<p class="grown other"><span class="small">${t("Changed by somebody else meanwhile:")}</span> <span ...${dressed(cue.lang)}>${cue.stable}</span></p>`}
      <div class="row">
        <button type="button" class="button main small" onClick=${() => this.acts.save(cue)}>${icon("check")}${t("Save")}</button>
        <button type="button" class="button small" onClick=${() => this.acts.leave()}>${t("Leave")}</button>
        <button type="button" class="button small danger" onClick=${() => this.acts.retract(cue)}>${icon("trash")}${t("Take back")}</button>
      </div>
    </div>`;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { cue } = /** @type {RowProps} */ (this.props);
    if (event.isComposing) return; // Enter chooses a character, in Chinese for one
    if (event.key === "Enter") {
      event.preventDefault();
      this.acts.save(cue);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.acts.leave();
    } else if (event.ctrlKey && event.key === "Delete") {
      event.preventDefault();
      this.acts.retract(cue);
    } else if (event.ctrlKey && event.key === " ") {
      event.preventDefault();
      this.acts.play(cue);
    }
  }

  /** @param {Correction} one */
  onItsWay(one) {
    const { cue } = /** @type {RowProps} */ (this.props);
    if (one.state === "waiting") return html`<p class="row small"><span class="tag">${icon("clock")}${t("Waiting to be sent")}</span></p>`;
    if (one.state === "sending") return html`<p class="row small"><span class="tag busy">${icon("progress")}${t("Saving")}</span></p>`;
    if (one.state === "refused") {
      return html`<div class="message bad" role="alert">${icon("error")}<div><p>${t("It was not saved:")} ${one.said}</p>
        <p ...${dressed(cue.lang)}>${one.text}</p>
        <div class="row"><button type="button" class="button small" onClick=${() => this.acts.again(one, cue)}>${icon("edit")}${t("Edit it again")}</button>
        <button type="button" class="button small plain" onClick=${() => this.acts.yield(one)}>${t("Throw it away")}</button></div></div></div>`;
    }
    return html`<div class="message warn conflict" role="alert">${icon("warning")}<div>
      <p>${t("Somebody else changed this caption meanwhile. Which text holds?")}</p>
      <dl><dt>${t("Mine")}</dt><dd ...${dressed(cue.lang)}>${one.text}</dd><dt>${t("Now")}</dt><dd ...${dressed(cue.lang)}>${one.now}</dd></dl>
      <div class="row"><button type="button" class="button small main" onClick=${() => this.acts.insist(one)}>${t("Mine")}</button>
      <button type="button" class="button small" onClick=${() => this.acts.yield(one)}>${t("Keep it as it is now")}</button>
      <button type="button" class="button small" onClick=${() => this.acts.again(one, cue)}>${icon("edit")}${t("Edit mine")}</button></div>
    </div></div>`;
  }
}

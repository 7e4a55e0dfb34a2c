/* Find and replace in the captioner's editor: for a name that is said again and again. What would change is shown first. */

import { hits } from "./captioner-model.js";
import { clock } from "./cues.js";
import { dressed, icon } from "./live-parts.js";
import { html } from "./markup.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./captioner-model.js").Hit} Hit */
/**
 * @typedef {{
 *   cues: readonly Cue[], found: string, onClose: () => void,
 *   replace: (hits: Hit[], term: string | null) => void,
 * }} ReplaceProps `term`: what recognition is to learn
 */

const SHOWN = 200;

export class Replace extends Component {
  /** @param {ReplaceProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.state = { find: props.found, put: "", teach: true, /** @type {Set<string>} */ left: new Set() };
  }

  /** @param {Hit[]} found */
  apply(found) {
    const { put, teach, left } = this.state;
    const { replace } = /** @type {ReplaceProps} */ (this.props);
    const chosen = found.filter((hit) => !left.has(hit.cue.id));
    replace(chosen, teach && put.trim() ? put.trim() : null);
  }

  /** @param {string} id @param {boolean} wanted */
  want(id, wanted) {
    const left = new Set(this.state.left);
    if (wanted) left.delete(id);
    else left.add(id);
    this.setState({ left });
  }

  render() {
    const { cues, onClose } = /** @type {ReplaceProps} */ (this.props);
    const { find, put, teach, left } = this.state;
    const all = hits(cues, find, put);
    const found = all.slice(-SHOWN);
    const count = found.filter((hit) => !left.has(hit.cue.id)).length;
    return html`<form class="card panel replacing" aria-label=${t("Find and replace")}
      onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        if (count && put.trim()) this.apply(found);
      }}
      onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && onClose()}>
      <div class="fields">
        <div class="field"><label for="find">${t("Find")}</label>
          <input class="input" id="find" dir="auto" autocomplete="off" value=${find} ref=${(/** @type {any} */ place) => !this.focused && place && ((this.focused = true), place.focus())}
            onInput=${(/** @type {any} */ event) => this.setState({ find: event.target.value, left: new Set() })} /></div>
        <div class="field"><label for="put">${t("Replace by")}</label>
          <input class="input" id="put" dir="auto" autocomplete="off" value=${put} onInput=${(/** @type {any} */ event) => this.setState({ put: event.target.value })} /></div>
      </div>
      <div class="choices"><label><input type="checkbox" checked=${teach} onChange=${(/** @type {any} */ event) => this.setState({ teach: event.target.checked })} />${t("Add it to the names and terms, so that it is recognized from now on")}</label></div>
      <p class="note" role="status">${find.trim() ? t("Found in captions: {count}", { count: all.length }) : ""}</p>
      ${found.length > 0 &&
      html`<ul class="hits">${found.map((hit) => html`<li key=${hit.cue.id}><label>
        <input type="checkbox" checked=${!left.has(hit.cue.id)} onChange=${(/** @type {any} */ event) => this.want(hit.cue.id, event.target.checked)} />
        <time>${clock(hit.cue.t0_ms)}</time>
        <span ...${dressed(hit.cue.lang)}>${hit.parts.map((part) => (part.hit ? html`<del>${part.text}</del>${put.trim() && html`<ins>${put.trim()}</ins>`}` : part.text))}</span>
      </label></li>`)}</ul>`}
      <div class="row"><button class="button main" disabled=${!count || !put.trim()}>${icon("check")}${t("Replace: {count}", { count })}</button>
      <button type="button" class="button plain" onClick=${onClose}>${t("Close")}</button></div>
    </form>`;
  }

  focused = false;
}

/* The last captions of a track, flowing: follows the live edge unless somebody scrolls back. */

import { dressed, icon, LANGUAGES, trackName } from "./live-parts.js";
import { trackOf } from "./captions-state.js";
import { html } from "./markup.js";
import { clock } from "./cues.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./captions-state.js").CaptionsState} CaptionsState */
/** @typedef {import("./captions-state.js").Cue} Cue */

const SHOWN = 40;
const EDGE_PIXELS = 24;

export class Flow extends Component {
  /** @param {{captions: CaptionsState, track: string, offered: readonly string[], onTrack?: (track: string) => void}} props */
  constructor(props) {
    super(props);
    this.props = props;
    /** @type {HTMLElement | null} */
    this.place = null;
    this.atEdge = true;
  }

  componentDidUpdate() {
    if (this.place && this.atEdge) this.place.scrollTop = this.place.scrollHeight;
  }

  render() {
    const { captions, track, offered, onTrack } = /** @type {{captions: CaptionsState, track: string, offered: readonly string[], onTrack?: (track: string) => void}} */ (this.props);
    const { cues, tails } = trackOf(captions, track);
    const shown = cues.slice(-SHOWN);
    const known = new Set(shown.map((cue) => cue.id));
    const label = t("Captions: {track}", { track: trackName(track) });
    return html`<div class="flow">
      <div class="flow-head">
        ${onTrack
          ? html`<label class="unseen" for="flow-track">${t("Second track")}</label>
              <select id="flow-track" class="slim" value=${track} onChange=${(/** @type {any} */ event) => onTrack(event.target.value)}>
                ${LANGUAGES.filter((key) => offered.includes(key)).map((key) => html`<option value=${key} selected=${key === track}>${trackName(key)}</option>`)}
              </select>`
          : html`<h2>${trackName(track)}</h2>`}
      </div>
      <div class="flowing" tabindex="0" role="region" aria-label=${label} ref=${(/** @type {any} */ found) => (this.place = found)}
        onScroll=${() => this.place && (this.atEdge = this.place.scrollHeight - this.place.scrollTop - this.place.clientHeight < EDGE_PIXELS)}>
        ${shown.map((cue) => this.line(cue, tails.find((tail) => tail.id === cue.id)?.tail ?? ""))}
        ${tails.filter((tail) => !known.has(tail.id)).map((tail) => html`<p key=${tail.id} class="said" ...${dressed(tail.lang)}><span class="tail">${tail.tail}</span></p>`)}
        ${!shown.length && !tails.length && html`<p class="note">${t("Captions appear here as soon as somebody speaks.")}</p>`}
      </div>
    </div>`;
  }

  /** @param {Cue} cue @param {string} tail */
  line(cue, tail) {
    return html`<p key=${cue.id} class="said ${cue.state}" ...${dressed(cue.lang)}>
      <time>${clock(cue.t0_ms)}</time>
      ${cue.state === "corrected" && html`<span class="by-hand" title=${t("Corrected by a person")}>${icon("person")}<span class="unseen">${t("Corrected by a person")}</span></span>`}
      <span>${cue.stable}</span>${tail && html`<span class="tail">${tail}</span>`}
    </p>`;
  }
}

/* One caption of a meeting that is read again: a click on a word plays it. */

import { dressed } from "./captions-rows.js";
import { clock } from "./cues.js";
import { html } from "./markup.js";
import { cut, findIn } from "./replay-text.js";
import { t } from "./strings.js";
import { iconNamed, markLine } from "./watch-parts.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./captions-rows.js").Row} Row */
/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./replay-text.js").Place} Place */
/**
 * @typedef {{
 *   row: Row, cue: Cue | null, current: boolean, places: readonly Place[] | null, word: number, search: string, hit: boolean,
 *   hear: ((cue: Cue, offset: number) => void) | null
 * }} RowProps
 */

export class ReplayRow extends Component {
  /** Thousands of rows, of which one or two change. @param {RowProps} next */
  shouldComponentUpdate(next) {
    const now = this.props;
    const same = next.cue === now.cue && next.current === now.current && next.places === now.places && next.word === now.word;
    return !same || next.search !== now.search || next.hit !== now.hit || (!next.cue && JSON.stringify(next.row) !== JSON.stringify(now.row));
  }

  render() {
    const { row, cue, current, hit } = /** @type {RowProps} */ (this.props);
    if (row.kind !== "cue") return html`<div class="replay-mark" data-key=${row.key} id=${`at-${row.at_ms}`}>${markLine(row)}</div>`;
    if (!cue) return null;
    return html`<div class=${`replay-row${current ? " current" : ""}${hit ? " hit" : ""}`} data-key=${row.key} aria-current=${current ? "true" : null}>
      ${this.time(cue)}
      <p class="said" ...${dressed(cue.lang)} onClick=${(/** @type {MouseEvent} */ event) => this.click(event)}>${this.inside(cue)}${
        cue.state === "corrected" && html`<span class="corrected" title=${t("Corrected by a person")}>${iconNamed("edit")}<span class="unseen">${t("Corrected by a person")}</span></span>`
      }</p>
    </div>`;
  }

  /** For the keyboard: play from here. @param {Cue} cue */
  time(cue) {
    const { hear } = this.props;
    const time = clock(cue.t0_ms);
    if (!hear) return html`<time>${time}</time>`;
    return html`<button type="button" class="time" aria-label=${t("Play from {time}", { time })} onClick=${() => hear(cue, 0)}>${time}</button>`;
  }

  /** @param {Cue} cue */
  inside(cue) {
    const { places, word, search } = /** @type {RowProps} */ (this.props);
    const found = search ? findIn(cue.stable, search) : [];
    if (found.length) return cut(cue.stable, found).map((part) => (part.range < 0 ? piece(part) : html`<mark data-at=${part.at}>${part.text}</mark>`));
    if (!places?.length) return piece({ text: cue.stable, at: 0 });
    const ranges = places.map(({ from, to }) => /** @type {[number, number]} */ ([from, to]));
    return cut(cue.stable, ranges).map((part) => html`<span data-at=${part.at} class=${part.range === word && part.range >= 0 ? "word now" : "word"}>${part.text}</span>`);
  }

  /** @param {MouseEvent} event */
  click(event) {
    const { cue, hear } = /** @type {RowProps} */ (this.props);
    if (!cue || !hear || getSelection()?.toString()) return; // who marks text wants to copy it
    hear(cue, offsetAt(event));
  }
}

/** @param {{text: string, at: number}} part */
function piece({ text, at }) {
  return html`<span data-at=${at}>${text}</span>`;
}

/** The place in a caption's text that was clicked. @param {MouseEvent} event */
function offsetAt(event) {
  const { clientX, clientY } = event;
  const position = document.caretPositionFromPoint?.(clientX, clientY);
  const range = position ? null : document.caretRangeFromPoint?.(clientX, clientY);
  const node = position?.offsetNode ?? range?.startContainer;
  const within = position?.offset ?? range?.startOffset ?? 0;
  const part = node?.parentElement?.closest("[data-at]");
  return Number(part instanceof HTMLElement ? part.dataset.at : 0) + within;
}

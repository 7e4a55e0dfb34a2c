/* Where a segment is split: asked with the keyboard or the mouse, word by word. */

import { Dialog, dressed } from "./live-parts.js";
import { html } from "./markup.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

const ENDS = /[.!?;:…。！？；：؛؟،,、，]["'»”’)\]]*\s*$/u;

/** Places in a text where one of its words begins, but for the first: as the page counts. @param {string} text @param {string} language */
export function splitPoints(text, language) {
  const spaced = !/^(zh|ja|th)\b/.test(language);
  return [...new Intl.Segmenter(language, { granularity: spaced ? "word" : "grapheme" }).segment(text)]
    .map(({ index }) => index)
    .filter((at) => text.slice(0, at).trim() && text.slice(at).trim() && !/^\s/u.test(text.slice(at)) && (spaced ? /\s$/u.test(text.slice(0, at)) : !/^\p{P}/u.test(text.slice(at))));
}

/** Which of these places people mean most likely: the end of a sentence or a clause that is nearest to the middle. @param {string} text @param {readonly number[]} points */
export function likelyPoint(text, points) {
  const after = points.filter((at) => ENDS.test(text.slice(0, at)));
  const from = after.length ? after : points;
  const away = (/** @type {number} */ at) => Math.abs(at - text.length / 2);
  return from.length ? from.reduce((best, at) => (away(at) < away(best) ? at : best)) : null;
}

/** @typedef {{text: string, language: string, onClose: () => void, onSplit: (at: number) => void}} SplitProps `at` in characters, as the server counts */

export class SplitDialog extends Component {
  /** @param {SplitProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.points = splitPoints(props.text, props.language);
    this.state = { at: likelyPoint(props.text, this.points) };
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { language } = /** @type {SplitProps} */ (this.props);
    const place = this.points.indexOf(/** @type {number} */ (this.state.at));
    const forward = dressed(language).dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const backward = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const last = this.points.length - 1;
    const to = { [forward]: place + 1, ArrowDown: place + 1, [backward]: place - 1, ArrowUp: place - 1, Home: 0, End: last }[event.key];
    if (event.key === "Enter") this.split(event);
    if (to === undefined) return;
    event.preventDefault();
    this.setState({ at: this.points[Math.max(0, Math.min(last, to))] });
  }

  /** @param {Event} event */
  split(event) {
    event.preventDefault();
    const { text, onSplit } = /** @type {SplitProps} */ (this.props);
    const at = /** @type {number | null} */ (this.state.at);
    if (at !== null) onSplit([...text.slice(0, at)].length);
  }

  render() {
    const { text, language, onClose } = /** @type {SplitProps} */ (this.props);
    const at = /** @type {number | null} */ (this.state.at);
    const bounds = [0, ...this.points, text.length];
    const words = bounds.slice(0, -1).map((start, index) => ({ start, words: text.slice(start, bounds[index + 1]) }));
    return html`<${Dialog} label=${t("Where is it split?")} onClose=${onClose} wide=${true}>
      <form onSubmit=${(/** @type {Event} */ event) => this.split(event)}>
        <h2>${t("Where is it split?")}</h2>
        ${
          at === null
            ? html`<p>${t("There is only one word here.")}</p>`
            : html`<div class="cutting" tabindex="0" autofocus role="slider" aria-label=${t("Where is it split?")} aria-valuemin="1" aria-valuemax=${this.points.length} aria-valuenow=${this.points.indexOf(at) + 1}
                aria-valuetext=${t("before “{words}”", { words: text.slice(at, at + 40) })} onKeyDown=${(/** @type {KeyboardEvent} */ event) => this.key(event)} ...${dressed(language)}>
                ${words.map((one) => html`<span class=${one.start < at ? "first" : "second"} onClick=${() => one.start && this.setState({ at: one.start })}>${one.start === at ? html`<i class="cut"></i>` : null}${one.words}</span>`)}</div>
              <p class="note small">${t("The arrow keys move the line; Enter splits there.")}</p>`
        }
        <div class="row"><button class="button main" disabled=${at === null}>${t("Split")}</button><button type="button" class="button plain" onClick=${onClose}>${t("Cancel")}</button></div>
      </form>
    <//>`;
  }
}

/* The projector's controls: there while the mouse moves or the keyboard goes through them. */

import { html } from "./markup.js";
import { languageName, t } from "./strings.js";
import { PLACES, scaled } from "./watch-screen-options.js";

/** @typedef {import("./watch-screen-options.js").ScreenOptions} ScreenOptions */

/**
 * @param {{
 *   options: ScreenOptions, tracks: string[], hidden: boolean, coded: boolean, set: (change: Partial<ScreenOptions>) => void,
 *   fullScreen: () => void
 * }} props
 */
export function ScreenControls({ options, tracks, hidden, coded, set, fullScreen }) {
  const places = { top: t("Top"), middle: t("Middle"), bottom: t("Bottom") };
  return html`<div class=${`screen-controls${hidden ? " away" : ""}`} role="toolbar" aria-label=${t("Display")}>
    ${choice(t("Language of the captions"), options.track, tracks, (track) => set({ track }))}
    ${choice(t("Second language"), options.second, ["", ...tracks.filter((track) => track !== options.track)], (second) => set({ second }))}
    <span class="pair-of">${button("A−", t("Smaller"), () => set({ size: scaled(options.size, 1 / 1.1) }))}
      ${button("A+", t("Larger"), () => set({ size: scaled(options.size, 1.1) }))}</span>
    <label class="small-choice"><span>${t("Lines")}</span><select value=${String(options.lines)} onChange=${(/** @type {any} */ event) => set({ lines: Number(event.target.value) })}>
      ${[1, 2, 3, 4, 5, 6, 7, 8].map((lines) => html`<option value=${String(lines)} selected=${lines === options.lines}>${lines}</option>`)}</select></label>
    <label class="small-choice"><span>${t("Place")}</span><select value=${options.place} onChange=${(/** @type {any} */ event) => set({ place: event.target.value })}>
      ${PLACES.map((place) => html`<option value=${place} selected=${place === options.place}>${places[place]}</option>`)}</select></label>
    ${coded && html`<button type="button" class="button" aria-pressed=${options.code ? "true" : "false"} onClick=${() => set({ code: !options.code })}>${t("QR code")}</button>`}
    <button type="button" class="button" onClick=${fullScreen}>${t("Full screen")}</button>
  </div>`;
}

/** @param {string} label @param {string} chosen @param {string[]} tracks @param {(track: string) => void} choose */
function choice(label, chosen, tracks, choose) {
  return html`<label class="small-choice"><span>${label}</span><select value=${chosen} onChange=${(/** @type {any} */ event) => choose(event.target.value)}>
    ${tracks.map((track) => html`<option value=${track} selected=${track === chosen}>${named(track)}</option>`)}</select></label>`;
}

/** @param {string} track */
function named(track) {
  if (!track) return t("None");
  return track === "floor" ? t("Floor") : languageName(track);
}

/** @param {string} sign @param {string} name @param {() => void} act */
function button(sign, name, act) {
  return html`<button type="button" class="button" aria-label=${name} title=${name} onClick=${act}>${sign}</button>`;
}

/* How the captions look, and what stands beside them. */

import { html } from "./markup.js";
import { languageName, t } from "./strings.js";
import { Awake } from "./watch-awake.js";
import { nameLanguage, trackName } from "./watch-parts.js";
import { SIZES } from "./watch-settings.js";

/** @typedef {import("./watch-settings.js").Settings} Settings */

const LANGUAGES = ["ar", "zh", "en", "fr", "ru", "es"];

/**
 * `live`: with what is only for those who follow a meeting while it runs.
 *
 * @param {{
 *   settings: Settings, tracks: string[], page: DOMStringMap, live: boolean, set: (change: Partial<Settings>) => void, close: () => void
 * }} props
 */
export function SettingsPanel({ settings, tracks, page, live, set, close }) {
  return html`<section id="settings" class="settings" aria-label=${t("Display")}>
    <div class="row-of spread"><h2>${t("Display")}</h2>
      <button type="button" class="tool" onClick=${close}><span aria-hidden="true">✕</span><span class="unseen">${t("Close")}</span></button></div>
    <div class="settings-grid">
      ${live && html`<label class="setting"><span>${t("Second language")}</span>
        <select value=${settings.second} onChange=${(/** @type {any} */ event) => set({ second: event.target.value })}>
          <option value="">${t("None")}</option>
          ${tracks.filter((track) => track !== settings.track).map((track) => html`<option value=${track} selected=${track === settings.second}>${named(track)}</option>`)}
        </select></label>`}
      <div class="setting" role="group" aria-label=${t("Text size")}><span>${t("Text size")}</span>
        <div class="row-of">
          <button type="button" class="button" disabled=${settings.size <= 0} onClick=${() => set({ size: settings.size - 1 })}><span aria-hidden="true" class="a small">A</span><span class="unseen">${t("Smaller")}</span></button>
          <button type="button" class="button" disabled=${settings.size >= SIZES - 1} onClick=${() => set({ size: settings.size + 1 })}><span aria-hidden="true" class="a">A</span><span class="unseen">${t("Larger")}</span></button>
        </div></div>
      ${choice(t("Colours"), "look", [["auto", t("As the device")], ["light", t("Light")], ["dark", t("Dark")], ["contrast", t("Yellow on black")]], settings, set)}
      ${choice(t("Letters"), "font", [["device", t("Of the device")], ["noto", "Noto Sans"]], settings, set)}
      <div class="setting checks">
        ${check(t("More space between letters and lines"), "spaced", settings, set)}
        ${live && Awake.possible && check(t("Keep the screen on"), "awake", settings, set)}
        ${live && check(t("Have screen readers read out new captions"), "aloud", settings, set)}
      </div>
      <div class="setting"><span>${t("Language of the page")}</span>
        <div class="row-of">${LANGUAGES.map((code) => html`<a class="tongue-link" href=${inLanguage(code)} ...${nameLanguage(code)}
          aria-current=${document.documentElement.lang.startsWith(code) ? "true" : null}>${trackName(code)}</a>`)}</div></div>
      ${page.replay && html`<a class="setting" href=${page.replay}>${t("Read and hear it again")}</a>`}
    </div>
  </section>`;
}

/** @param {string} track */
function named(track) {
  return track === "floor" ? t("Floor") : languageName(track);
}

/**
 * @param {string} label
 * @param {"look" | "font"} name
 * @param {string[][]} options
 * @param {Settings} settings
 * @param {(change: Partial<Settings>) => void} set
 */
function choice(label, name, options, settings, set) {
  return html`<fieldset class="setting"><legend>${label}</legend><div class="row-of">
    ${options.map(
      ([value, words]) => html`<label class=${`pill ${name}-${value}`}><input type="radio" name=${name} value=${value} checked=${settings[name] === value}
        onChange=${() => set({ [name]: value })} /><span>${words}</span></label>`,
    )}</div></fieldset>`;
}

/** @param {string} label @param {"spaced" | "awake" | "aloud"} name @param {Settings} settings @param {(change: Partial<Settings>) => void} set */
function check(label, name, settings, set) {
  return html`<label class="check"><input type="checkbox" checked=${settings[name]} onChange=${(/** @type {any} */ event) => set({ [name]: event.target.checked })} /><span>${label}</span></label>`;
}

/** This page in another language. @param {string} code */
function inLanguage(code) {
  const address = new URL(location.href);
  address.searchParams.set("lang", code);
  return address.href;
}

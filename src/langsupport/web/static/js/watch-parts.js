/* Pieces of the pages for readers. */

import { clock } from "./cues.js";
import { dressed } from "./captions-rows.js";
import { html } from "./markup.js";
import { t } from "./strings.js";

/** @typedef {import("./captions-rows.js").Line} Line */
/** @typedef {import("./captions-rows.js").Row} Row */

const NAMES = /** @type {Record<string, string>} */ ({
  ar: "العربية",
  zh: "中文",
  en: "English",
  fr: "Français",
  ru: "Русский",
  es: "Español",
});
const SHORT = /** @type {Record<string, string>} */ ({ ar: "ع", zh: "中", en: "EN", fr: "FR", ru: "РУ", es: "ES" });

/** A track as its readers call it. @param {string} track */
export function trackName(track) {
  return NAMES[track] ?? t("Floor");
}

/** For narrow screens. @param {string} track */
export function shortName(track) {
  return SHORT[track] ?? t("Floor");
}

/** What is seen on narrow and on wide screens, for those who hear or speak it. @param {string} track */
export function fullName(track) {
  return SHORT[track] ? `${SHORT[track]} – ${trackName(track)}` : trackName(track);
}

/** @param {string} track */
export function nameLanguage(track) {
  return track === "floor" ? {} : dressed(track);
}

/** @param {string} address of an icon */
export function icon(address) {
  return html`<svg class="icon" aria-hidden="true" focusable="false"><use href=${address} /></svg>`;
}

/** A page's file of icons, with the name of one. @param {string} name */
export function iconNamed(name) {
  return icon(`${document.documentElement.dataset.icons}#${name}`);
}

/** One caption. @param {Line} line @param {string} [look] */
export function captionText(line, look = "") {
  const { lang, dir } = dressed(line.lang);
  return html`<p class=${`said ${look}${line.open ? " open" : ""}`} lang=${lang} dir=${dir}>${line.stable}${
    line.tail && html`<span class="tail">${line.tail}</span>`
  }${line.corrected && html`<span class="corrected" title=${t("Corrected by a person")}>${iconNamed("edit")}<span class="unseen">${t("Corrected by a person")}</span></span>`}</p>`;
}

/** A speaker, an agenda item or a stretch off the record. @param {Exclude<Row, {kind: "cue"}>} row */
export function markLine(row) {
  if (row.kind === "off-record") return html`<p class="mark off-record">${iconNamed("off-record")}${t("Off the record")}</p>`;
  const tag = row.kind === "item" ? "h2" : "h3";
  return html`<${tag} class=${`mark ${row.kind}`}><bdi>${row.text}</bdi> <time>${clock(row.at_ms)}</time></${tag}>`;
}

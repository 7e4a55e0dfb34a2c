/* Small pieces that the live pages share: icons, languages' names and directions, meters, questions. */

import { meter } from "./capture-frames.js";
import { html } from "./markup.js";
import { languageName, t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

const ICONS = new URL("../img/icons.svg", import.meta.url).pathname;
const TAGS = /** @type {Record<string, string>} */ ({ zh: "zh-CN" });

export const LANGUAGES = /** @type {const} */ (["ar", "zh", "en", "fr", "ru", "es"]);
export const FLOOR = "floor";

/** @param {string} name */
export function icon(name) {
  return html`<svg class="icon" aria-hidden="true" focusable="false"><use href="${ICONS}#${name}" /></svg>`;
}

/** Language and direction of a text, for its element. @param {string} code */
export function dressed(code) {
  return code in { floor: 1, "": 1 } ? { dir: "auto" } : { lang: TAGS[code] ?? code, dir: code === "ar" ? "rtl" : "ltr" };
}

/** What a track or channel is called in the reader's language. @param {string} key */
export function trackName(key) {
  return key === FLOOR ? t("Floor") : languageName(key);
}

/** How far a level reaches, as a meter. @param {{dbfs: number, speech: boolean, label: string}} props */
export function LevelMeter({ dbfs, speech, label }) {
  const reached = Math.round(meter(dbfs) * 100);
  const kind = dbfs > -3 ? " over" : speech ? " speech" : "";
  return html`<div class="level${kind}" role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${reached}>
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect width="100" height="8" class="rest" /><rect width=${reached} height="8" class="reached" />
    </svg>
  </div>`;
}

/**
 * A message in a box. What is urgent interrupts a screen reader; the rest waits its turn.
 *
 * @param {{kind: "info" | "good" | "warn" | "bad", children?: any, role?: string}} props
 */
export function Message({ kind, children, role }) {
  const picture = { info: "info", good: "check", warn: "warning", bad: "error" }[kind];
  return html`<div class="message ${kind === "info" ? "" : kind}" role=${role ?? (kind === "bad" ? "alert" : null)}>
    ${icon(picture)}<div>${children}</div>
  </div>`;
}

/** A question in front of the page: closes with Escape, gives the focus back. */
export class Dialog extends Component {
  /** @param {{label: string, onClose: () => void, children?: any, wide?: boolean}} props */
  constructor(props) {
    super(props);
    this.props = props;
    /** @type {HTMLDialogElement | null} */
    this.place = null;
    this.before = document.activeElement;
  }

  componentDidMount() {
    this.place?.showModal();
  }

  componentWillUnmount() {
    if (this.before instanceof HTMLElement) this.before.focus();
  }

  render() {
    const { label, children, onClose, wide } = /** @type {{label: string, onClose: () => void, children?: any, wide?: boolean}} */ (this.props);
    return html`<dialog class="ask card${wide ? " wide" : ""}" aria-label=${label} ref=${(/** @type {any} */ found) => (this.place = found)}
      onClose=${onClose} onCancel=${onClose} onClick=${(/** @type {MouseEvent} */ event) => event.target === this.place && onClose()}>
      <div class="inside">${children}</div>
    </dialog>`;
  }
}

/**
 * The keys of a page and what they do. Single keys can be switched off: who dictates or uses a switch may hit them unwillingly.
 *
 * @param {{keys: readonly (readonly [string, string])[], onClose: () => void, enabled: boolean, onEnabled: (enabled: boolean) => void}} props
 */
export function KeysHelp({ keys, onClose, enabled, onEnabled }) {
  return html`<${Dialog} label=${t("Keyboard shortcuts")} onClose=${onClose}>
    <h2>${t("Keyboard shortcuts")}</h2>
    <dl class="keys">
      ${keys.map(([key, what]) => html`<div><dt><kbd dir="ltr">${key}</kbd></dt><dd>${what}</dd></div>`)}
    </dl>
    <div class="choices"><label><input type="checkbox" checked=${enabled} onChange=${(/** @type {any} */ event) => onEnabled(event.target.checked)} />${t("Single keys work while nothing is being written")}</label></div>
    <div class="row"><button type="button" class="button main" autofocus onClick=${onClose}>${t("Close")}</button></div>
  <//>`;
}

/** Whether a key press belongs to a field in which somebody writes. @param {Event} event */
export function isWriting(event) {
  const place = event.target;
  if (!(place instanceof HTMLElement)) return false;
  if (place instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(place.type);
  return place instanceof HTMLTextAreaElement || place instanceof HTMLSelectElement || place.isContentEditable;
}

/** Copy, and say so for a moment. */
export class CopyButton extends Component {
  /** @param {{text: string, label?: string}} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.state = { copied: false };
  }

  async copy() {
    await navigator.clipboard.writeText(/** @type {{text: string}} */ (this.props).text);
    this.setState({ copied: true });
    window.setTimeout(() => this.setState({ copied: false }), 1600);
  }

  render() {
    return html`<button type="button" class="button small" onClick=${() => void this.copy()}>
      ${icon("copy")}<span aria-live="polite">${this.state.copied ? t("Copied") : t("Copy")}</span>
    </button>`;
  }
}

/* How the projector and the overlay look, as their address says. Pure functions, tested in Node. */

import { TRACKS } from "./watch-tracks.js";

/**
 * `size` is a CSS length, `clear_s` how long captions stay after the last word (0: for ever), `code`
 * whether the QR code is shown where there is one.
 *
 * @typedef {{
 *   track: string, second: string, lines: number, size: string, place: "bottom" | "middle" | "top", align: "start" | "center",
 *   color: string, background: string, outline_px: number, clear_s: number, code: boolean
 * }} ScreenOptions
 */

export const PLACES = /** @type {const} */ (["top", "middle", "bottom"]);
const MOST_LINES = 8;
const LENGTH = /^(\d{1,3}(?:\.\d{1,2})?)(px|vh|vw|rem)?$/;
const COLOR = /^(?:#?[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20})$/;
const HEX = /^(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$/;

/**
 * The options in an address; what is not understood is as usual.
 *
 * @param {string} search location.search
 * @param {"projector" | "overlay"} view
 * @param {{track: string, second: string}} chosen by the server
 * @returns {ScreenOptions}
 */
export function screenOptions(search, view, chosen) {
  const asked = new URLSearchParams(search);
  const overlay = view === "overlay";
  return {
    track: TRACKS.includes(chosen.track) ? chosen.track : "floor",
    second: TRACKS.includes(chosen.second) ? chosen.second : "",
    lines: within(asked.get("lines"), 1, MOST_LINES, overlay ? 2 : 3),
    size: lengthOf(asked.get("size"), overlay ? "px" : "vh") ?? (overlay ? "54px" : "7vh"),
    place: PLACES.find((place) => place === asked.get("position")) ?? "bottom",
    align: asked.get("align") === "start" || (!overlay && asked.get("align") !== "center") ? "start" : "center",
    color: colorOf(asked.get("color")) ?? "#ffffff",
    background: colorOf(asked.get("background")) ?? (overlay ? "transparent" : ""),
    outline_px: within(asked.get("outline"), 0, 12, overlay ? 3 : 0),
    clear_s: within(asked.get("clear"), 0, 3600, overlay ? 8 : 0),
    code: asked.get("code") !== "0",
  };
}

/** @param {string | null} given @param {number} least @param {number} most @param {number} usual */
function within(given, least, most, usual) {
  const value = given === null || given.trim() === "" ? NaN : Number(given);
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.round(value))) : usual;
}

/** @param {string | null} given @param {string} unit where none is told */
function lengthOf(given, unit) {
  const found = LENGTH.exec(given?.trim() ?? "");
  return found && Number(found[1]) > 0 ? `${found[1]}${found[2] ?? unit}` : null;
}

/** A colour's name or its figures, with or without the # that an address would need written as %23.
 * @param {string | null} given */
function colorOf(given) {
  const text = given?.trim() ?? "";
  if (!COLOR.test(text)) return null;
  const bare = text.replace("#", "");
  if (HEX.test(bare)) return `#${bare}`;
  return text.startsWith("#") ? null : text;
}

/**
 * The address's query for options, to be kept as a bookmark.
 *
 * @param {string} search what is there already, the access token among it
 * @param {ScreenOptions} options
 */
export function queryOf(search, options) {
  const query = new URLSearchParams(search);
  const { track, second, lines, size, place } = options;
  const code = options.code ? "" : "0";
  for (const [name, value] of Object.entries({ track, second, lines: String(lines), size, position: place, code })) {
    if (value) query.set(name, value);
    else query.delete(name);
  }
  return `?${query}`;
}

/** A length made larger or smaller. @param {string} size @param {number} times */
export function scaled(size, times) {
  const value = Number.parseFloat(size);
  const unit = size.slice(String(value).length) || "px";
  return `${Math.max(1, Math.round(value * times * 10) / 10)}${unit}`;
}

/**
 * A ring of shadows: readable over any picture, in any browser.
 *
 * @param {number} width_px
 * @param {string} color
 */
export function outline(width_px, color = "#000") {
  if (!width_px) return "none";
  const ring = [];
  for (let step = 0; step < 16; step += 1) {
    const angle = (step / 16) * 2 * Math.PI;
    ring.push(`${(Math.cos(angle) * width_px).toFixed(1)}px ${(Math.sin(angle) * width_px).toFixed(1)}px 0 ${color}`);
  }
  return ring.join(", ");
}

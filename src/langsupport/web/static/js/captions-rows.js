/* What stands on the page, from what is known: captions of one track or two side by side, speakers and agenda items
   between them. Pure functions, tested in Node. */

import { trackOf } from "./captions-state.js";

/** @typedef {import("./captions-state.js").CaptionsState} CaptionsState */
/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./captions-state.js").Mark} Mark */
/** @typedef {import("./captions-state.js").Session} Session */
/**
 * A caption as it is shown: what is certain, then what may still change.
 *
 * @typedef {{
 *   id: string, lang: string, t0_ms: number, t1_ms: number, stable: string, tail: string, open: boolean, corrected: boolean
 * }} Line
 */
/** @typedef {{key: string, kind: "cue", at_ms: number, first: Line | null, second: readonly Line[]}} CueRow */
/** @typedef {{key: string, kind: "speaker" | "item" | "off-record", at_ms: number, text: string}} MarkRow */
/** @typedef {CueRow | MarkRow} Row */

const TAGS = /** @type {Record<string, string>} */ ({ zh: "zh-CN" });
const LATE_MS = 3000; // a second language that is so far ahead of the first stands in a row of its own

/** The attributes of a text in a language, whatever the page's is. @param {string} code */
export function dressed(code) {
  return { lang: TAGS[code] ?? code, dir: code === "ar" ? "rtl" : "ltr" };
}

/**
 * The last `limit` captions of a track, its open sentences in their places.
 *
 * @param {CaptionsState} state
 * @param {string} track
 * @param {number} limit
 * @returns {Line[]}
 */
export function linesOf(state, track, limit) {
  const { cues, tails } = trackOf(state, track);
  const shown = cues.slice(-limit);
  const open = new Map(tails.map((tail) => [tail.id, tail]));
  const lines = shown.map((cue) => {
    const tail = open.get(cue.id);
    open.delete(cue.id);
    return lineOf(cue, tail?.tail ?? "");
  });
  for (const tail of open.values()) {
    lines.push({ ...lineOf({ ...tail, stable: "", state: "open" }, tail.tail.trimStart()) });
  }
  return lines.filter((line) => line.stable || line.tail).sort((one, other) => one.t0_ms - other.t0_ms);
}

/** @param {{id: string, lang: string, t0_ms: number, t1_ms: number, stable: string, state: string}} cue @param {string} tail @returns {Line} */
function lineOf({ id, lang, t0_ms, t1_ms, stable, state }, tail) {
  return { id, lang, t0_ms, t1_ms, stable, tail, open: state === "open", corrected: state === "corrected" };
}

/**
 * @param {CaptionsState} state
 * @param {string} first track
 * @param {string} second track, "" for none
 * @param {number} limit of captions
 * @returns {Row[]} in time order
 */
export function rowsOf(state, first, second, limit) {
  const lines = linesOf(state, first, limit);
  const rows = second ? pairs(lines, linesOf(state, second, 2 * limit)) : lines.map((line) => rowOf(line, []));
  const cut = trackOf(state, first).cues.length > limit || trackOf(state, first).more;
  return withMarks(rows, state.marks, cut ? (rows[0]?.at_ms ?? 0) : 0);
}

/** @param {Line | null} first @param {Line[]} second @returns {CueRow} */
function rowOf(first, second) {
  const lead = /** @type {Line} */ (first ?? second[0]);
  return { key: `${first ? "" : "second "}${lead.id}`, kind: "cue", at_ms: lead.t0_ms, first, second };
}

/**
 * Captions of the same sound have the same id; others go to the one in whose time they are said.
 *
 * @param {Line[]} lines
 * @param {Line[]} others
 * @returns {CueRow[]}
 */
function pairs(lines, others) {
  const rows = lines.map((line) => rowOf(line, []));
  const byId = new Map(lines.map((line, index) => [line.id, index]));
  /** @type {CueRow[]} */
  const ahead = [];
  for (const other of others) {
    const index = byId.get(other.id) ?? placeBeside(lines, other);
    if (index === null) ahead.push(rowOf(null, [other]));
    else if (index >= 0) /** @type {Line[]} */ (rows[index]?.second).push(other);
  }
  return [...rows, ...ahead];
}

/** The last line that starts before the other's middle; -1: it belongs before what is shown; null: after it.
 * @param {Line[]} lines @param {Line} other @returns {number | null} */
function placeBeside(lines, other) {
  const last = lines.at(-1);
  if (!last || other.t0_ms > last.t1_ms + LATE_MS) return null;
  let index = lines.length - 1;
  while (index >= 0 && /** @type {Line} */ (lines[index]).t0_ms > (other.t0_ms + other.t1_ms) / 2) index -= 1;
  return index;
}

/**
 * A mark stands before the first caption whose middle is not before it; of speakers and items before what is shown only
 * the last counts, since it still holds.
 *
 * @param {CueRow[]} rows
 * @param {readonly Mark[]} marks
 * @param {number} from_ms
 * @returns {Row[]}
 */
function withMarks(rows, marks, from_ms) {
  const shown = marks.filter((mark) => mark.kind !== "note");
  /** @type {Row[]} */
  const all = [...standing(shown, from_ms)];
  const within = shown.filter((mark) => mark.at_ms >= from_ms);
  let next = 0;
  for (const row of rows) {
    const middle = row.first ? (row.first.t0_ms + row.first.t1_ms) / 2 : row.at_ms;
    while (next < within.length && /** @type {Mark} */ (within[next]).at_ms <= middle) all.push(markRow(/** @type {Mark} */ (within[next++])));
    all.push(row);
  }
  for (; next < within.length; next += 1) all.push(markRow(/** @type {Mark} */ (within[next])));
  return all;
}

/** What was said before the first row and still holds: the agenda item, then the speaker.
 * @param {Mark[]} marks @param {number} from_ms */
function standing(marks, from_ms) {
  const before = marks.filter((mark) => mark.at_ms < from_ms);
  const last = ["item", "speaker"].map((kind) => before.filter((mark) => mark.kind === kind).at(-1));
  return last.filter((mark) => mark !== undefined).map((mark) => markRow(/** @type {Mark} */ (mark)));
}

/** @param {Mark} mark @returns {MarkRow} */
function markRow(mark) {
  return { key: mark.id, kind: /** @type {"speaker" | "item" | "off-record"} */ (mark.kind), at_ms: mark.at_ms, text: mark.text };
}

/**
 * How a track's text comes about: what its readers should know.
 *
 * @param {CaptionsState} state
 * @param {string} track
 * @param {ReadonlySet<string>} drafts directions that a draft model serves: "en-fr"
 * @param {string} [spoken] the floor's language, if it is set
 * @returns {"heard" | "interpreted" | "translated" | "draft"}
 */
export function makingOf(state, track, drafts, spoken = "") {
  if (track === "floor") return "heard";
  const known = state.session?.tracks.find((found) => found.track === track);
  if (known?.source === "channel") return "interpreted";
  const source = spoken || trackOf(state, "floor").cues.at(-1)?.lang;
  const draft = source ? drafts.has(`${source}-${track}`) : [...drafts].some((direction) => direction.endsWith(`-${track}`));
  return draft ? "draft" : "translated";
}

/**
 * Whole captions that became final since `before`, for those who have them read out; what was there from the start or
 * was loaded from before is not new.
 *
 * @param {CaptionsState} before
 * @param {CaptionsState} after
 * @param {string} track
 * @returns {Cue[]}
 */
export function newlyFinal(before, after, track) {
  const had = trackOf(before, track).cues;
  const now = trackOf(after, track).cues;
  if (had === now || !had.length) return [];
  const from_ms = had[0]?.t0_ms ?? 0;
  const states = new Map(had.map((cue) => [cue.id, cue.state]));
  return now.filter((cue) => cue.state === "final" && cue.t0_ms >= from_ms && states.get(cue.id) !== "final" && states.get(cue.id) !== "corrected");
}

/* The keys of the editor of reviews. Pure functions, tested in Node. */

/**
 * @typedef {"confirm" | "confirm-alone" | "next" | "previous" | "open" | "source" | "proposal" | "code" | "concordance" | "comment" |
 *   "send-back" | "join" | "split" | "mark" | "undo" | "redo" | "leave" | "edit" | "keys" | "search"} Command
 */
/** @typedef {{key: string, code: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} Pressed */

/** With Alt, while somebody writes or not; by the place of the key, for Alt makes other letters on some keyboards. @type {Record<string, Command>} */
const WITH_ALT = {
  ArrowDown: "next",
  ArrowUp: "previous",
  KeyN: "open",
  KeyS: "source",
  KeyM: "proposal",
  Period: "code",
  KeyK: "concordance",
  KeyC: "comment",
  KeyB: "send-back",
  KeyE: "mark",
};
/** @type {Record<string, Command>} */
const BESIDE = { ArrowDown: "next", ArrowUp: "previous", j: "next", k: "previous", Enter: "edit", "?": "keys", "/": "search" };

/**
 * What a key asks for; null: it is not ours. A number is the place of a match (with Alt) or of a term (with Alt and Shift).
 *
 * @param {Pressed} event @param {boolean} writing into a field
 * @returns {Command | {match: number} | {term: number} | null}
 */
export function commandOf(event, writing) {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key === "Enter") return event.shiftKey ? "confirm-alone" : "confirm";
  if (event.altKey && !control) return withAlt(event);
  if (control && event.code === "KeyZ") return event.shiftKey ? "redo" : "undo";
  if (control && event.code === "KeyY") return "redo";
  if (event.key === "Escape" && writing) return "leave";
  return writing || control ? null : (BESIDE[event.key] ?? null);
}

/** @param {Pressed} event @returns {Command | {match: number} | {term: number} | null} */
function withAlt({ code, shiftKey }) {
  const place = /^Digit([1-9])$/.exec(code)?.[1];
  if (place) return shiftKey ? { term: Number(place) } : { match: Number(place) };
  if (code === "KeyJ") return shiftKey ? "split" : "join";
  return WITH_ALT[code] ?? null;
}

/* The captioner's keys. Pure functions, tested in Node. */

/** @typedef {"next" | "previous" | "newest" | "undo" | "edit" | "play" | "speaker" | "item" | "replace" | "retract" | "keys"} Command */
/** @typedef {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean}} Pressed */

/** Of one letter; they can be switched off. @type {Record<string, Command>} */
const LETTERS = { j: "next", k: "previous", u: "undo", e: "edit", f: "replace", p: "play" };
/** @type {Record<string, Command>} */
const NAMED = { ArrowDown: "next", ArrowUp: "previous", End: "newest", "?": "keys" };
/** For the caption that is chosen: without one they mean nothing. @type {readonly Command[]} */
const OF_ONE = ["speaker", "item", "retract", "edit", "play"];

/**
 * What a key asks for; null: it is not ours.
 *
 * @param {Pressed} event
 * @param {{writing: boolean, keys: boolean, chosen: boolean}} when `writing`: into a field or a caption; `keys`: letters count;
 *   `chosen`: a caption is
 * @returns {Command | null}
 */
export function commandOf(event, { writing, keys, chosen }) {
  const command = anywhere(event) ?? (writing || event.altKey ? null : besideWriting(event, keys));
  return command && OF_ONE.includes(command) && !chosen ? null : command;
}

/** Also while somebody writes. @param {Pressed} event @returns {Command | null} */
function anywhere({ key, ctrlKey }) {
  if (key === "F2") return "speaker";
  if (key === "F4") return "item";
  return ctrlKey && key.toLowerCase() === "h" ? "replace" : null;
}

/** @param {Pressed} event @param {boolean} letters @returns {Command | null} */
function besideWriting({ key, ctrlKey, metaKey }, letters) {
  if ((ctrlKey || metaKey) && key.toLowerCase() === "z") return "undo";
  if (ctrlKey && key === "Delete") return "retract";
  if (ctrlKey || metaKey) return null;
  return NAMED[key] ?? (letters ? (LETTERS[key.toLowerCase()] ?? null) : null);
}

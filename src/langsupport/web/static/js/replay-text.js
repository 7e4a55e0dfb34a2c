/* Finding one's way in the text of a meeting: words by time and by place, and search. Pure functions, tested in Node. */

/** @typedef {import("./captions-state.js").Word} Word */
/** Where a word stands in a caption's text, and when it is said.
 * @typedef {{from: number, to: number, start_ms: number, end_ms: number}} Place */

/**
 * The places of words in a text; none where the text is not made of them (a person wrote it anew).
 *
 * @param {string} text
 * @param {readonly Word[]} words in order
 * @returns {Place[]}
 */
export function placesOf(text, words) {
  const places = [];
  let at = 0;
  for (const { text: word, start_ms, end_ms } of words) {
    const bare = word.trim();
    if (!bare) continue;
    const from = text.indexOf(bare, at);
    if (from < 0 || text.slice(at, from).trim()) return [];
    at = from + bare.length;
    places.push({ from, to: at, start_ms, end_ms });
  }
  return text.slice(at).trim() ? [] : places;
}

/** The last word that has begun at a time; -1 before the first. @param {readonly Place[]} places @param {number} time_ms */
export function wordAt(places, time_ms) {
  let index = places.length - 1;
  while (index >= 0 && /** @type {Place} */ (places[index]).start_ms > time_ms) index -= 1;
  return index;
}

/**
 * When what stands at a place of a caption is said: exactly where the words are known, else by its share of the text.
 *
 * @param {{stable: string, t0_ms: number, t1_ms: number}} cue
 * @param {readonly Place[]} places
 * @param {number} offset in characters
 */
export function timeOf(cue, places, offset) {
  const place = places.find(({ to }) => offset < to) ?? places.at(-1);
  if (place) return place.start_ms;
  const share = cue.stable.length ? Math.min(1, offset / cue.stable.length) : 0;
  return Math.round(cue.t0_ms + share * Math.max(0, cue.t1_ms - cue.t0_ms));
}

const MARKS = /\p{M}/u;
const SAME = /** @type {Record<string, string>} */ ({ أ: "ا", إ: "ا", آ: "ا", ٱ: "ا", ى: "ي", ة: "ه", ؤ: "و", ئ: "ي", ё: "е", ß: "ss", œ: "oe", æ: "ae", "’": "'", "ـ": "" });

/**
 * A text for comparing: small letters without accents and vowel signs; and for each of its characters the place in the
 * text that it comes from.
 *
 * @param {string} text
 * @returns {{folded: string, from: number[]}}
 */
export function fold(text) {
  let folded = "";
  /** @type {number[]} */
  const from = [];
  let at = 0;
  for (const character of text) {
    for (const part of (SAME[character] ?? character).normalize("NFKD").toLowerCase()) {
      if (MARKS.test(part)) continue;
      const plain = SAME[part] ?? part;
      folded += plain;
      for (let count = 0; count < plain.length; count += 1) from.push(at);
    }
    at += character.length;
  }
  from.push(text.length);
  return { folded, from };
}

/**
 * Where a search is found in a text.
 *
 * @param {string} text
 * @param {string} wanted
 * @returns {[number, number][]} from and to, in characters of the text
 */
export function findIn(text, wanted) {
  const needle = fold(wanted.trim()).folded;
  if (!needle) return [];
  const { folded, from } = fold(text);
  /** @type {[number, number][]} */
  const found = [];
  for (let at = folded.indexOf(needle); at >= 0; at = folded.indexOf(needle, at + needle.length)) {
    const end = at + needle.length;
    found.push([/** @type {number} */ (from[at]), endOf(from, end, text)]);
  }
  return found;
}

/** Accents that belong to the last letter are part of it. @param {number[]} from @param {number} end @param {string} text */
function endOf(from, end, text) {
  let to = from[end] ?? text.length;
  const last = /** @type {number} */ (from[end - 1]);
  if (to <= last) to = last + 1;
  return to;
}

/**
 * A text cut at ranges that don't overlap.
 *
 * @param {string} text
 * @param {readonly [number, number][]} ranges in order
 * @returns {{text: string, at: number, range: number}[]} `range` is the range's number, -1 between ranges
 */
export function cut(text, ranges) {
  const parts = [];
  let at = 0;
  for (const [index, [from, to]] of ranges.entries()) {
    if (from > at) parts.push({ text: text.slice(at, from), at, range: -1 });
    parts.push({ text: text.slice(from, to), at: from, range: index });
    at = to;
  }
  if (at < text.length) parts.push({ text: text.slice(at), at, range: -1 });
  return parts;
}

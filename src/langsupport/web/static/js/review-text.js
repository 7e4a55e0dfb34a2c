/* Texts with inline codes: as the server sends them, as they stand in the page, and back. The server counts characters
   (Unicode code points), the page UTF-16 units. Pure functions but for `painted`, `readFrom` and the caret's. */

/** @typedef {{id: number, kind: "open" | "close" | "single", role: string}} Code */
/** @typedef {{text: string, codes: (Code & {at: number})[]}} Coded positions as whoever holds it counts them */
/** @typedef {{text: string, mark?: number} | {code: Code}} Piece `mark`: the number of the span that the text is in */

const SIGNS = /** @type {Record<string, string>} */ ({ note: "※", field: "#", break: "↵", tab: "⇥", image: "▣", link: "∞", code: "</>" });

/** @param {string} text @param {number} points @returns {number} */
function unitsAt(text, points) {
  let units = 0;
  for (let left = points; left > 0 && units < text.length; left--) units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return units;
}

/** @param {Coded} sent @returns {Coded} */
export function fromServer({ text, codes }) {
  return { text, codes: codes.map((code) => ({ ...code, at: unitsAt(text, code.at) })) };
}

/** @param {Coded} held @returns {Coded} */
export function toServer({ text, codes }) {
  return { text, codes: codes.map((code) => ({ ...code, at: [...text.slice(0, code.at)].length })) };
}

/** @param {Coded} one @param {Coded} other */
export function same(one, other) {
  return one.text === other.text && one.codes.length === other.codes.length && one.codes.every((code, index) => code.at === other.codes[index]?.at && sameCode(code, other.codes[index]));
}

/** @param {Code} one @param {Code | undefined} other */
export function sameCode(one, other) {
  return other !== undefined && one.id === other.id && one.kind === other.kind && one.role === other.role;
}

/** What a chip shows: ⟨1 and 1⟩ for a pair, a sign for what stands alone. @param {Code} code */
export function label(code) {
  const number = code.id + 1;
  if (code.kind === "open") return `${number}⟩`;
  if (code.kind === "close") return `⟨${number}`;
  return `${SIGNS[code.role] ?? "●"}${number}`;
}

/**
 * Text and codes in order, the text cut where a marked span begins or ends.
 *
 * @param {Coded} coded @param {readonly {start: number, end: number}[]} [marks]
 * @returns {Piece[]}
 */
export function pieces({ text, codes }, marks = []) {
  const cuts = [...new Set([0, text.length, ...codes.map((code) => code.at), ...marks.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  /** @type {Piece[]} */
  const found = [];
  cuts.forEach((cut, index) => {
    for (const { at, ...code } of codes) if (at === cut) found.push({ code });
    const end = cuts[index + 1];
    if (end === undefined || end === cut) return;
    const mark = marks.findIndex((span) => span.start <= cut && end <= span.end);
    found.push(mark < 0 ? { text: text.slice(cut, end) } : { text: text.slice(cut, end), mark });
  });
  return found;
}

/** The source's codes that a target lacks, in the source's order. @param {Coded} source @param {Coded} target @returns {Code[]} */
export function lacking(source, target) {
  const left = [...target.codes];
  return source.codes.flatMap(({ at: _, ...code }) => {
    const index = left.findIndex((other) => sameCode(code, other));
    if (index < 0) return [code];
    left.splice(index, 1);
    return [];
  });
}

/** Put a text with codes in place of [start, end). @param {Coded} coded @param {number} start @param {number} end @param {Coded} put @returns {Coded} */
export function replaced({ text, codes }, start, end, put) {
  return {
    text: text.slice(0, start) + put.text + text.slice(end),
    codes: [
      ...codes.filter((code) => code.at < start || (code.at === start && start !== end)),
      ...codes.filter((code) => code.at === start && start === end),
      ...put.codes.map((code) => ({ ...code, at: code.at + start })),
      ...codes.filter((code) => code.at > start && code.at >= end).map((code) => ({ ...code, at: code.at - (end - start) + put.text.length })),
    ],
  };
}

/** A text in words and what stands between them; Chinese in characters. @param {string} text @returns {string[]} */
export function tokens(text) {
  return text.match(/\p{Script=Han}|[\p{L}\p{M}\p{N}]+|\s+|[^\s\p{L}\p{M}\p{N}]/gu) ?? [];
}

const MOST_COMPARED = 600;

/**
 * What became of a text, word by word (the longest common subsequence).
 *
 * @param {string} before @param {string} after
 * @returns {{text: string, kind: "same" | "gone" | "new"}[]}
 */
export function differences(before, after) {
  const [old, now] = [tokens(before), tokens(after)];
  if (old.length > MOST_COMPARED || now.length > MOST_COMPARED) {
    return [
      { text: before, kind: "gone" },
      { text: after, kind: "new" },
    ];
  }
  const width = now.length + 1;
  const longest = new Uint16Array((old.length + 1) * width);
  /** @param {number} i @param {number} j */
  const at = (i, j) => longest[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--) longest[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  /** @type {{text: string, kind: "same" | "gone" | "new"}[]} */
  const found = [];
  /** @param {"same" | "gone" | "new"} kind @param {string} text */
  const add = (kind, text) => {
    const last = found.at(-1);
    if (last?.kind === kind) last.text += text;
    else found.push({ kind, text });
  };
  for (let i = 0, j = 0; i < old.length || j < now.length; ) {
    const [left, right] = [old[i], now[j]];
    if (left !== undefined && left === right) {
      add("same", left);
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      add("gone", left);
      i++;
    } else {
      add("new", right ?? "");
      j++;
    }
  }
  return found;
}

/* In the page: a field in which text stands between chips that can't be written into. */

/** Gives the caret a place beside a chip where no text is; never part of the text. */
const PLACE = "\ufeff";

/** @param {Code} code @param {string} name for screen readers */
function chip(code, name) {
  const made = document.createElement("span");
  made.className = `chip ${code.kind}`;
  made.contentEditable = "false";
  made.dataset.code = JSON.stringify({ id: code.id, kind: code.kind, role: code.role });
  made.textContent = label(code);
  made.title = name;
  return made;
}

/** Write a text into a field. @param {HTMLElement} field @param {Coded} coded @param {(code: Code) => string} name */
export function paint(field, coded, name) {
  /** @type {Node[]} */
  const nodes = [];
  for (const piece of pieces(coded)) {
    const isChip = "code" in piece;
    if (isChip && !(nodes.at(-1) instanceof Text)) nodes.push(document.createTextNode(PLACE));
    nodes.push(isChip ? chip(piece.code, name(piece.code)) : document.createTextNode(piece.text));
  }
  if (nodes.length && !(nodes.at(-1) instanceof Text)) nodes.push(document.createTextNode(PLACE));
  field.replaceChildren(...nodes);
}

/** @param {Node} node @returns {Code | null} */
function codeOf(node) {
  return node instanceof HTMLElement && node.dataset.code ? JSON.parse(node.dataset.code) : null;
}

/** What stands in a field now. @param {HTMLElement} field @returns {Coded} */
export function readFrom(field) {
  let text = "";
  /** @type {Coded["codes"]} */
  const codes = [];
  /** @param {Node} node */
  const walk = (node) => {
    const code = codeOf(node);
    if (code) codes.push({ ...code, at: text.length });
    else if (node instanceof Text) text += node.data.replaceAll(PLACE, "");
    else node.childNodes.forEach(walk);
  };
  field.childNodes.forEach(walk);
  return { text: text.replace(/\r?\n/g, " "), codes };
}

/** How far a place in a field is: characters of text before it, and chips before it. @param {HTMLElement} field @param {Node} node @param {number} offset */
function distance(field, node, offset) {
  const range = document.createRange();
  range.setStart(field, 0);
  range.setEnd(node, offset);
  const held = document.createElement("div");
  held.append(range.cloneContents());
  const { text, codes } = readFrom(held);
  return { at: text.length, codes: codes.length };
}

/** Where the caret or the selection is; null: elsewhere. @param {HTMLElement} field */
export function caretOf(field) {
  const selection = window.getSelection();
  if (!selection?.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!field.contains(range.startContainer) || !field.contains(range.endContainer)) return null;
  const start = distance(field, range.startContainer, range.startOffset);
  const end = distance(field, range.endContainer, range.endOffset);
  return { start: start.at, end: end.at, codes: start.codes, text: selection.toString() };
}

/** Put the caret after so many characters and chips. @param {HTMLElement} field @param {number} at @param {number} codes */
export function putCaret(field, at, codes) {
  let [text, chips] = [at, codes];
  let place = /** @type {[Node, number]} */ ([field, field.childNodes.length]);
  for (const node of field.childNodes) {
    if (node instanceof Text) {
      const length = node.data.replaceAll(PLACE, "").length;
      if (text < length || (text === length && chips === 0)) {
        place = [node, text + (node.data.length - length)];
        break;
      }
      text -= length;
    } else if (codeOf(node)) chips -= 1;
  }
  const range = document.createRange();
  range.setStart(...place);
  range.collapse(true);
  const selection = window.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

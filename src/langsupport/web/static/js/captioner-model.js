/* What a captioner's editor decides: drafts, corrections on their way, conflicts, find and replace. Pure logic over a
   storage and a sender that are passed in; tested in Node. */

/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./captions-state.js").Mark} Mark */
/** A text being written. `base` is what the cue said when the writing began. @typedef {{track: string, id: string, text: string, base: string, t0_ms: number, t1_ms: number}} Draft */
/**
 * A correction on its way. `before` is what it replaces; `conflict`: somebody else changed it to `now` in the meantime;
 * `refused`: the server said no, in `said`.
 *
 * @typedef {{
 *   track: string, id: string, t0_ms: number, t1_ms: number, rev: number, text: string, before: string, undo: boolean, retract: boolean,
 *   state: "waiting" | "sending" | "conflict" | "refused", now: string, said: string,
 * }} Correction
 */
/** @typedef {{kind: "saved"} | {kind: "conflict", text: string, rev: number} | {kind: "refused", said: string} | {kind: "away"}} Outcome */
/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Kept */

const MAX_UNDO = 50;

/**
 * What was added at the end since; null if it was changed in another way.
 *
 * @param {string} base @param {string} now
 */
export function grown(base, now) {
  return now.startsWith(base) ? now.slice(base.length) : null;
}

/**
 * A correction of `base` carried over to what the cue says now; null if both changed the same words.
 *
 * @param {string} text @param {string} base @param {string} now
 * @returns {string | null}
 */
export function merged(text, base, now) {
  const growth = grown(base, now);
  return growth === null ? null : text + growth;
}

/** Text as one line: what an editor sends. @param {string} text */
export function tidied(text) {
  return text.replace(/\s+/gu, " ").trim();
}

/** @param {string} track @param {string} id */
export function keyOf(track, id) {
  return `${track}/${id}`;
}

/** @param {{t0_ms: number, t1_ms: number}} cue @param {number} from_ms @param {number} to_ms */
function overlaps(cue, from_ms, to_ms) {
  return cue.t0_ms <= to_ms && cue.t1_ms >= from_ms;
}

/** Drafts by cue, kept in the browser so that a reload doesn't lose them. */
export class Drafts {
  /** @param {Kept | null} storage @param {string} session */
  constructor(storage, session) {
    this.storage = storage;
    this.prefix = `langsupport:draft:${session}:`;
    /** @type {Map<string, Draft>} */
    this.drafts = new Map();
    for (const key of keysOf(storage, this.prefix)) {
      const draft = /** @type {Draft | null} */ (readJson(storage, key));
      if (draft?.id && typeof draft.text === "string") this.drafts.set(keyOf(draft.track, draft.id), draft);
    }
  }

  /** @param {string} track @param {string} id */
  get(track, id) {
    return this.drafts.get(keyOf(track, id)) ?? null;
  }

  /** @param {Draft} draft */
  put(draft) {
    const key = keyOf(draft.track, draft.id);
    this.drafts.set(key, draft);
    write(this.storage, this.prefix + key, draft);
  }

  /** @param {string} track @param {string} id */
  drop(track, id) {
    this.drafts.delete(keyOf(track, id));
    write(this.storage, this.prefix + keyOf(track, id), null);
  }

  /** What was said then went off the record: what was written over it goes too. @param {number} from_ms @param {number} to_ms */
  purge(from_ms, to_ms) {
    for (const draft of this.drafts.values()) if (overlaps(draft, from_ms, to_ms)) this.drop(draft.track, draft.id);
  }
}

/**
 * Corrections on their way to the server, one after the other, kept in the browser until the server has them. Each
 * follows its cue: where the cue only grew, the growth is taken over; where somebody changed the same words, it is a conflict.
 */
export class Corrections {
  /**
   * @param {{session: string, storage: Kept | null, send: (correction: Correction) => Promise<Outcome>, onChange: () => void}} options
   */
  constructor(options) {
    this.options = options;
    this.key = `langsupport:corrections:${options.session}`;
    /** @type {Correction[]} */
    this.list = /** @type {Correction[]} */ (readJson(options.storage, this.key) ?? []);
    for (const one of this.list) if (one.state === "sending") one.state = "waiting";
    /** The own corrections that arrived, the latest last. @type {{track: string, id: string, before: string, after: string}[]} */
    this.done = [];
    this.busy = false;
  }

  /** @param {string} track @param {string} id @returns {Correction | null} */
  of(track, id) {
    return this.list.find((one) => one.track === track && one.id === id) ?? null;
  }

  /** How many are not yet at the server. */
  get pending() {
    return this.list.filter((one) => one.state !== "conflict" && one.state !== "refused").length;
  }

  /**
   * Correct a cue as it is known now. What was on its way for the same cue is replaced.
   *
   * @param {Cue} cue @param {string} text
   * @param {{undo?: boolean, retract?: boolean, base?: string}} [more] `base`: what the text was written over, where that was earlier
   */
  add(cue, text, { undo = false, retract = false, base = cue.stable } = {}) {
    const earlier = this.of(cue.track, cue.id);
    this.list = this.list.filter((one) => one !== earlier);
    const together = retract ? "" : merged(text, base, cue.stable);
    /** @type {Correction} */
    const made = {
      track: cue.track,
      id: cue.id,
      t0_ms: cue.t0_ms,
      t1_ms: cue.t1_ms,
      rev: cue.rev,
      text: together ?? text,
      before: cue.stable,
      undo,
      retract,
      state: together === null ? "conflict" : "waiting",
      now: cue.stable,
      said: "",
    };
    this.list.push(made);
    this.changed();
    void this.work();
  }

  /** A cue changed: corrections of it follow. @param {Cue} cue */
  follow(cue) {
    const one = this.of(cue.track, cue.id);
    if (!one || one.state === "sending" || cue.rev < one.rev) return;
    if (cue.state === "retracted") return this.drop(one);
    if (!one.retract && one.state !== "conflict" && one.state !== "refused") {
      const together = merged(one.text, one.before, cue.stable);
      if (together === null) Object.assign(one, { state: "conflict", now: cue.stable, rev: cue.rev });
      else Object.assign(one, { text: together, before: cue.stable, now: cue.stable, rev: cue.rev });
    } else Object.assign(one, { now: cue.stable, rev: cue.rev });
    this.changed();
    void this.work();
  }

  /** Out of a conflict: mine replaces what is there now. @param {Correction} one */
  insist(one) {
    Object.assign(one, { state: "waiting", before: one.now, said: "" });
    this.changed();
    void this.work();
  }

  /** @param {Correction} one */
  drop(one) {
    this.list = this.list.filter((other) => other !== one);
    this.changed();
  }

  /** What was said then went off the record. @param {number} from_ms @param {number} to_ms */
  purge(from_ms, to_ms) {
    this.list = this.list.filter((one) => !overlaps(one, from_ms, to_ms));
    this.changed();
  }

  /** Send what waits; stops where the server can't be reached, to be called again when it can. */
  async work() {
    if (this.busy) return;
    this.busy = true;
    for (;;) {
      const next = this.list.find((one) => one.state === "waiting");
      if (!next) break;
      next.state = "sending";
      this.changed();
      const outcome = await this.options.send(next);
      if (this.settle(next, outcome)) break;
    }
    this.busy = false;
    this.changed();
  }

  /** @param {Correction} one @param {Outcome} outcome @returns {boolean} whether to stop for now */
  settle(one, outcome) {
    if (outcome.kind === "saved") {
      if (!one.undo && !one.retract) this.done = [...this.done, { track: one.track, id: one.id, before: one.before, after: one.text }].slice(-MAX_UNDO);
      this.drop(one);
    } else if (outcome.kind === "conflict") {
      const together = one.retract ? "" : merged(one.text, one.before, outcome.text);
      if (together === null) Object.assign(one, { state: "conflict", now: outcome.text, rev: outcome.rev });
      else Object.assign(one, { state: "waiting", text: together, before: outcome.text, now: outcome.text, rev: outcome.rev });
    } else if (outcome.kind === "refused") Object.assign(one, { state: "refused", said: outcome.said });
    else one.state = "waiting";
    return outcome.kind === "away";
  }

  /** The last own correction that is still as it was made, taken off the list. @param {(track: string, id: string) => Cue | null} find */
  takeLast(find) {
    for (;;) {
      const last = this.done.pop();
      if (!last) return null;
      const cue = find(last.track, last.id);
      if (cue && cue.stable === last.after) return { cue, before: last.before };
    }
  }

  changed() {
    write(this.options.storage, this.key, this.list.length ? this.list : null);
    this.options.onChange();
  }
}

/** @typedef {{cue: Cue, after: string, parts: {text: string, hit: boolean}[]}} Hit */

const LETTER = /[\p{L}\p{N}\p{M}]/u;
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/**
 * Cues in which a name is found, with what they would say. Whole words only, where the script has spaces.
 *
 * @param {readonly Cue[]} cues @param {string} find @param {string} put
 * @returns {Hit[]}
 */
export function hits(cues, find, put) {
  const wanted = find.trim();
  if (!wanted) return [];
  const pattern = patternOf(wanted);
  return cues.flatMap((cue) => {
    const found = [...cue.stable.matchAll(pattern)];
    if (!found.length) return [];
    return [{ cue, after: tidied(cue.stable.replace(pattern, () => put.trim())), parts: partsOf(cue.stable, found) }];
  });
}

/** @param {string} wanted */
function patternOf(wanted) {
  const first = [...wanted][0] ?? "";
  const last = [...wanted].at(-1) ?? "";
  const bound = (/** @type {string} */ character) => LETTER.test(character) && !UNSPACED.test(character);
  const before = bound(first) ? "(?<![\\p{L}\\p{N}\\p{M}])" : "";
  const after = bound(last) ? "(?![\\p{L}\\p{N}\\p{M}])" : "";
  const inside = wanted.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&").replace(/\s+/g, "\\s+");
  return new RegExp(before + inside + after, "giu");
}

/** @param {string} text @param {RegExpMatchArray[]} found */
function partsOf(text, found) {
  /** @type {{text: string, hit: boolean}[]} */
  const parts = [];
  let end = 0;
  for (const match of found) {
    const start = match.index ?? 0;
    if (start > end) parts.push({ text: text.slice(end, start), hit: false });
    parts.push({ text: match[0], hit: true });
    end = start + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), hit: false });
  return parts;
}

/**
 * The cue so many steps from the chosen one; the last one if none is chosen or it is gone.
 *
 * @param {readonly Cue[]} cues @param {string | null} id @param {number} steps
 * @returns {string | null}
 */
export function stepped(cues, id, steps) {
  if (!cues.length) return null;
  const at = cues.findIndex((cue) => cue.id === id);
  const to = at < 0 ? cues.length - 1 : Math.max(0, Math.min(cues.length - 1, at + steps));
  return cues[to]?.id ?? null;
}

/** @typedef {{key: string, cue?: Cue, mark?: Mark, tail?: string, tail_id?: string}} Row */

/**
 * Cues and marks in one line of time. What is only a tail yet (a sentence that has just begun) is the last row.
 *
 * @param {readonly Cue[]} cues
 * @param {readonly {id: string, t0_ms: number, tail: string}[]} tails
 * @param {readonly Mark[]} marks
 * @returns {Row[]}
 */
export function rowsOf(cues, tails, marks) {
  const byId = new Map(tails.map((tail) => [tail.id, tail]));
  const begun = cues[0]?.t0_ms ?? 0;
  const holding = new Map(marks.filter((mark) => mark.at_ms < begun).map((mark) => [mark.kind, mark])); // the last of each kind
  const shown = marks.filter((mark) => mark.at_ms >= begun || holding.get(mark.kind) === mark);
  /** @type {Row[]} */
  const rows = [];
  let next = 0;
  for (const cue of cues) {
    for (; next < shown.length && /** @type {Mark} */ (shown[next]).at_ms <= cue.t0_ms; next += 1) rows.push(markRow(/** @type {Mark} */ (shown[next])));
    const tail = byId.get(cue.id);
    byId.delete(cue.id);
    rows.push({ key: cue.id, cue, tail: tail?.tail ?? "" });
  }
  for (const tail of byId.values()) rows.push({ key: `tail ${tail.id}`, tail: tail.tail, tail_id: tail.id });
  for (; next < shown.length; next += 1) rows.push(markRow(/** @type {Mark} */ (shown[next])));
  return rows;
}

/** @param {Mark} mark @returns {Row} */
function markRow(mark) {
  return { key: `mark ${mark.id}`, mark };
}

/**
 * Names used so far, the latest first: what typing completes from.
 *
 * @param {readonly Mark[]} marks @param {Mark["kind"]} kind @param {readonly string[]} [more] known from elsewhere
 */
export function namesIn(marks, kind, more = []) {
  const used = marks.filter((mark) => mark.kind === kind && mark.text).map((mark) => mark.text);
  return [...new Set([...used.reverse(), ...more])];
}

/** @param {Kept | null} storage @param {string} prefix */
function keysOf(storage, prefix) {
  const keys = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? "");
  return keys.filter((key) => key.startsWith(prefix));
}

/** @param {Kept | null} storage @param {string} key @returns {unknown} */
function readJson(storage, key) {
  try {
    return JSON.parse(storage?.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {Kept | null} storage @param {string} key @param {unknown} value null: take it away */
function write(storage, key, value) {
  try {
    if (value === null) storage?.removeItem(key);
    else storage?.setItem(key, JSON.stringify(value));
  } catch {
    // storage is full or forbidden: the page goes on, only a reload would lose what isn't saved
  }
}

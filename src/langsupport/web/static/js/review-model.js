/* What the editor of reviews decides: what was written and is on its way to the server, and which segment comes next.
   Pure logic over a storage and a sender that are passed in; tested in Node. Texts are as the server counts them. */

/** @typedef {import("./review-text.js").Coded} Coded */
/** @typedef {{code: string, severity: "error" | "warning" | "info", message: string, template: string, fields: Record<string, unknown>, dismissible: boolean}} Finding */
/** @typedef {{target: Coded, base_version: number, version: number, saved_at: string}} Draft */
/**
 * @typedef {{
 *   number: number, place: number, part: number, label: string, joined_into: number | null, unit_id: string, unit_kind: string, language: string, key: string, source: Coded, proposal: Coded, proposed_origin: string,
 *   model: string, match: number | null, confidence: number | null, confidence_level: "sure" | "fair" | "doubtful" | null, target: Coded, origin: string, state: "initial" | "translated" | "reviewed" | "final", version: number,
 *   seq: number, findings: Finding[], dismissed: Record<string, {reason: string, by: string, at: string}>, words: number, comments: number,
 *   translated_by: string, translated_at: string | null, translation: Coded | null, revised_by: string, revised_at: string | null, carried_from?: string | null, draft: Draft | null, marks: import("./review-marks.js").Mark[],
 * }} Segment
 */
/**
 * What somebody wrote into one segment and the server doesn't have yet. `base`: the version that it was written over;
 * `act`: kept as a draft, or confirmed. `conflict`: somebody changed the segment meanwhile; `refused`: the server said
 * no, in `said`, or named in `findings` what must be corrected first.
 *
 * @typedef {{
 *   number: number, act: "draft" | "confirm", target: Coded, base: number, propagate: boolean, seconds: number, match: number | null,
 *   state: "waiting" | "sending" | "conflict" | "refused", said: string, findings: Finding[], changed: number,
 * }} Written
 */
/** @typedef {{kind: "saved"} | {kind: "conflict"} | {kind: "refused", said: string, findings: Finding[]} | {kind: "away"}} Outcome */
/** @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Kept */
/** @typedef {{kind: "post-edit" | "revise", state: string, first: number, last: number, mine: boolean, id: string, segments: number, done_segments: number, person: string, instructions: string, deadline: string | null}} Task */

const IDLE_EVERY_MS = 30;

/** Everything on its way, one piece a segment, kept in the browser until the server has it. */
export class Outbox {
  /** @param {{review: string, storage: Kept | null, send: (written: Written) => Promise<Outcome>, onChange: (number: number) => void}} options */
  constructor(options) {
    this.options = options;
    this.prefix = `langsupport:review:${options.review}:`;
    /** @type {Map<number, Written>} */
    this.pieces = new Map();
    const storage = options.storage;
    for (let index = 0; storage && index < storage.length; index++) {
      const key = storage.key(index) ?? "";
      const piece = key.startsWith(this.prefix) ? read(storage, key) : null;
      if (piece) this.pieces.set(piece.number, { ...piece, state: piece.state === "sending" ? "waiting" : piece.state });
    }
    this.working = false;
  }

  /** @param {number} number @returns {Written | null} */
  of(number) {
    return this.pieces.get(number) ?? null;
  }

  /** How many pieces are not yet at the server. */
  get pending() {
    return [...this.pieces.values()].filter((one) => one.state === "waiting" || one.state === "sending").length;
  }

  /** Keep what was written; it goes out with the next `work`. @param {Pick<Written, "number" | "act" | "target" | "base"> & Partial<Written>} given */
  put(given) {
    const earlier = this.of(given.number);
    /** @type {Written} */
    const piece = { propagate: true, seconds: 0, match: null, said: "", findings: [], ...given, state: "waiting", changed: (earlier?.changed ?? 0) + 1 };
    this.pieces.set(piece.number, piece);
    this.keep(piece);
  }

  /** @param {number} number */
  drop(number) {
    if (!this.pieces.delete(number)) return;
    this.options.storage?.removeItem(this.prefix + number);
    this.options.onChange(number);
  }

  /** @param {Written} piece */
  keep(piece) {
    try {
      this.options.storage?.setItem(this.prefix + piece.number, JSON.stringify(piece));
    } catch {
      // the browser's storage is full: it stays in memory, and goes out
    }
    this.options.onChange(piece.number);
  }

  /**
   * Somebody changed a segment: what was written over an older text is in conflict, unless it says the same.
   *
   * @param {Segment} segment
   */
  follow(segment) {
    const piece = this.of(segment.number);
    if (!piece || piece.state === "sending" || piece.base === segment.version) return;
    if (JSON.stringify(piece.target) === JSON.stringify(segment.target)) this.drop(segment.number);
    else if (piece.state !== "conflict") {
      piece.state = "conflict";
      this.keep(piece);
    }
  }

  /** The server took an earlier text of ours: what was written since is written over that. @param {number} number @param {number} from @param {number} to */
  rebase(number, from, to) {
    const piece = this.of(number);
    if (!piece || piece.base !== from) return;
    piece.base = to;
    this.keep(piece);
  }

  /** Out of a conflict: mine goes over what is there now. @param {number} number @param {number} version */
  insist(number, version) {
    const piece = this.of(number);
    if (!piece) return;
    Object.assign(piece, { base: version, state: "waiting", said: "", findings: [] });
    this.keep(piece);
  }

  /** Send what waits, one after the other; stops where the server can't be reached, to be called again when it can. */
  async work() {
    if (this.working) return;
    this.working = true;
    try {
      for (;;) {
        const next = [...this.pieces.values()].find((one) => one.state === "waiting");
        if (!next) return;
        next.state = "sending";
        this.options.onChange(next.number);
        const sent = next.changed;
        const outcome = await this.options.send(next);
        if (this.settle(next, sent, outcome)) return;
      }
    } finally {
      this.working = false;
    }
  }

  /** Nothing is on its way to the server. */
  async idle() {
    while (this.working) await new Promise((done) => setTimeout(done, IDLE_EVERY_MS));
  }

  /** @param {Written} piece @param {number} sent @param {Outcome} outcome @returns {boolean} whether to stop for now */
  settle(piece, sent, outcome) {
    const now = this.of(piece.number);
    if (!now || now.changed !== sent) return outcome.kind === "away"; // it was written over meanwhile, and goes out again
    if (outcome.kind === "saved") this.drop(piece.number);
    else if (outcome.kind === "away") {
      piece.state = "waiting";
      this.keep(piece);
      return true;
    } else {
      piece.state = outcome.kind;
      if (outcome.kind === "refused") Object.assign(piece, { said: outcome.said, findings: outcome.findings });
      this.keep(piece);
    }
    return false;
  }
}

/** @param {Kept} storage @param {string} key @returns {Written | null} */
function read(storage, key) {
  try {
    const found = JSON.parse(storage.getItem(key) ?? "null");
    return found && typeof found.number === "number" && typeof found.target?.text === "string" ? found : null;
  } catch {
    return null;
  }
}

/** By which task the reader may change a segment. @param {readonly Task[]} tasks @param {{place: number, joined_into: number | null, state: string}} segment @returns {Task | null} */
export function taskFor(tasks, segment) {
  if (!isLive(segment)) return null;
  const mine = tasks.find((task) => task.mine && task.first <= segment.place && segment.place <= task.last) ?? null;
  if (mine?.kind === "post-edit") return segment.state === "initial" || segment.state === "translated" ? mine : null;
  return mine && (segment.state === "translated" || segment.state === "reviewed") ? mine : null;
}

/** Whether a segment has a text of its own; not if it was joined into another one. @param {{joined_into: number | null}} segment */
export function isLive(segment) {
  return segment.joined_into === null;
}

/** The segment that can be joined to one: the next, if it is of the same paragraph. @param {readonly Segment[]} segments in order @param {Segment} segment */
export function following(segments, segment) {
  const live = segments.filter(isLive);
  const next = live[live.findIndex((one) => one.number === segment.number) + 1];
  return next?.unit_id === segment.unit_id ? next : null;
}

/** Whether there is nothing left to do in a segment for the reader. @param {readonly Task[]} tasks @param {{state: string}} segment */
export function isDone(tasks, segment) {
  const revises = tasks.some((task) => task.mine && task.kind === "revise");
  return revises ? segment.state === "reviewed" || segment.state === "final" : segment.state !== "initial";
}

/** Whether the machine's own text still stands in a segment. @param {Segment} segment */
export function isMachine(segment) {
  return segment.origin === "mt" && segment.state === "initial";
}

/** Whether it is the machine's text, and the machine is not sure of it. @param {Segment} segment */
export function isDoubtful(segment) {
  return isMachine(segment) && segment.confidence_level === "doubtful";
}

/** @typedef {"all" | "open" | "findings" | "comments" | "changed" | "marked" | "doubtful"} Filter */

/** @param {Segment} segment @param {Filter} filter @param {string} words @param {readonly Task[]} tasks */
export function isShown(segment, filter, words, tasks) {
  if (filter === "open" && isDone(tasks, segment)) return false;
  if (filter === "findings" && !segment.findings.some((finding) => !(finding.code in segment.dismissed))) return false;
  if (filter === "comments" && !segment.comments) return false;
  if (filter === "changed" && !segment.translation) return false;
  if (filter === "marked" && !segment.marks.length) return false;
  if (filter === "doubtful" && !isDoubtful(segment)) return false;
  const wanted = words.trim().toLocaleLowerCase();
  return !wanted || segment.source.text.toLocaleLowerCase().includes(wanted) || segment.target.text.toLocaleLowerCase().includes(wanted);
}

/**
 * The next segment after `number` (0: from the top) that is to be done and may be changed; from the top after the end; null: none is left.
 *
 * @param {readonly Segment[]} segments @param {number} number @param {readonly Task[]} tasks @param {(segment: Segment) => boolean} [but]
 */
export function nextOpen(segments, number, tasks, but = () => false) {
  const isOpen = (/** @type {Segment} */ one) => one.number !== number && taskFor(tasks, one) !== null && !isDone(tasks, one) && !but(one);
  const at = segments.findIndex((one) => one.number === number);
  return segments.slice(at + 1).find(isOpen) ?? segments.find(isOpen) ?? null;
}

/** Put segments that came into those that are held, in order. @param {readonly Segment[]} held @param {readonly Segment[]} came @returns {Segment[]} */
export function merged(held, came) {
  const known = new Map(held.map((one) => [one.number, one]));
  for (const one of came) {
    const before = known.get(one.number);
    if (!before || one.seq >= before.seq) known.set(one.number, one);
  }
  return [...known.values()].sort((a, b) => a.place - b.place || a.part - b.part || a.number - b.number);
}

/* What a watcher has on the screen: events of docs/live.md in, ordered captions by track out. Pure functions, tested in
   Node; each gives a new state and leaves the old one as it was. Times are whole milliseconds of the session's clock. */

/** @typedef {{text: string, start_ms: number, end_ms: number}} Word */
/**
 * One caption of a track, as an event brings it; a later one replaces it by track and id.
 *
 * @typedef {{
 *   seq?: number, track: string, id: string, rev: number, lang: string, channel?: string, t0_ms: number, t1_ms: number,
 *   stable: string, state: "open" | "final" | "corrected" | "retracted", origin?: "heard" | "translated" | "human",
 *   src?: string | null, words?: Word[]
 * }} Cue
 */
/** @typedef {{track: string, id: string, rev: number, lang: string, t0_ms: number, t1_ms: number, tail: string}} Tail */
/**
 * @typedef {{
 *   seq?: number, id: string, kind: "speaker" | "item" | "note" | "off-record", at_ms: number, end_ms: number | null,
 *   text: string, removed?: boolean
 * }} Mark
 */
/** @typedef {{track: string, language: string | null, source: "channel" | "machine", watched: boolean}} TrackInfo */
/**
 * @typedef {{
 *   seq: number, id: string, title: string, state: "planned" | "live" | "paused" | "ended", off_record: boolean,
 *   tracks: TrackInfo[], clock_ms: number
 * }} Session
 */
/**
 * `more` says that the server has earlier captions of the track.
 *
 * @typedef {{cues: readonly Cue[], tails: readonly Tail[], more: boolean}} Track
 */
/**
 * `seq` is the last change seen, null before the first; `synced` are the tracks for which that holds: after a lost
 * connection only these can go on from `seq`.
 *
 * @typedef {{
 *   tracks: Readonly<Record<string, Track>>, marks: readonly Mark[], session: Session | null, seq: number | null,
 *   synced: readonly string[]
 * }} CaptionsState
 */

export const MAX_CUES = 1500; // of one track; the oldest go, and are fetched again when somebody scrolls back to them
export const MAX_CUES_HELD = 12_000; // while somebody reads far back: more than a day of talk
const MAX_TAILS = 4; // of one track: an open sentence on each channel that feeds it
/** @type {Track} */
const NOTHING = { cues: [], tails: [], more: false };

/** @returns {CaptionsState} */
export function emptyState() {
  return { tracks: {}, marks: [], session: null, seq: null, synced: [] };
}

/** @param {CaptionsState} state @param {string} track @returns {Track} */
export function trackOf(state, track) {
  return state.tracks[track] ?? NOTHING;
}

/**
 * The state after an event. Events of other kinds (ping, bye) change nothing.
 *
 * @param {CaptionsState} state
 * @param {any} event as the server sends it
 * @returns {CaptionsState}
 */
export function reduce(state, event) {
  switch (event.type) {
    case "session":
      return { ...(event.off_record ? withoutTails(state) : state), session: event, seq: later(state.seq, event.seq) };
    case "snapshot":
      return withSnapshot(state, event);
    case "cue":
      return { ...withCue(state, event), seq: later(state.seq, event.seq) };
    case "tail":
      return withTail(state, event);
    case "mark":
      return { ...state, marks: withMark(state.marks, event), seq: later(state.seq, event.seq) };
    default:
      return state;
  }
}

/** @param {number | null} seq @param {number | undefined} other */
function later(seq, other) {
  return other === undefined ? seq : Math.max(seq ?? 0, other);
}

/**
 * The connection is lost: open sentences are no longer known; what was committed stays.
 *
 * @param {CaptionsState} state
 * @returns {CaptionsState}
 */
export function withoutTails(state) {
  const tracks = Object.fromEntries(Object.entries(state.tracks).map(([key, track]) => [key, { ...track, tails: [] }]));
  return { ...state, tracks };
}

/**
 * Earlier captions, fetched page by page: they are put in, and never replace what events brought later.
 *
 * @param {CaptionsState} state
 * @param {string} track
 * @param {readonly Cue[]} cues
 * @param {boolean} more whether there are still earlier ones
 * @returns {CaptionsState}
 */
export function withEarlier(state, track, cues, more) {
  const had = trackOf(state, track);
  const known = new Set(had.cues.map((cue) => cue.id));
  const fresh = cues.filter((cue) => !known.has(cue.id) && cue.state !== "retracted");
  return replaced(state, track, { ...had, cues: [...fresh, ...had.cues].sort(inOrder), more });
}

/**
 * Let go of the oldest captions beyond the limit.
 *
 * @param {CaptionsState} state
 * @param {number} limit of each track
 * @returns {CaptionsState}
 */
export function trimmed(state, limit) {
  let after = state;
  for (const [key, track] of Object.entries(state.tracks)) {
    if (track.cues.length > limit) after = replaced(after, key, { ...track, cues: track.cues.slice(-limit), more: true });
  }
  return after;
}

/** @param {CaptionsState} state @param {string} key @param {Track} track @returns {CaptionsState} */
function replaced(state, key, track) {
  return { ...state, tracks: { ...state.tracks, [key]: track } };
}

/** @param {CaptionsState} state @param {any} event @returns {CaptionsState} */
function withSnapshot(state, event) {
  let after = state;
  for (const key of event.tracks) {
    const cues = /** @type {Cue[]} */ (event.cues).filter((cue) => cue.track === key && cue.state !== "retracted").sort(inOrder);
    after = replaced(after, key, joined(state, key, cues, Boolean(event.more)));
  }
  const marks = event.marks ? [...event.marks].filter((/** @type {Mark} */ mark) => !mark.removed).sort(markOrder) : state.marks;
  return { ...after, marks, seq: later(state.seq, event.seq), synced: [...event.tracks] };
}

/** A track that was followed all along keeps what it had before the snapshot; another one begins with the snapshot.
 * @param {CaptionsState} state @param {string} key @param {Cue[]} cues @param {boolean} more @returns {Track} */
function joined(state, key, cues, more) {
  const had = trackOf(state, key);
  const first = cues[0];
  if (!state.synced.includes(key) || !first) return { cues, tails: [], more };
  const kept = new Set(cues.map((cue) => cue.id));
  const before = had.cues.filter((cue) => !kept.has(cue.id) && inOrder(cue, first) < 0);
  return { cues: [...before, ...cues], tails: had.tails, more: before.length ? had.more : more };
}

/** @param {CaptionsState} state @param {Cue} cue @returns {CaptionsState} */
function withCue(state, cue) {
  const had = trackOf(state, cue.track);
  const at = lastIndex(had.cues, cue.id);
  const known = had.cues[at];
  if (known && isOlder(cue, known)) return state;
  const cues = [...had.cues];
  if (known) cues.splice(at, 1);
  if (cue.state !== "retracted") cues.splice(placeFor(cues, cue), 0, cue);
  const tails = had.tails.filter((tail) => tail.id !== cue.id);
  return replaced(state, cue.track, { ...had, cues, tails });
}

/** Whether a cue is a state from before the one known. @param {Cue} cue @param {Cue} known */
function isOlder(cue, known) {
  if (cue.seq !== undefined && known.seq !== undefined) return cue.seq < known.seq;
  return cue.rev < known.rev;
}

/** Where a cue stands, looked for from the live edge; -1 if it isn't there. @param {readonly Cue[]} cues @param {string} id */
function lastIndex(cues, id) {
  let index = cues.length - 1;
  while (index >= 0 && cues[index]?.id !== id) index -= 1;
  return index;
}

/** @param {readonly Cue[]} cues @param {Cue} cue */
function placeFor(cues, cue) {
  let place = cues.length;
  while (place > 0 && inOrder(/** @type {Cue} */ (cues[place - 1]), cue) > 0) place -= 1;
  return place;
}

/** @param {CaptionsState} state @param {Tail} tail @returns {CaptionsState} */
function withTail(state, tail) {
  if (state.session?.off_record) return state; // sent before the server knew, arrived after
  const had = trackOf(state, tail.track);
  const cue = had.cues[lastIndex(had.cues, tail.id)];
  if (cue && (cue.state !== "open" || tail.rev < cue.rev)) return state;
  const others = had.tails.filter((known) => known.id !== tail.id);
  const tails = tail.tail ? [...others, tail].slice(-MAX_TAILS) : others;
  return replaced(state, tail.track, { ...had, tails });
}

/** @param {readonly Mark[]} marks @param {Mark} mark @returns {readonly Mark[]} */
function withMark(marks, mark) {
  const others = marks.filter((known) => known.id !== mark.id);
  return mark.removed ? others : [...others, mark].sort(markOrder);
}

/** By time; of two at the same time the one that was made first. @param {Cue} one @param {Cue} other */
export function inOrder(one, other) {
  return one.t0_ms - other.t0_ms || numberIn(one.id) - numberIn(other.id) || (one.id < other.id ? -1 : Number(one.id > other.id));
}

/** @param {Mark} one @param {Mark} other */
function markOrder(one, other) {
  return one.at_ms - other.at_ms || numberIn(one.id) - numberIn(other.id);
}

/** c12 and fr-12 are the twelfth. @param {string} id */
function numberIn(id) {
  return Number(/\d+$/.exec(id)?.[0] ?? 0);
}

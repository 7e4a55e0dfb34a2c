/* Finding one's way in captions: pure functions, tested in Node. Times are whole milliseconds. */

/** @typedef {{id: string, start_ms: number, end_ms: number, text: string}} Cue */

/**
 * The index of the cue that is shown at a time; -1 between cues.
 *
 * @param {readonly Cue[]} cues in time order, not overlapping
 * @param {number} time_ms
 * @returns {number}
 */
export function cueAt(cues, time_ms) {
  const index = lastStarted(cues, time_ms);
  const cue = cues[index];
  return cue && time_ms < cue.end_ms ? index : -1;
}

/**
 * The index of the last cue that has started; -1 before the first.
 *
 * @param {readonly Cue[]} cues
 * @param {number} time_ms
 * @returns {number}
 */
export function lastStarted(cues, time_ms) {
  let low = 0;
  let high = cues.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Cue} */ (cues[middle]).start_ms <= time_ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * For each cue the text of another language's cues that are said in its time; each of those stands once.
 *
 * @param {readonly Cue[]} cues
 * @param {readonly Cue[]} others
 * @returns {string[]}
 */
export function beside(cues, others) {
  /** @type {string[][]} */
  const rows = cues.map(() => []);
  for (const other of others) {
    const index = Math.max(0, lastStarted(cues, (other.start_ms + other.end_ms) / 2));
    rows[index]?.push(other.text);
  }
  return rows.map((texts) => texts.join(" "));
}

/**
 * 02:03, or 1:02:03 from an hour on.
 *
 * @param {number} time_ms
 * @returns {string}
 */
export function clock(time_ms) {
  const seconds = Math.floor(time_ms / 1000);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/**
 * The cues in a transcript as the JSON download has it.
 *
 * @param {{cues: {id: string, start_ms: number, end_ms: number, lines?: string[], text?: string}[]}} transcript
 * @returns {Cue[]}
 */
export function cuesOf(transcript) {
  return transcript.cues.map(({ id, start_ms, end_ms, lines, text }) => ({
    id,
    start_ms,
    end_ms,
    text: text ?? (lines ?? []).join(" "),
  }));
}

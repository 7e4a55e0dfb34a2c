/* What the operator's console works out from the session and its status: warnings, the clock, what comes next. Pure
   functions, tested in Node. */

/** @typedef {import("./captions-state.js").Mark} Mark */
/** @typedef {{code: string, message: string, seconds_ago: number}} Trouble */
/**
 * @typedef {{
 *   key: string, connected: boolean, source: string | null, heard: boolean, level_dbfs: number, speaking: boolean, position_ms: number,
 *   lag_ms: number, backlog_ms: number, cadence_ms: number, catching_up: boolean, spool: "ok" | "spool-full" | "off",
 *   language: string | null, trouble: Trouble | null,
 * }} ChannelStatus
 */
/**
 * @typedef {{
 *   track: string, source: "machine" | "channel", watchers: number, recorded: boolean, waiting: number, lag_ms: number,
 *   served: boolean, trouble: Trouble | null,
 * }} TrackStatus
 */
/** @typedef {{active: boolean, load: number, channels: Record<string, ChannelStatus>, tracks: Record<string, TrackStatus>}} Status */
/** @typedef {{state: string, off_record: boolean, channels: readonly {key: string, connected: boolean}[]}} Running */
/**
 * `what` is a sentence in English, to be translated, with {fields}; `of` the channel or track it is about. `said` is a
 * sentence of the server's own.
 *
 * @typedef {{key: string, grave: boolean, what: string, of: string, fields: Record<string, string | number>, said?: string}} Warning
 */

export const LATE_MS = 8_000;
export const TRANSLATION_LATE_MS = 10_000;
const QUIET_DBFS = -42;
const LOUD_DBFS = -4;
const TROUBLE_SECONDS = 30;
const HELD_MS = 4_000; // a warning stays this long after its cause was last seen, so that it can be read

/**
 * What the operator should know, the gravest first.
 *
 * @param {Status} status @param {Running} session
 * @returns {Warning[]}
 */
export function warningsOf(status, session) {
  if (session.state !== "live" || session.off_record) return diskWarnings(status);
  const channels = session.channels.map(({ key }) => status.channels[key] ?? { key, connected: false });
  const tracks = Object.values(status.tracks);
  const elsewhere = !status.active && session.channels.some((channel) => channel.connected);
  const found = [
    ...diskWarnings(status),
    ...(elsewhere ? [warning("idle", true, "The captions of this session are not being made: the service is just starting, or another one has it.")] : channels.flatMap(channelWarnings)),
    ...tracks.flatMap((track) => trackWarnings(track, status.channels.floor?.language ?? null)),
    ...(status.load > 0 ? [warning("load", false, "The machine has much to do: captions come in longer steps.")] : []),
  ];
  return found.sort((one, other) => Number(other.grave) - Number(one.grave));
}

/** @param {string} key @param {boolean} grave @param {string} what @param {string} [of] @param {Record<string, string | number>} [fields] @returns {Warning} */
function warning(key, grave, what, of = "", fields = {}) {
  return { key: of ? `${of} ${key}` : key, grave, what, of, fields };
}

/** @param {Status} status */
function diskWarnings(status) {
  const full = Object.values(status.channels).some((channel) => channel.spool === "spool-full");
  return full ? [warning("disk", true, "The disk is full: captions go on, but the sound is no longer kept. Free some space.")] : [];
}

/** @param {ChannelStatus | {key: string, connected: boolean}} channel @returns {Warning[]} */
function channelWarnings(channel) {
  const { key } = channel;
  if (!("trouble" in channel) || !channel.connected) return [warning("silent", key === "floor", "{channel}: nobody sends sound.", key)];
  /** @type {Warning[]} */
  const found = [];
  const { trouble } = channel;
  if (trouble && trouble.seconds_ago < TROUBLE_SECONDS) found.push({ ...warning(`trouble ${trouble.code}`, true, "{channel}: {what}", key, { what: trouble.message }), said: trouble.message });
  if (channel.speaking && channel.level_dbfs < QUIET_DBFS) found.push(warning("quiet", false, "{channel}: the sound is too quiet.", key));
  if (channel.level_dbfs > LOUD_DBFS) found.push(warning("loud", false, "{channel}: the sound is too loud and is cut off.", key));
  const behind_ms = Math.max(channel.lag_ms, channel.backlog_ms);
  if (behind_ms >= LATE_MS) found.push(warning("late", true, "{channel}: recognition is {seconds} s behind.", key, { seconds: Math.round(behind_ms / 1000) }));
  return found;
}

/** @param {TrackStatus} track @param {string | null} spoken @returns {Warning[]} */
function trackWarnings(track, spoken) {
  const { track: key, trouble } = track;
  const wanted = track.recorded || track.watchers > 0;
  if (track.source !== "machine" || key === "floor" || !wanted) return [];
  if (!track.served && spoken) return [warning("unserved", true, "No model translates from {spoken} into {track}.", key, { spoken })];
  /** @type {Warning[]} */
  const found = [];
  if (trouble && trouble.seconds_ago < TROUBLE_SECONDS) found.push({ ...warning(`trouble ${trouble.code}`, true, "{track}: {what}", key, { what: trouble.message }), said: trouble.message });
  if (track.lag_ms >= TRANSLATION_LATE_MS) found.push(warning("late", false, "{track}: the translation is {seconds} s behind.", key, { seconds: Math.round(track.lag_ms / 1000) }));
  return found;
}

/** Warnings that are on the screen: each stays for some seconds after its cause is gone. */
export class WarningBoard {
  constructor() {
    /** @type {Map<string, {warning: Warning, seen_ms: number}>} */
    this.seen = new Map();
  }

  /** @param {readonly Warning[]} current @param {number} now_ms @returns {Warning[]} */
  take(current, now_ms) {
    for (const one of current) this.seen.set(one.key, { warning: one, seen_ms: now_ms });
    for (const [key, { seen_ms }] of this.seen) if (now_ms - seen_ms > HELD_MS) this.seen.delete(key);
    return [...this.seen.values()].map(({ warning: one }) => one).sort((one, other) => Number(other.grave) - Number(one.grave));
  }

  clear() {
    this.seen.clear();
  }
}

/**
 * The session's clock now, from what the server last said of it.
 *
 * @param {{clock_ms: number, state: string}} session @param {number} heard_ms wall clock when it said so @param {number} now_ms
 */
export function clockNow(session, heard_ms, now_ms) {
  const running = session.state === "live" || session.state === "paused";
  return session.clock_ms + (running ? Math.max(0, now_ms - heard_ms) : 0);
}

/**
 * The agenda item that follows the one marked last; null after the last.
 *
 * @param {readonly string[]} agenda @param {readonly Mark[]} marks
 * @returns {string | null}
 */
export function nextItem(agenda, marks) {
  const current = currentOf(marks, "item");
  const at = current ? agenda.indexOf(current.text) : -1;
  if (current && at < 0) return agenda[0] ?? null;
  return agenda[at + 1] ?? null;
}

/** The mark of a kind that holds now. @param {readonly Mark[]} marks @param {Mark["kind"]} kind @returns {Mark | null} */
export function currentOf(marks, kind) {
  const found = marks.filter((mark) => mark.kind === kind);
  return found[found.length - 1] ?? null;
}

/** Names that have a key of their own: in the order of their first use, so that a key never changes its meaning.
 * @param {readonly Mark[]} marks @returns {string[]} at most nine */
export function keyedSpeakers(marks) {
  const names = marks.filter((mark) => mark.kind === "speaker" && mark.text).map((mark) => mark.text);
  return [...new Set(names)].slice(0, 9);
}

/** Where a language's captions may come from. @param {string} track @param {readonly string[]} channels @returns {("machine" | "channel")[]} */
export function sourcesOf(track, channels) {
  if (track === "floor") return ["channel"];
  return channels.includes(track) ? ["machine", "channel"] : ["machine"];
}

/** Lines of a field as a list. @param {string} text @returns {string[]} */
export function linesOf(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean);
}

/* The watching connection (docs/live.md): follows tracks of a session, comes back by itself with nothing missing or
   doubled, and uses server-sent events where WebSockets don't get through.

   new CaptionsClient({ session, tracks, onCue, onState }).start() */

import { MAX_CUES, MAX_CUES_HELD, emptyState, reduce, trackOf, trimmed, withEarlier, withoutTails } from "./captions-state.js";
import { EventParser, waitBefore } from "./captions-wire.js";

/** @typedef {import("./captions-state.js").CaptionsState} CaptionsState */
/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./captions-state.js").Tail} Tail */
/** @typedef {import("./captions-state.js").Mark} Mark */
/** @typedef {import("./captions-state.js").Session} Session */
/**
 * `connecting` before the first word of the server, `live`, `offline` while it tries again (`since_ms`: wall clock of the
 * loss), `closed` when the server said not to come back.
 *
 * @typedef {{phase: "connecting" | "live" | "offline" | "closed", since_ms: number, code?: string, message?: string}} ConnectionState
 */
/**
 * `access` is the token of a link, if one is needed; `painted` what the page brought along. `onChange` gets the whole ordered state after each message; the
 * others get what a message brought, a snapshot's cues and marks one by one.
 *
 * @typedef {{
 *   session: string, tracks: string[], access?: string | undefined, tails?: boolean, base?: string, painted?: CaptionsState,
 *   onCue?: (cue: Cue) => void, onTail?: (tail: Tail) => void, onMark?: (mark: Mark) => void,
 *   onSession?: (session: Session) => void, onState?: (state: ConnectionState) => void,
 *   onSnapshot?: (snapshot: {tracks: string[], cues: Cue[], marks: Mark[], more: boolean}) => void,
 *   onChange?: (state: CaptionsState) => void
 * }} Options
 */

const SILENCE_MS = 40_000; // the server pings every 15 s
const FIRST_WORD_MS = 8_000; // a proxy that swallows WebSockets lets them open and then says nothing
const HOLDS_MS = 5_000; // a connection that lasts so long works; before that the waits go on growing
const PAGE_SIZE = 100;
const LET_GO = new Set([401, 403, 404, 410]); // answers that trying again doesn't change

export class CaptionsClient {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.tracks = [...options.tracks];
    /** @type {CaptionsState} */
    this.captions = options.painted ?? emptyState();
    /** @type {ConnectionState} */
    this.connection = { phase: "connecting", since_ms: Date.now() };
    /** Set while somebody reads far back, so that the oldest captions stay. */
    this.holding = false;
    this.failures = 0; // since a connection last held
    this.opened_ms = 0;
    this.socketFailures = 0; // of WebSockets alone, in a row
    this.socketsWork = false;
    this.running = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {AbortController | null} */
    this.stream = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.retry = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.watchdog = undefined;
    this.attempt = 0; // what comes from an earlier attempt's connection is passed over
    this.hasten = () => this.retryNow();
    this.cutOff = () => this.connection.phase === "live" && this.lose();
  }

  /** @returns {this} */
  start() {
    if (this.running) return this;
    this.running = true;
    globalThis.addEventListener?.("online", this.hasten);
    globalThis.addEventListener?.("offline", this.cutOff);
    globalThis.document?.addEventListener("visibilitychange", this.hasten);
    this.connect();
    return this;
  }

  stop() {
    this.running = false;
    globalThis.removeEventListener?.("online", this.hasten);
    globalThis.removeEventListener?.("offline", this.cutOff);
    globalThis.document?.removeEventListener("visibilitychange", this.hasten);
    this.hangUp();
  }

  /** Other tracks from now on; the server answers with a snapshot. @param {string[]} tracks */
  setTracks(tracks) {
    if (tracks.join() === this.tracks.join()) return;
    this.tracks = [...tracks];
    this.captions = { ...this.captions, synced: this.captions.synced.filter((track) => tracks.includes(track)) };
    if (!this.running) return;
    if (this.socket?.readyState === 1) this.send({ type: "tracks", tracks });
    else if (this.stream) this.connect();
  }

  /**
   * Fetch earlier captions of a track and put them before those known.
   *
   * @param {string} track
   * @param {number} [limit] at most 500
   * @returns {Promise<boolean>} whether there are still earlier ones
   */
  async loadEarlier(track, limit = PAGE_SIZE) {
    const first = trackOf(this.captions, track).cues[0];
    const query = new URLSearchParams({ limit: String(limit) });
    if (first) query.set("before_ms", String(first.t0_ms + 1)); // another may have begun at the same moment
    const answer = await fetch(this.address(`captions/${track}`, query));
    if (!answer.ok) throw new Error(`earlier captions: ${answer.status}`);
    const page = await answer.json();
    this.captions = withEarlier(this.captions, track, page.items, page.more);
    this.options.onChange?.(this.captions);
    return trackOf(this.captions, track).more;
  }

  /** @param {string} rest @param {URLSearchParams} [query] */
  address(rest, query = new URLSearchParams()) {
    const { base = globalThis.location?.href, session, access } = this.options;
    if (access) query.set("access", access);
    const address = new URL(`/api/v1/sessions/${encodeURIComponent(session)}/${rest}`, base);
    address.search = query.toString();
    return address;
  }

  connect() {
    this.hangUp();
    this.opened_ms = Date.now();
    if (this.byEvents()) void this.openStream(this.attempt);
    else this.openSocket(this.attempt);
  }

  /** Whether it is the turn of server-sent events: where WebSockets never worked mostly, else now and then, also because
   * they say why they are refused. */
  byEvents() {
    const { socketFailures, socketsWork } = this;
    return socketsWork ? socketFailures % 3 === 2 : socketFailures >= 2 && socketFailures % 3 !== 1;
  }

  /** The last seq seen, if all tracks that are wanted were followed up to it. */
  resumesFrom() {
    const { seq, synced } = this.captions;
    return seq !== null && this.tracks.every((track) => synced.includes(track)) ? seq : null;
  }

  /** @param {number} attempt */
  openSocket(attempt) {
    const address = this.address("captions");
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.socket = socket;
    this.await(FIRST_WORD_MS, attempt);
    socket.onopen = () => {
      const last_seq = this.resumesFrom();
      this.send({ type: "hello", tracks: this.tracks, last_seq, tails: this.options.tails ?? true });
    };
    socket.onmessage = ({ data }) => {
      if (attempt !== this.attempt) return;
      this.socketFailures = 0;
      this.socketsWork = true;
      this.hear(JSON.parse(data), attempt);
    };
    socket.onclose = () => {
      if (attempt !== this.attempt) return;
      if (this.connection.phase !== "live") this.socketFailures += 1;
      this.lose();
    };
  }

  /** @param {number} attempt */
  async openStream(attempt) {
    const stream = new AbortController();
    this.stream = stream;
    const query = new URLSearchParams({ tracks: this.tracks.join(",") });
    const last_seq = this.resumesFrom();
    if (last_seq !== null) query.set("last_seq", String(last_seq));
    this.await(FIRST_WORD_MS, attempt);
    try {
      const headers = { Accept: "text/event-stream" };
      const answer = await fetch(this.address("captions/events", query), { headers, cache: "no-store", signal: stream.signal });
      if (LET_GO.has(answer.status)) return this.letGo(await problem(answer), attempt);
      if (!answer.ok || !answer.body) throw new Error(`events: ${answer.status}`);
      await this.readStream(answer.body.getReader(), attempt);
    } catch {
      // lost, refused or aborted: all the same to whoever waits for captions
    }
    if (attempt !== this.attempt) return;
    if (this.connection.phase !== "live") this.socketFailures += 1; // so that the other way gets its turn
    this.lose();
  }

  /** @param {ReadableStreamDefaultReader<Uint8Array>} reader @param {number} attempt */
  async readStream(reader, attempt) {
    const decoder = new TextDecoder();
    const parser = new EventParser();
    for (;;) {
      const { value, done } = await reader.read();
      if (done || attempt !== this.attempt) return;
      for (const data of parser.take(decoder.decode(value, { stream: true }))) this.hear(JSON.parse(data), attempt);
      if (attempt === this.attempt) this.await(SILENCE_MS, attempt);
    }
  }

  /** @param {any} message @param {number} attempt */
  hear(message, attempt) {
    this.await(SILENCE_MS, attempt);
    if (message.type === "bye") return this.leave(message, attempt);
    if (message.type === "ping") this.send({ type: "pong" });
    if (Date.now() - this.opened_ms > HOLDS_MS) this.failures = 0;
    this.captions = trimmed(reduce(this.captions, message), this.holding ? MAX_CUES_HELD : MAX_CUES);
    if (this.connection.phase !== "live") this.tell({ phase: "live", since_ms: Date.now() });
    this.hand(message);
    this.options.onChange?.(this.captions);
  }

  /** @param {any} message */
  hand(message) {
    const { onCue, onTail, onMark, onSession, onSnapshot } = this.options;
    if (message.type === "cue") onCue?.(message);
    else if (message.type === "tail") onTail?.(message);
    else if (message.type === "mark") onMark?.(message);
    else if (message.type === "session") onSession?.(message);
    else if (message.type === "snapshot") {
      onSnapshot?.(message);
      for (const cue of message.cues) onCue?.(cue);
      for (const mark of message.marks ?? []) onMark?.(mark);
    }
  }

  /** The server ends the connection. @param {{code: string, message: string, retry: boolean}} bye @param {number} attempt */
  leave(bye, attempt) {
    if (bye.retry) this.lose();
    else this.letGo(bye, attempt);
  }

  /** @param {{code?: string, message?: string}} why @param {number} attempt */
  letGo(why, attempt) {
    if (attempt !== this.attempt) return;
    this.stop();
    this.tell({ phase: "closed", since_ms: Date.now(), code: why.code ?? "", message: why.message ?? "" });
  }

  lose() {
    this.hangUp();
    this.captions = withoutTails(this.captions);
    if (this.connection.phase !== "offline") this.tell({ phase: "offline", since_ms: Date.now() });
    this.options.onChange?.(this.captions);
    if (!this.running) return;
    this.retry = setTimeout(() => this.connect(), waitBefore(this.failures, Math.random()));
    this.failures += 1;
  }

  /** The network or the reader is back: don't wait any longer. */
  retryNow() {
    if (globalThis.document?.visibilityState === "hidden" || this.connection.phase !== "offline" || !this.retry) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), waitBefore(0, Math.random()) / 2);
  }

  /** Lose the connection if nothing is heard for so long. @param {number} time_ms @param {number} attempt */
  await(time_ms, attempt) {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => {
      if (attempt !== this.attempt) return;
      if (this.socket && this.connection.phase !== "live") this.socketFailures += 1;
      this.lose();
    }, time_ms);
  }

  hangUp() {
    this.attempt += 1;
    clearTimeout(this.retry);
    clearTimeout(this.watchdog);
    this.retry = undefined;
    if (this.socket) {
      this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
      this.socket.close();
    }
    this.stream?.abort();
    this.socket = null;
    this.stream = null;
  }

  /** @param {unknown} message */
  send(message) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  /** @param {ConnectionState} state */
  tell(state) {
    this.connection = state;
    this.options.onState?.(state);
  }
}

/** @param {Response} answer @returns {Promise<{code?: string, message?: string}>} */
async function problem(answer) {
  try {
    const { code, detail } = await answer.json();
    return { code, message: detail };
  } catch {
    return { code: String(answer.status), message: answer.statusText };
  }
}

/* The way of the sound to the server (docs/live.md, “Sending sound”): keeps the connection, sends again what was not
   acknowledged. Knows nothing of devices; sockets and timers are passed in, so that Node can test it. */

import { encode, KEEP_MS, newEpoch, Outbox, pause_ms } from "./capture-frames.js";

/** @typedef {import("./capture-frames.js").Frame} Frame */
/** @typedef {"connecting" | "sending" | "reconnecting" | "closed"} LinkStage */
/** @typedef {{code: string, message: string, retry: boolean, epoch?: number}} Bye */
/** @typedef {{format: string, rate?: number}} SoundFormat */
/**
 * @typedef {{
 *   onStage?: (stage: LinkStage) => void, onBye?: (bye: Bye) => void, onLevel?: (level: {dbfs: number, speech: boolean}) => void,
 *   onState?: (state: {state: string, off_record: boolean}) => void, onAck?: () => void, onRestart?: () => void,
 *   onEpoch?: (epoch: number) => void, onLost?: (tries: number) => void,
 * }} LinkNews `onRestart`: a new epoch has begun, and a container's recorder is to begin anew with it;
 * `onEpoch`: the samples' epoch has another number from now on; `onLost`: a try to connect failed, after so many others
 */
/**
 * @typedef {{
 *   open: () => WebSocket, later: (act: () => void, ms: number) => number, forget: (timer: number) => void, now_ms: () => number,
 * }} Surroundings
 */

const QUEUED_BYTES_LIMIT = 1_000_000; // more than this waits in the outbox rather than in the browser's buffer
const SILENCE_LIMIT_MS = 20_000; // the server says something several times a second; a line this still is dead
const OPEN_LIMIT_MS = 10_000;
const LAST_WORDS_MS = 8_000; // how long the end of the sound may take to be acknowledged

export class SoundLink {
  /**
   * @param {SoundFormat} format @param {LinkNews} news @param {Surroundings} around
   */
  constructor(format, news, around) {
    this.format = format;
    this.news = news;
    this.around = around;
    this.container = !format.format.startsWith("pcm_");
    this.keep = this.container ? 16 * 1024 ** 2 : ((format.rate ?? 0) * KEEP_MS) / 1000;
    this.outbox = new Outbox(this.keep);
    this.epoch = newEpoch(around.now_ms());
    this.ready = false;
    /** What was given up while the line was down. */
    this.lost_units = 0;
    this.tries = 0;
    this.timer = 0;
    this.heard_ms = 0;
    /** Frames up to here were handed to the socket that is open now. */
    this.sent = -1;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {LinkStage} */
    this.stage = "closed";
    this.closing = false;
    this.finishing = false;
  }

  start() {
    this.connect();
  }

  connect() {
    if (this.container && this.sent >= 0) this.renew(); // a container can't be picked up in its middle
    this.set(this.tries ? "reconnecting" : "connecting");
    const socket = this.around.open();
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.heard_ms = this.around.now_ms();
    this.watch(OPEN_LIMIT_MS);
    const mine = (/** @type {() => void} */ act) => () => this.socket === socket && act();
    socket.onopen = mine(() => this.greet());
    socket.onmessage = (event) => this.socket === socket && this.hear(event.data);
    socket.onclose = mine(() => this.lost());
  }

  greet() {
    const { format, rate } = this.format;
    const hello = { type: "hello", format, framed: true, epoch: this.epoch, ...(this.container ? {} : { rate }) };
    this.socket?.send(JSON.stringify(hello));
  }

  /** Look after the line: one that says nothing is closed and opened anew. @param {number} limit_ms */
  watch(limit_ms) {
    this.around.forget(this.timer);
    this.timer = this.around.later(() => {
      if (this.around.now_ms() - this.heard_ms >= limit_ms) this.lost();
      else this.watch(limit_ms);
    }, limit_ms);
  }

  /** @param {unknown} data */
  hear(data) {
    this.heard_ms = this.around.now_ms();
    const message = typeof data === "string" ? JSON.parse(data) : {};
    if (message.type === "ready") this.begin(message.epoch, message.position);
    else if (message.type === "ack") this.acknowledge(message.epoch, message.position);
    else if (message.type === "level") this.news.onLevel?.(message);
    else if (message.type === "state") this.news.onState?.(message);
    else if (message.type === "ping") this.socket?.send('{"type": "pong"}');
    else if (message.type === "bye") this.leave(message);
  }

  /** @param {number} epoch @param {number} position */
  begin(epoch, position) {
    this.tries = 0;
    this.ready = true;
    this.sent = -1;
    this.watch(SILENCE_LIMIT_MS);
    this.outbox.acknowledge(epoch, position);
    this.set("sending");
    this.pump();
  }

  /** @param {number} epoch @param {number} position */
  acknowledge(epoch, position) {
    this.outbox.acknowledge(epoch, position);
    this.news.onAck?.();
    if (this.finishing && !this.outbox.frames.length) this.close();
    else this.pump();
  }

  /** No more sound comes: closes as soon as the last of it is safe. */
  finish() {
    this.finishing = true;
    this.around.later(() => this.close(), LAST_WORDS_MS);
    if (!this.outbox.frames.length) this.close();
  }

  /** @param {Frame} frame */
  send(frame) {
    const given_up = this.outbox.add(frame);
    if (!this.ready) this.lost_units += given_up; // else it was sent, and waits for a server that doesn't keep it now
    this.pump();
  }

  pump() {
    const { socket } = this;
    if (!this.ready || !socket) return;
    for (const frame of this.outbox.replay(this.epoch)) {
      if (frame.seq <= this.sent) continue;
      if (this.sent >= 0 && frame.seq > this.sent + 1) return this.lost(); // some were given up unsent: only a new line may skip
      if (socket.bufferedAmount > QUEUED_BYTES_LIMIT) return;
      socket.send(encode(frame));
      this.sent = frame.seq;
    }
  }

  /** A new recording: nothing of the old one goes on. @param {number} [last] the channel's latest epoch */
  renew(last = this.epoch) {
    this.epoch = newEpoch(this.around.now_ms(), Math.max(last, this.epoch));
    this.outbox.clear();
    this.sent = -1;
    this.news.onRestart?.();
  }

  lost() {
    this.drop();
    if (this.closing) return;
    this.set("reconnecting");
    this.news.onLost?.(this.tries);
    this.timer = this.around.later(() => this.connect(), pause_ms(this.tries));
    this.tries += 1;
  }

  /** @param {Bye} bye */
  leave(bye) {
    this.news.onBye?.(bye);
    if (bye.code === "epoch") this.renumber(bye.epoch ?? this.epoch);
    if (bye.retry) this.lost();
    else this.close();
  }

  /** The channel has had a later epoch: this one gets a number after it. @param {number} last */
  renumber(last) {
    if (this.container) return this.renew(last);
    this.epoch = newEpoch(this.around.now_ms(), last);
    for (const frame of this.outbox.frames) frame.epoch = this.epoch;
    this.news.onEpoch?.(this.epoch);
  }

  /** Nothing is sent any more; what waits for its acknowledgement is given up. */
  close() {
    if (this.closing) return;
    this.closing = true;
    this.drop();
    this.set("closed");
  }

  drop() {
    this.around.forget(this.timer);
    this.ready = false;
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {LinkStage} stage */
  set(stage) {
    if (stage === this.stage) return;
    this.stage = stage;
    this.news.onStage?.(stage);
  }
}

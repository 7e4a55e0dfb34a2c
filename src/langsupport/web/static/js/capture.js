/* Capturing from the first click to the server: device, counter, frames, connection. The panel (capture-panel.js) shows it. */

import { Framer, LevelWatch, Timeline, toS16 } from "./capture-frames.js";
import { openSound, record, Waking } from "./capture-devices.js";
import { LiveApi, Refused } from "./live-api.js";
import { explain } from "./problems.js";
import { SoundLink } from "./sound-link.js";

/** @typedef {import("./capture-devices.js").SoundChoice} SoundChoice */
/** @typedef {import("./capture-devices.js").Block} Block */
/** @typedef {import("./capture-devices.js").Tap} Tap */
/** @typedef {import("./capture-frames.js").LevelFault} LevelFault */
/** @typedef {"idle" | "asking" | "connecting" | "sending" | "reconnecting" | "device-lost"} CaptureStage */
/**
 * `refusal` is a browser's error name, `bye` why the server ended it; `waiting_ms` what is not yet safe there, `lost_ms` what
 * was given up because the line was down too long; `session` and `off_record` are what the server last said.
 *
 * @typedef {{
 *   stage: CaptureStage, dbfs: number, fault: LevelFault, refusal: string, bye: string, label: string, speech: boolean,
 *   waiting_ms: number, lost_ms: number, session: string, off_record: boolean, container: boolean,
 * }} CaptureState
 */

const TOLD_EVERY_MS = 150;
const RETRY_DEVICE_MS = 2000;
const TRIES_BEFORE_ASKING = 2;
const FOR_GOOD = new Set([401, 403, 404]); // answers that trying again doesn't change

/** @type {CaptureState} */
const IDLE = {
  stage: "idle",
  dbfs: -100,
  fault: "",
  refusal: "",
  bye: "",
  label: "",
  speech: false,
  waiting_ms: 0,
  lost_ms: 0,
  session: "",
  off_record: false,
  container: false,
};

export class Capture {
  /** @param {{session: string, worklet: string, onChange: (state: CaptureState) => void}} options */
  constructor(options) {
    this.options = options;
    this.channel = "";
    /** @type {CaptureState} */
    this.state = IDLE;
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {Tap | null} */
    this.tap = null;
    /** @type {SoundLink | null} */
    this.link = null;
    /** @type {Framer | null} */
    this.framer = null;
    /** @type {Timeline | null} */
    this.timeline = null;
    this.levels = new LevelWatch();
    this.waking = new Waking();
    this.told_ms = 0;
    this.last_ms = 0; // wall clock of the last block
    this.chunk = { seq: 0, first: 0 };
    this.retry = 0;
    this.attempt = 0; // what an earlier attempt still brings is passed over
    this.guard = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
  }

  get sending() {
    return !["idle", "asking"].includes(this.state.stage);
  }

  /** @param {SoundChoice} choice @param {string} channel */
  async start(choice, channel) {
    this.stop();
    this.channel = channel;
    const attempt = this.attempt;
    this.choice = choice;
    this.tell({ ...IDLE, stage: "asking" });
    try {
      await this.take(await openSound(choice), attempt);
    } catch (error) {
      if (attempt === this.attempt) this.stop(error instanceof Error ? error.name : "Error");
    }
  }

  /** @param {MediaStream} stream @param {number} attempt */
  async take(stream, attempt) {
    const news = {
      onBlock: (/** @type {Block} */ block) => this.block(block),
      onChunk: (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => this.pack(bytes),
      onLevel: (/** @type {Float32Array} */ samples) => this.level(samples),
    };
    const tap = await record(stream, this.options.worklet, news).catch((error) => {
      for (const track of stream.getTracks()) track.stop();
      throw error;
    });
    if (attempt !== this.attempt) {
      tap.stop();
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    this.stream = stream;
    this.tap = tap;
    for (const track of stream.getAudioTracks()) track.onended = () => this.deviceLost();
    if (this.timeline && this.timeline.rate !== tap.rate) this.disconnect();
    if (!this.link) this.connect(tap);
    else if (this.timeline) this.timeline.renew(Date.now() - this.last_ms);
    this.tell({ label: stream.getAudioTracks()[0]?.label ?? "", stage: this.link?.ready ? "sending" : "connecting" });
  }

  /** @param {Tap} tap */
  connect(tap) {
    const container = tap.rate === 0;
    const link = new SoundLink(tap.format, this.news(), {
      open: () => new WebSocket(socketAddress(`/api/v1/sessions/${this.options.session}/channels/${this.channel}/audio`)),
      later: (act, ms) => window.setTimeout(act, ms),
      forget: (timer) => window.clearTimeout(timer),
      now_ms: () => Date.now(),
    });
    this.link = link;
    this.levels = new LevelWatch();
    this.chunk = { seq: 0, first: 0 };
    this.timeline = container ? null : new Timeline(tap.rate);
    this.framer = container ? null : new Framer(link.epoch, tap.rate);
    this.tell({ container });
    this.waking.start();
    window.addEventListener("beforeunload", this.guard);
    link.start();
  }

  /** @returns {import("./sound-link.js").LinkNews} */
  news() {
    return {
      onStage: (stage) => {
        if (stage !== "closed" && this.state.stage !== "device-lost") this.tell({ stage });
      },
      onBye: (bye) => {
        if (!bye.retry) void this.leave(bye.message || bye.code);
      },
      onLevel: (level) => (this.state = { ...this.state, speech: level.speech }),
      onState: (state) => this.tell({ session: state.state, off_record: state.off_record }),
      onLost: (tries) => {
        if (tries >= TRIES_BEFORE_ASKING) void this.askWhy();
      },
      onEpoch: (epoch) => this.framer && (this.framer.epoch = epoch),
      onRestart: () => {
        this.chunk = { seq: 0, first: 0 };
        this.tap?.restart();
      },
    };
  }

  /** The server ended it, in a sentence of its own. @param {string} message */
  async leave(message) {
    this.stop("", message);
    const { attempt } = this;
    const said = await explain({ template: "{detail}", fields: { detail: message } });
    if (attempt === this.attempt) this.tell({ bye: said });
  }

  /** A refused socket doesn't say why; the session's address does. */
  async askWhy() {
    const { attempt } = this;
    try {
      await new LiveApi(this.options.session).session();
    } catch (error) {
      const final = error instanceof Refused && FOR_GOOD.has(error.status);
      if (final && attempt === this.attempt) this.stop("", await error.said());
    }
  }

  /** @param {Block} block */
  block({ frame, at_ms, samples }) {
    const { framer, timeline, link } = this;
    if (!framer || !timeline || !link) return;
    this.last_ms = at_ms;
    const { first } = timeline.place(frame, samples.length, at_ms);
    for (const made of framer.push(first, toS16(samples))) link.send(made);
    this.level(samples);
  }

  /** A piece of a container. @param {Uint8Array<ArrayBuffer>} bytes */
  pack(bytes) {
    const { link, chunk } = this;
    if (!link) return;
    link.send({ epoch: link.epoch, seq: chunk.seq, first: chunk.first, units: bytes.length, bytes });
    this.chunk = { seq: chunk.seq + 1, first: chunk.first + bytes.length };
  }

  /** @param {Float32Array} samples */
  level(samples) {
    const now_ms = Date.now();
    const fault = this.levels.take(samples, now_ms, this.state.speech);
    if (fault === this.state.fault && now_ms - this.told_ms < TOLD_EVERY_MS) return;
    this.told_ms = now_ms;
    const rate = this.tap?.rate || 1;
    const per_ms = this.tap?.rate ? rate / 1000 : Infinity; // a container's bytes say nothing of time
    this.tell({ dbfs: this.levels.dbfs, fault, waiting_ms: (this.link?.outbox.held ?? 0) / per_ms, lost_ms: (this.link?.lost_units ?? 0) / per_ms });
  }

  /** The device was pulled out or the sharing ended. A microphone is looked for again; what was shared was ended by hand. */
  deviceLost() {
    this.release();
    if (this.choice?.kind !== "microphone") {
      this.stop("SharingEnded");
      return;
    }
    this.tell({ stage: "device-lost", dbfs: -100 });
    this.searchAgain();
  }

  searchAgain() {
    const { attempt, choice } = this;
    this.retry = window.setTimeout(async () => {
      if (attempt !== this.attempt || !choice) return;
      try {
        // the same device if it is back, else what the system offers: sound from another microphone is better than none
        const stream = await openSound(choice).catch(() => openSound({ ...choice, device: "" }));
        await this.take(stream, attempt);
      } catch {
        if (attempt === this.attempt) this.searchAgain();
      }
    }, RETRY_DEVICE_MS);
  }

  release() {
    this.tap?.stop();
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.tap = null;
    this.stream = null;
  }

  /** @param {string} [refusal] @param {string} [bye] */
  stop(refusal = "", bye = "") {
    this.attempt += 1;
    window.clearTimeout(this.retry);
    this.release();
    this.disconnect();
    this.waking.stop();
    window.removeEventListener("beforeunload", this.guard);
    this.tell({ ...IDLE, refusal, bye });
  }

  disconnect() {
    const { link } = this;
    this.link = null;
    for (const frame of this.framer?.flush() ?? []) link?.send(frame);
    if (link) link.news = {};
    link?.finish();
    this.framer = null;
    this.timeline = null;
  }

  /** @param {Partial<CaptureState>} changes */
  tell(changes) {
    this.state = { ...this.state, ...changes };
    this.options.onChange(this.state);
  }
}

/** @param {string} address */
function socketAddress(address) {
  const full = new URL(address, location.href);
  full.protocol = full.protocol === "https:" ? "wss:" : "ws:";
  return full.href;
}

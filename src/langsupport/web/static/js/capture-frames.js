/* Sound to frames, as docs/live.md has them: pure logic without devices and sockets, tested in Node.

   The sample counter is the clock. What is missing (a device that was away, a page that slept) is a jump of the
   counter, never a shift of what follows. */

export const HEAD_BYTES = 16;
export const FRAME_MS = 100;
export const KEEP_MS = 30_000; // what is kept of the unacknowledged; older is given up, and the server hears silence
export const GAP_MS = 400; // less than this is a device's unevenness, not a gap
const DRIFT_SHARE = 0.01; // how far the clock follows a device's own pace with each block

/** @typedef {{epoch: number, seq: number, first: number, units: number, bytes: Uint8Array<ArrayBuffer>}} Frame `first` and `units`: samples, or bytes of a container */

/**
 * @param {Float32Array} samples -1 to 1; more is cut off
 * @returns {Int16Array<ArrayBuffer>}
 */
export function toS16(samples) {
  const made = new Int16Array(samples.length);
  for (let index = 0; index < samples.length; index += 1) {
    const value = Math.max(-1, Math.min(1, samples[index] ?? 0));
    made[index] = Math.round(value < 0 ? value * 32768 : value * 32767);
  }
  return made;
}

/**
 * The message for one frame: epoch (uint32), seq (uint32), first sample (uint64), all little-endian, then the sound.
 *
 * @param {Frame} frame
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(frame) {
  const message = new Uint8Array(HEAD_BYTES + frame.bytes.length);
  const head = new DataView(message.buffer);
  head.setUint32(0, frame.epoch, true);
  head.setUint32(4, frame.seq, true);
  head.setBigUint64(8, BigInt(frame.first), true);
  message.set(frame.bytes, HEAD_BYTES);
  return message;
}

/**
 * Where blocks of a device lie on the counter.
 *
 * A device counts its own frames and stamps each block with the wall clock. As long as both go on together, the count
 * is right; where the wall clock ran ahead (the page or the machine slept), the difference was not recorded and is a gap.
 */
export class Timeline {
  /** @param {number} rate samples a second @param {number} [start] where the first block is to lie */
  constructor(rate, start = 0) {
    this.rate = rate;
    this.start = start;
    /** Counter less device frame. @type {number | null} */
    this.shift = null;
    this.base_ms = 0;
    this.end = start;
  }

  /**
   * @param {number} frame the device's own count at the block's first sample
   * @param {number} count samples in the block
   * @param {number} at_ms wall clock when the block was recorded
   * @returns {{first: number, gap: number}} where the block lies, and how many samples are missing before it
   */
  place(frame, count, at_ms) {
    const origin_ms = at_ms - (frame / this.rate) * 1000;
    if (this.shift === null) {
      this.shift = this.end - frame;
      this.base_ms = origin_ms;
    } else if (origin_ms - this.base_ms > GAP_MS) {
      this.shift += Math.round(((origin_ms - this.base_ms) * this.rate) / 1000);
      this.base_ms = origin_ms;
    } else {
      this.base_ms += (origin_ms - this.base_ms) * DRIFT_SHARE;
    }
    const first = Math.max(this.end, frame + this.shift);
    const gap = first - this.end;
    this.end = first + count;
    return { first, gap };
  }

  /**
   * Another device goes on: its frames begin anew, and what passed in between is a gap.
   *
   * @param {number} away_ms
   */
  renew(away_ms) {
    this.end += Math.max(0, Math.round((away_ms * this.rate) / 1000));
    this.shift = null;
  }
}

/** Cuts sound into frames of a fixed length; a jump ends the frame before it. */
export class Framer {
  /** @param {number} epoch @param {number} rate @param {number} [first_seq] */
  constructor(epoch, rate, first_seq = 0) {
    this.epoch = epoch;
    this.size = Math.round((rate * FRAME_MS) / 1000);
    this.seq = first_seq;
    this.first = 0;
    this.filled = 0;
    this.samples = new Int16Array(this.size);
  }

  /**
   * @param {number} first @param {Int16Array} samples
   * @returns {Frame[]} those that became full
   */
  push(first, samples) {
    /** @type {Frame[]} */
    const done = [];
    if (this.filled && first !== this.first + this.filled) done.push(...this.flush());
    let taken = 0;
    while (taken < samples.length) {
      if (!this.filled) this.first = first + taken;
      const part = samples.subarray(taken, taken + this.size - this.filled);
      this.samples.set(part, this.filled);
      this.filled += part.length;
      taken += part.length;
      if (this.filled === this.size) done.push(...this.flush());
    }
    return done;
  }

  /** @returns {Frame[]} what is left over, at the end */
  flush() {
    if (!this.filled) return [];
    const samples = this.samples.slice(0, this.filled);
    const frame = { epoch: this.epoch, seq: this.seq, first: this.first, units: this.filled, bytes: new Uint8Array(samples.buffer) };
    this.seq += 1;
    this.filled = 0;
    return [frame];
  }
}

/** Frames that the server has not acknowledged, in order; at most `keep` units of them. */
export class Outbox {
  /** @param {number} keep samples (or bytes of a container) */
  constructor(keep) {
    this.keep = keep;
    /** @type {Frame[]} */
    this.frames = [];
    this.held = 0;
  }

  /** @param {Frame} frame @returns {number} how many units were given up to make room */
  add(frame) {
    let given_up = 0;
    this.frames.push(frame);
    this.held += frame.units;
    while (this.held > this.keep && this.frames.length > 1) {
      const oldest = /** @type {Frame} */ (this.frames.shift());
      this.held -= oldest.units;
      given_up += oldest.units;
    }
    return given_up;
  }

  /**
   * Forget what is safe on the server.
   *
   * @param {number} epoch @param {number} position how much of the epoch is safe
   */
  acknowledge(epoch, position) {
    while (this.frames.length) {
      const oldest = /** @type {Frame} */ (this.frames[0]);
      const safe = oldest.epoch < epoch || (oldest.epoch === epoch && oldest.first + oldest.units <= position);
      if (!safe) return;
      this.frames.shift();
      this.held -= oldest.units;
    }
  }

  /** @param {number} epoch @returns {Frame[]} what is to be sent again in this epoch */
  replay(epoch) {
    return this.frames.filter((frame) => frame.epoch === epoch);
  }

  clear() {
    this.frames = [];
    this.held = 0;
  }
}

/**
 * How long to wait before trying to connect again: twice as long each time, at most 8 s, a quarter of it by chance,
 * so that a room full of clients doesn't come back in one instant.
 *
 * @param {number} tries that failed in a row @param {number} [chance] 0 to 1
 */
export function pause_ms(tries, chance = Math.random()) {
  const whole = Math.min(8000, 250 * 2 ** tries);
  return Math.round(whole * (0.75 + 0.25 * chance));
}

/**
 * An epoch's number for a recorder that starts now: greater than any before, on any page.
 *
 * @param {number} now_ms wall clock @param {number} [last] the last one used here
 */
export function newEpoch(now_ms, last = 0) {
  return Math.max(last + 1, Math.floor(now_ms / 1000));
}

const SILENT_DBFS = -70;
const QUIET_DBFS = -45;
const CLIP_PEAK = 0.985;
const SILENT_AFTER_MS = 8000;
const QUIET_AFTER_MS = 6000;
const CLIPPED_FOR_MS = 4000;
const CLIPS_TO_WARN = 3;

/** @typedef {"silent" | "quiet" | "clipping" | ""} LevelFault */

/** Watches the level: says when nothing comes, when it is too quiet, when it is cut off at the top. */
export class LevelWatch {
  constructor() {
    this.dbfs = -100;
    this.loud_ms = 0;
    this.heard_ms = 0;
    this.begun = false;
    /** @type {number[]} */
    this.clips_ms = [];
  }

  /**
   * @param {Float32Array} samples @param {number} now_ms
   * @param {boolean} spoken whether the server hears speech: only that can be too quiet
   * @returns {LevelFault}
   */
  take(samples, now_ms, spoken) {
    const { dbfs, peak } = loudness(samples);
    if (!this.begun) {
      this.begun = true;
      this.loud_ms = now_ms;
      this.heard_ms = now_ms;
    }
    this.dbfs = dbfs;
    if (dbfs > SILENT_DBFS) this.heard_ms = now_ms;
    if (dbfs > QUIET_DBFS || !spoken) this.loud_ms = now_ms;
    if (peak >= CLIP_PEAK) this.clips_ms.push(now_ms);
    this.clips_ms = this.clips_ms.filter((then) => now_ms - then < CLIPPED_FOR_MS);
    if (this.clips_ms.length >= CLIPS_TO_WARN) return "clipping";
    if (now_ms - this.heard_ms >= SILENT_AFTER_MS) return "silent";
    return now_ms - this.loud_ms >= QUIET_AFTER_MS ? "quiet" : "";
  }
}

/** @param {Float32Array} samples @returns {{dbfs: number, peak: number}} dbfs: root mean square; at least -100 */
export function loudness(samples) {
  let sum = 0;
  let peak = 0;
  for (const value of samples) {
    sum += value * value;
    peak = Math.max(peak, Math.abs(value));
  }
  const mean = samples.length ? sum / samples.length : 0;
  return { dbfs: mean > 0 ? Math.max(-100, 10 * Math.log10(mean)) : -100, peak };
}

/** -60 dBFS and less is 0, full scale 1: how far a meter reaches. @param {number} dbfs */
export function meter(dbfs) {
  return Math.max(0, Math.min(1, (dbfs + 60) / 60));
}

/* Runs on the audio thread: mixes what comes to one channel and posts it in blocks, each with the device's own count of
   frames and the wall clock. It has no logic beyond that: the audio thread must not wait. */

/// <reference path="./audio-thread.d.ts" />

const BLOCK_FRAMES = 1024; // some 21 to 64 ms: few messages, little delay

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(BLOCK_FRAMES);
    this.filled = 0;
    this.first = 0;
    this.going = true;
    this.port.onmessage = () => (this.going = false);
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    const channels = inputs[0] ?? [];
    if (channels.length === 0) {
      this.post(); // nothing is connected: the count goes on, and what is missing shows in it
      return this.going;
    }
    const length = channels[0]?.length ?? 0;
    if (this.filled + length > BLOCK_FRAMES) this.post();
    if (!this.filled) this.first = currentFrame;
    for (let index = 0; index < length; index += 1) {
      let sum = 0;
      for (const channel of channels) sum += channel[index] ?? 0;
      this.block[this.filled + index] = sum / channels.length;
    }
    this.filled += length;
    if (this.filled === BLOCK_FRAMES) this.post();
    return this.going;
  }

  post() {
    if (!this.filled) return;
    const samples = this.block.slice(0, this.filled);
    this.port.postMessage({ frame: this.first, at_ms: Date.now(), samples }, [samples.buffer]);
    this.filled = 0;
  }
}

registerProcessor("recorder", Recorder);

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  encode,
  Framer,
  KEEP_MS,
  LevelWatch,
  loudness,
  meter,
  newEpoch,
  Outbox,
  pause_ms,
  Timeline,
  toS16,
} from "../../../src/langsupport/web/static/js/capture-frames.js";

const RATE = 16_000;

test("samples become 16 bits without wrapping round", () => {
  assert.deepEqual([...toS16(new Float32Array([0, 1, -1, 2, -2, 0.5, NaN]))], [0, 32767, -32768, 32767, -32768, 16384, 0]);
});

test("a frame's head is as the protocol has it", () => {
  const bytes = new Uint8Array([7, 8]);
  const message = encode({ epoch: 3, seq: 57, first: 2 ** 40 + 5, units: 1, bytes });
  const head = new DataView(message.buffer);
  assert.equal(head.getUint32(0, true), 3);
  assert.equal(head.getUint32(4, true), 57);
  assert.equal(head.getBigUint64(8, true), BigInt(2 ** 40 + 5));
  assert.deepEqual([...message.subarray(16)], [7, 8]);
});

test("frames of 100 ms, numbered without a hole, whatever the blocks", () => {
  const framer = new Framer(9, RATE);
  const frames = [];
  for (let first = 0; first < 5000; first += 1024) frames.push(...framer.push(first, new Int16Array(1024)));
  frames.push(...framer.flush());
  assert.deepEqual(frames.map(({ epoch, seq, first, units }) => [epoch, seq, first, units]), [
    [9, 0, 0, 1600],
    [9, 1, 1600, 1600],
    [9, 2, 3200, 1600],
    [9, 3, 4800, 320],
  ]);
  assert.deepEqual(framer.flush(), []);
});

test("a jump ends the frame before it and shows in the next one's first sample", () => {
  const framer = new Framer(1, RATE);
  const frames = [...framer.push(0, new Int16Array(1000)), ...framer.push(50_000, new Int16Array(1600))];
  assert.deepEqual(frames.map(({ seq, first, units }) => [seq, first, units]), [
    [0, 0, 1000],
    [1, 50_000, 1600],
  ]);
});

test("the counter follows the device as long as the wall clock does too", () => {
  const line = new Timeline(RATE);
  assert.deepEqual(line.place(7000, 1600, 5000), { first: 0, gap: 0 });
  assert.deepEqual(line.place(8600, 1600, 5130), { first: 1600, gap: 0 }); // 30 ms late: no gap
  assert.deepEqual(line.place(10_200, 1600, 5190), { first: 3200, gap: 0 });
});

test("where the machine slept, the counter jumps by what passed", () => {
  const line = new Timeline(RATE);
  line.place(0, 1600, 0);
  const { first, gap } = line.place(1600, 1600, 10_100);
  assert.equal(first, 1600 + 160_000);
  assert.equal(gap, 160_000);
  assert.equal(line.place(3200, 1600, 10_200).gap, 0);
});

test("blocks that the device itself left out are a gap of the count", () => {
  const line = new Timeline(RATE);
  line.place(0, 1600, 0);
  assert.deepEqual(line.place(16_000, 1600, 1000), { first: 16_000, gap: 14_400 });
});

test("a device's slow or fast clock is no gap, however long the meeting", () => {
  for (const pace of [0.9997, 1.0003]) {
    const line = new Timeline(RATE);
    let gaps = 0;
    for (let block = 0; block < 3 * 3600 * 10; block += 1) gaps += line.place(block * 1600, 1600, block * 100 * pace).gap;
    assert.equal(gaps, 0);
  }
});

test("a clock that is set back changes nothing", () => {
  const line = new Timeline(RATE);
  line.place(0, 1600, 1_000_000);
  assert.deepEqual(line.place(1600, 1600, 900_000), { first: 1600, gap: 0 });
});

test("another device goes on where the clock is", () => {
  const line = new Timeline(RATE);
  line.place(500, 1600, 0);
  line.renew(2000);
  assert.equal(line.place(0, 1600, 2100).first, 1600 + 32_000);
});

const frame = (seq, epoch = 1) => ({ epoch, seq, first: seq * 1600, units: 1600, bytes: new Uint8Array(3200) });

test("what is acknowledged is forgotten, the rest is sent again", () => {
  const outbox = new Outbox(RATE * 30);
  for (const seq of [0, 1, 2, 3]) outbox.add(frame(seq));
  outbox.acknowledge(1, 3199); // the second is not whole yet
  assert.deepEqual(outbox.replay(1).map((found) => found.seq), [1, 2, 3]);
  outbox.acknowledge(1, 4800);
  assert.deepEqual(outbox.replay(1).map((found) => found.seq), [3]);
  assert.equal(outbox.held, 1600);
  assert.deepEqual(outbox.replay(2), []);
});

test("thirty seconds are kept, no more, and what was given up is counted", () => {
  const outbox = new Outbox((RATE * KEEP_MS) / 1000);
  let given_up = 0;
  for (let seq = 0; seq < 310; seq += 1) given_up += outbox.add(frame(seq));
  assert.equal(outbox.frames.length, 300);
  assert.equal(outbox.replay(1)[0].seq, 10);
  assert.equal(given_up, 16_000);
});

test("frames of an older epoch are done with when the server has a newer one", () => {
  const outbox = new Outbox(RATE * 30);
  outbox.add(frame(0, 1));
  outbox.add(frame(0, 2));
  outbox.acknowledge(2, 0);
  assert.deepEqual(outbox.frames.map((found) => found.epoch), [2]);
});

test("waiting grows, and not for ever", () => {
  assert.deepEqual([0, 1, 2, 5, 40].map((tries) => pause_ms(tries, 1)), [250, 500, 1000, 8000, 8000]);
  assert.equal(pause_ms(5, 0), 6000);
});

test("epochs only grow", () => {
  assert.equal(newEpoch(1_700_000_000_500), 1_700_000_000);
  assert.equal(newEpoch(1_700_000_000_500, 1_700_000_000), 1_700_000_001);
  assert.equal(newEpoch(5000, 1_700_000_000), 1_700_000_001);
});

const tone = (height) => Float32Array.from({ length: 1600 }, (_, index) => height * Math.sin(index / 5));

test("silence, quiet and clipping are told apart", () => {
  const run = (samples, blocks, spoken = false) => {
    const watch = new LevelWatch();
    return Array.from({ length: blocks }, (_, block) => watch.take(samples, block * 100, spoken)).at(-1);
  };
  assert.equal(run(new Float32Array(1600), 10), "");
  assert.equal(run(new Float32Array(1600), 90), "silent");
  assert.equal(run(tone(0.003), 80), ""); // nobody speaks: a room's noise is to be quiet
  assert.equal(run(tone(0.003), 80, true), "quiet");
  assert.equal(run(tone(0.3), 80, true), "");
  assert.equal(run(tone(1), 5), "clipping");
});

test("a pause between two speakers is no fault", () => {
  const watch = new LevelWatch();
  watch.take(tone(0.3), 0, true);
  assert.equal(watch.take(new Float32Array(1600), 3000, false), "");
  assert.equal(watch.take(tone(0.3), 3100, true), "");
});

test("levels", () => {
  assert.equal(loudness(new Float32Array(0)).dbfs, -100);
  assert.ok(Math.abs(loudness(tone(1)).dbfs + 3) < 0.1);
  assert.deepEqual([-100, -60, -30, 0, 3].map(meter), [0, 0, 0.5, 1, 1]);
});

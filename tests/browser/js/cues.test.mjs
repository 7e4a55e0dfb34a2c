import assert from "node:assert/strict";
import { test } from "node:test";

import { beside, clock, cueAt, cuesOf, lastStarted } from "../../../src/langsupport/web/static/js/cues.js";

const cue = (start_ms, end_ms, text) => ({ id: text, start_ms, end_ms, text });
const cues = [cue(0, 2000, "a"), cue(2000, 4000, "b"), cue(6000, 8000, "c")];

test("the cue at a time", () => {
  assert.deepEqual([0, 1999, 2000, 5000, 6000, 8000].map((time) => cueAt(cues, time)), [0, 0, 1, -1, 2, -1]);
  assert.equal(cueAt([], 10), -1);
});

test("the last cue that started, also between cues", () => {
  assert.deepEqual([-1, 0, 5000, 9000].map((time) => lastStarted(cues, time)), [-1, 0, 1, 2]);
});

test("every cue of the other language stands once, as on the server", () => {
  const others = [cue(100, 1000, "A1"), cue(1000, 1900, "A2"), cue(2200, 4000, "B"), cue(5000, 6000, "?"), cue(6000, 8000, "C")];
  assert.deepEqual(beside(cues, others), ["A1 A2", "B ?", "C"]);
  assert.deepEqual(beside(cues, []), ["", "", ""]);
  assert.deepEqual(beside([], others), []);
});

test("times as players show them", () => {
  assert.deepEqual([0, 61_999, 3_723_000].map(clock), ["00:00", "01:01", "1:02:03"]);
});

test("cues of a downloaded transcript", () => {
  const transcript = { cues: [{ id: "c1", start_ms: 1, end_ms: 2, lines: ["one", "two"], revision: 1 }] };
  assert.deepEqual(cuesOf(transcript), [cue(1, 2, "c1")].map((found) => ({ ...found, text: "one two" })));
});

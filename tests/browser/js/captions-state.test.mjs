import assert from "node:assert/strict";
import { test } from "node:test";

import {
  emptyState,
  reduce,
  trackOf,
  trimmed,
  withEarlier,
  withoutTails,
} from "../../../src/langsupport/web/static/js/captions-state.js";

const cue = (id, t0_ms, more = {}) => ({
  type: "cue", seq: 1, track: "fr", id, rev: 1, lang: "fr", t0_ms, t1_ms: t0_ms + 1000, stable: id, state: "open", ...more,
});
const tail = (id, text, more = {}) => ({ type: "tail", track: "fr", id, rev: 1, lang: "fr", t0_ms: 0, t1_ms: 0, tail: text, ...more });
const snapshot = (seq, cues, more = {}) => ({ type: "snapshot", seq, tracks: ["fr"], cues, marks: [], more: true, ...more });
const after = (...events) => events.reduce(reduce, emptyState());
const texts = (state, track = "fr") => trackOf(state, track).cues.map((found) => found.stable);

test("a cue's event replaces the cue of the same track and id", () => {
  const state = after(cue("c1", 0), cue("c1", 0, { seq: 2, rev: 2, stable: "grown" }), cue("c1", 0, { seq: 3, track: "en", stable: "other" }));
  assert.deepEqual(texts(state), ["grown"]);
  assert.deepEqual(texts(state, "en"), ["other"]);
  assert.equal(state.seq, 3);
});

test("cues stand in the order of their times, then of their numbers", () => {
  assert.deepEqual(texts(after(cue("c10", 500), cue("c9", 500), cue("fr-2", 100), cue("c1", 900))), ["fr-2", "c9", "c10", "c1"]);
});

test("what comes twice or late changes nothing", () => {
  const state = after(cue("c1", 0, { seq: 5, rev: 3, stable: "new" }));
  assert.equal(texts(reduce(state, cue("c1", 0, { seq: 4, rev: 2, stable: "old" })))[0], "new");
  assert.deepEqual(texts(reduce(state, cue("c1", 0, { seq: 5, rev: 3, stable: "new" }))), ["new"]);
});

test("a retracted cue goes, with its tail", () => {
  const state = after(cue("c1", 0), tail("c1", " more"), cue("c1", 0, { seq: 2, stable: "", state: "retracted" }));
  assert.deepEqual(trackOf(state, "fr"), { cues: [], tails: [], more: false });
});

test("a tail lasts until its cue's next event", () => {
  const open = after(cue("c1", 0), tail("c1", " and"), tail("c1", " and so"));
  assert.deepEqual(trackOf(open, "fr").tails.map((found) => found.tail), [" and so"]);
  assert.deepEqual(trackOf(reduce(open, cue("c1", 0, { seq: 2, rev: 2 })), "fr").tails, []);
  assert.deepEqual(trackOf(reduce(open, tail("c1", "")), "fr").tails, []);
  assert.deepEqual(trackOf(withoutTails(open), "fr").tails, []);
});

test("a tail of an old revision or of a finished cue is passed over", () => {
  assert.deepEqual(trackOf(after(cue("c1", 0, { rev: 4 }), tail("c1", " x", { rev: 3 })), "fr").tails, []);
  assert.deepEqual(trackOf(after(cue("c1", 0, { state: "final" }), tail("c1", " x")), "fr").tails, []);
});

test("off the record takes open sentences from the screen, also those that arrive late", () => {
  const session = (off_record) => ({ type: "session", seq: 5, id: "s", title: "", state: "live", off_record, tracks: [], clock_ms: 0 });
  const state = after(snapshot(3, []), tail("c9", "what was just being said"), session(true), tail("c9", "what was just being said, and"));
  assert.deepEqual(trackOf(state, "fr").tails, []);
  assert.equal(trackOf(reduce(reduce(state, session(false)), tail("c10", "again")), "fr").tails.length, 1);
});

test("a snapshot replaces a track that was not followed, and continues one that was", () => {
  const followed = reduce(withEarlier(after(snapshot(5, [cue("c5", 500)])), "fr", [cue("c4", 400)], true), snapshot(9, [cue("c6", 600)]));
  assert.deepEqual(texts(followed), ["c4", "c5", "c6"]);
  const anew = reduce({ ...followed, synced: [] }, snapshot(12, [cue("c9", 900)]));
  assert.deepEqual(texts(anew), ["c9"]);
  assert.equal(anew.seq, 12);
});

test("earlier captions come before, and never replace newer states", () => {
  const state = withEarlier(after(snapshot(9, [cue("c5", 500, { stable: "corrected" })])), "fr", [cue("c5", 500), cue("c4", 400)], false);
  assert.deepEqual(texts(state), ["c4", "corrected"]);
  assert.equal(trackOf(state, "fr").more, false);
});

test("beyond the limit the oldest go, and can be fetched again", () => {
  const state = trimmed(after(cue("c1", 0), cue("c2", 10), cue("c3", 20)), 2);
  assert.deepEqual(texts(state), ["c2", "c3"]);
  assert.equal(trackOf(state, "fr").more, true);
});

test("marks are set, changed and removed by id", () => {
  const mark = (id, at_ms, more = {}) => ({ type: "mark", seq: 1, id, kind: "speaker", at_ms, end_ms: null, text: id, removed: false, ...more });
  const state = after(mark("m2", 50), mark("m1", 10), mark("m2", 5, { text: "moved" }), mark("m1", 10, { removed: true }));
  assert.deepEqual(state.marks.map((found) => found.text), ["moved"]);
});

test("what is not known changes nothing", () => {
  const state = after(cue("c1", 0));
  assert.equal(reduce(state, { type: "ping" }), state);
  assert.equal(reduce(state, { type: "something new" }), state);
});

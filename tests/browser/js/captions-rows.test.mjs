import assert from "node:assert/strict";
import { test } from "node:test";

import { linesOf, makingOf, newlyFinal, rowsOf } from "../../../src/langsupport/web/static/js/captions-rows.js";
import { emptyState, reduce, withEarlier } from "../../../src/langsupport/web/static/js/captions-state.js";

const cue = (track, id, t0_ms, more = {}) => ({
  type: "cue", seq: 1, track, id, rev: 1, lang: track === "floor" ? "en" : track, t0_ms, t1_ms: t0_ms + 1000,
  stable: `${track} ${id}`, state: "final", ...more,
});
const mark = (id, kind, at_ms, text = id) => ({ type: "mark", seq: 1, id, kind, at_ms, end_ms: null, text, removed: false });
const after = (...events) => events.reduce(reduce, emptyState());
const shown = (rows) => rows.map((row) => (row.kind === "cue" ? [row.first?.stable ?? "", ...row.second.map((line) => line.stable)].join("|") : `${row.kind} ${row.text}`));

test("an open sentence stands at its caption, or by itself before anything is certain", () => {
  const tail = { type: "tail", track: "fr", rev: 1, lang: "fr", t0_ms: 900, t1_ms: 1200 };
  const state = after(cue("fr", "c1", 0, { state: "open" }), { ...tail, id: "c1", tail: " et" }, { ...tail, id: "c2", tail: " puis" });
  assert.deepEqual(linesOf(state, "fr", 9).map(({ stable, tail: open }) => [stable, open]), [["fr c1", " et"], ["", "puis"]]);
});

test("the same sound has the same id in both languages; other channels go by time", () => {
  const state = after(
    cue("fr", "c1", 0), cue("fr", "c2", 2000), cue("en", "c2", 5000), cue("ar", "ar-1", 200), cue("ar", "ar-2", 2100), cue("ar", "ar-3", 9000),
  );
  assert.deepEqual(shown(rowsOf(state, "fr", "en", 9)), ["fr c1", "fr c2|en c2"]);
  assert.deepEqual(shown(rowsOf(state, "fr", "ar", 9)), ["fr c1|ar ar-1", "fr c2|ar ar-2", "|ar ar-3"]);
});

test("what belongs before the first caption shown is left out", () => {
  const state = after(cue("fr", "c9", 9000), cue("en", "en-1", 100), cue("en", "en-9", 9100));
  assert.deepEqual(shown(rowsOf(state, "fr", "en", 9)), ["fr c9|en en-9"]);
});

test("a mark stands before the caption that is said under it; notes are not for readers", () => {
  const state = after(cue("fr", "c1", 0), cue("fr", "c2", 2000), mark("m1", "speaker", 2300, "Chair"), mark("m2", "note", 0), mark("m3", "item", 9000, "Item 4"));
  assert.deepEqual(shown(rowsOf(state, "fr", "", 9)), ["fr c1", "speaker Chair", "fr c2", "item Item 4"]);
});

test("who speaks, and to what item, is said also where earlier captions are not shown", () => {
  const events = [mark("m1", "item", 0, "Item 1"), mark("m2", "speaker", 100, "Chair"), mark("m3", "speaker", 500, "Kenya")];
  const state = after(...events, cue("fr", "c1", 0), cue("fr", "c2", 2000));
  assert.deepEqual(shown(rowsOf(state, "fr", "", 1)), ["item Item 1", "speaker Kenya", "fr c2"]);
});

test("how a text comes about", () => {
  const session = (source) => ({ type: "session", seq: 1, tracks: [{ track: "fr", language: "fr", source, watched: true }] });
  const drafts = new Set(["en-fr"]);
  assert.equal(makingOf(after(session("machine")), "floor", drafts), "heard");
  assert.equal(makingOf(after(session("channel")), "fr", drafts), "interpreted");
  assert.equal(makingOf(after(session("machine")), "fr", drafts, "en"), "draft");
  assert.equal(makingOf(after(session("machine")), "fr", drafts, "es"), "translated");
  assert.equal(makingOf(after(session("machine"), cue("floor", "c1", 0, { lang: "ru" })), "fr", drafts), "translated");
  assert.equal(makingOf(after(session("machine")), "fr", drafts), "draft");
  assert.equal(makingOf(after(session("machine")), "fr", new Set()), "translated");
});

test("read out is what became final now, once; not what was there, nor what is read back", () => {
  const before = after(cue("fr", "c2", 2000), cue("fr", "c3", 3000, { state: "open" }));
  const now = reduce(reduce(before, cue("fr", "c3", 3000, { seq: 2, rev: 2 })), cue("fr", "c4", 4000, { seq: 3, state: "open" }));
  assert.deepEqual(newlyFinal(before, now, "fr").map(({ id }) => id), ["c3"]);
  assert.deepEqual(newlyFinal(now, withEarlier(now, "fr", [cue("fr", "c1", 1000)], false), "fr"), []);
  assert.deepEqual(newlyFinal(emptyState(), before, "fr"), []);
  const corrected = reduce(now, cue("fr", "c3", 3000, { seq: 4, rev: 3, state: "corrected" }));
  assert.deepEqual(newlyFinal(now, corrected, "fr"), []);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Corrections,
  Drafts,
  grown,
  hits,
  merged,
  namesIn,
  rowsOf,
  stepped,
  tidied,
} from "../../../src/langsupport/web/static/js/captioner-model.js";

class Memory {
  items = new Map();
  get length() {
    return this.items.size;
  }
  key = (index) => [...this.items.keys()][index] ?? null;
  getItem = (key) => this.items.get(key) ?? null;
  setItem = (key, value) => void this.items.set(key, value);
  removeItem = (key) => void this.items.delete(key);
}

const cue = (id, stable, more = {}) => ({ track: "floor", id, rev: 3, lang: "en", t0_ms: 0, t1_ms: 1, stable, state: "final", ...more });
const turns = () => new Promise((resolve) => setTimeout(resolve, 0));

function desk(answers, storage = new Memory()) {
  const sent = [];
  const corrections = new Corrections({
    session: "s1",
    storage,
    onChange: () => {},
    send: async (one) => {
      sent.push({ ...one });
      const answer = answers.shift();
      return answer ?? { kind: "saved" };
    },
  });
  return { corrections, sent, storage };
}

test("growth is what came at the end, nothing else", () => {
  assert.equal(grown("The presi", "The president"), "dent");
  assert.equal(grown("The", "The"), "");
  assert.equal(grown("Teh", "The president"), null);
  assert.equal(merged("The Chair", "The chair", "The chair speaks."), "The Chair speaks.");
  assert.equal(merged("The Chair", "The chair", "A chair"), null);
});

test("a correction is sent with the revision it was made over", async () => {
  const { corrections, sent } = desk([]);
  corrections.add(cue("c1", "teh"), "the");
  await turns();
  assert.deepEqual([sent[0].id, sent[0].rev, sent[0].text], ["c1", 3, "the"]);
  assert.deepEqual(corrections.list, []);
  assert.equal(corrections.done.length, 1);
});

test("a correction that still waits takes along what its cue grows by", async () => {
  const { corrections, sent } = desk([{ kind: "away" }]);
  corrections.add(cue("c1", "The presidnt", { state: "open" }), "The president");
  await turns();
  corrections.follow(cue("c1", "The presidnt takes", { state: "open", rev: 4 }));
  await turns();
  assert.deepEqual([sent[1].rev, sent[1].text], [4, "The president takes"]);
});

test("what grew between the beginning of the writing and its end is taken along", async () => {
  const { corrections, sent } = desk([]);
  corrections.add(cue("c1", "Mister Smit said so.", { rev: 7 }), "Mister Smith", { base: "Mister Smit" });
  await turns();
  assert.deepEqual([sent[0].rev, sent[0].text], [7, "Mister Smith said so."]);
});

test("a conflict keeps both texts, and mine goes only when I insist", async () => {
  const { corrections, sent } = desk([{ kind: "conflict", text: "them", rev: 9 }]);
  corrections.add(cue("c1", "teh"), "the");
  await turns();
  const one = corrections.of("floor", "c1");
  assert.deepEqual([one.state, one.text, one.now, one.rev], ["conflict", "the", "them", 9]);
  corrections.insist(one);
  await turns();
  assert.deepEqual([sent[1].rev, sent[1].text, sent[1].before], [9, "the", "them"]);
  assert.deepEqual(corrections.list, []);
});

test("a stale save over a cue that only grew is no conflict", async () => {
  const { corrections, sent } = desk([{ kind: "conflict", text: "teh end", rev: 4 }]);
  corrections.add(cue("c1", "teh"), "the");
  await turns();
  assert.deepEqual([sent[1].rev, sent[1].text], [4, "the end"]);
});

test("somebody else's change of the same words is noticed before sending", async () => {
  const { corrections, sent } = desk([{ kind: "away" }]);
  corrections.add(cue("c1", "teh"), "the");
  await turns();
  corrections.follow(cue("c1", "them", { rev: 4, state: "corrected" }));
  await turns();
  assert.equal(corrections.of("floor", "c1").state, "conflict");
  assert.equal(sent.length, 1);
});

test("without a connection corrections wait, survive a reload, and go when it is back", async () => {
  const first = desk([{ kind: "away" }]);
  first.corrections.add(cue("c1", "teh"), "the");
  first.corrections.add(cue("c2", "wierd"), "weird");
  await turns();
  assert.equal(first.corrections.pending, 2);
  const second = desk([], first.storage);
  await second.corrections.work();
  assert.deepEqual(second.sent.map((one) => one.text), ["the", "weird"]);
  assert.equal(first.storage.length, 0);
});

test("a refusal stays visible and holds up nobody", async () => {
  const { corrections, sent } = desk([{ kind: "refused", said: "The session is over." }]);
  corrections.add(cue("c1", "teh"), "the");
  corrections.add(cue("c2", "wierd"), "weird");
  await turns();
  assert.equal(sent.length, 2);
  assert.equal(corrections.of("floor", "c1").said, "The session is over.");
  assert.equal(corrections.pending, 0);
});

test("undo gives the old text back as a new correction, if nobody changed it since", async () => {
  const { corrections } = desk([]);
  const cues = { c1: cue("c1", "the", { rev: 4 }), c2: cue("c2", "else", { rev: 9 }) };
  corrections.add(cue("c1", "teh"), "the");
  corrections.add(cue("c2", "wierd"), "weird");
  await turns();
  const last = corrections.takeLast((_, id) => cues[id]);
  assert.deepEqual([last.cue.id, last.before], ["c1", "teh"]); // c2 says something else by now
  assert.equal(corrections.takeLast((_, id) => cues[id]), null);
});

test("a retracted cue takes its correction along", async () => {
  const { corrections } = desk([{ kind: "away" }]);
  corrections.add(cue("c1", "teh"), "the");
  await turns();
  corrections.follow(cue("c1", "", { state: "retracted", rev: 4 }));
  assert.deepEqual(corrections.list, []);
});

test("drafts survive a reload, each by its cue", () => {
  const storage = new Memory();
  const drafts = new Drafts(storage, "s1");
  drafts.put({ track: "fr", id: "c1", text: "Le présid", base: "Le", t0_ms: 0, t1_ms: 1 });
  drafts.put({ track: "floor", id: "c1", text: "The", base: "The", t0_ms: 0, t1_ms: 1 });
  const again = new Drafts(storage, "s1");
  assert.equal(again.get("fr", "c1").text, "Le présid");
  assert.equal(again.get("floor", "c1").text, "The");
  again.drop("fr", "c1");
  assert.equal(new Drafts(storage, "s1").get("fr", "c1"), null);
  assert.equal(new Drafts(storage, "s2").get("floor", "c1"), null);
  assert.doesNotThrow(() => new Drafts(null, "s1").put({ track: "fr", id: "c1", text: "a", base: "b", t0_ms: 0, t1_ms: 1 }));
});

test("what went off the record leaves nothing behind in the browser", async () => {
  const { corrections, storage } = desk([{ kind: "away" }]);
  corrections.add(cue("c1", "secrit", { t0_ms: 5000, t1_ms: 6000 }), "secret");
  corrections.add(cue("c2", "opne", { t0_ms: 1000, t1_ms: 2000 }), "open");
  const drafts = new Drafts(storage, "s1");
  drafts.put({ track: "floor", id: "c3", text: "secret too", base: "", t0_ms: 5500, t1_ms: 5600 });
  await turns();
  corrections.purge(4000, 9000);
  drafts.purge(4000, 9000);
  assert.deepEqual(corrections.list.map((one) => one.id), ["c2"]);
  assert.equal([...storage.items.values()].some((text) => text.includes("secret")), false);
});

test("a name is found as a word, in any script, and replaced literally", () => {
  const cues = [cue("c1", "Mister Lee met Leeds. LEE left."), cue("c2", "Nothing."), cue("c3", "李主席发言"), cue("c4", "قال علي ذلك")];
  const found = hits(cues, "lee", "Li $&");
  assert.deepEqual(found.map((hit) => [hit.cue.id, hit.after]), [["c1", "Mister Li $& met Leeds. Li $& left."]]);
  assert.deepEqual(found[0].parts.filter((part) => part.hit).map((part) => part.text), ["Lee", "LEE"]);
  assert.equal(found[0].parts.map((part) => part.text).join(""), cues[0].stable);
  assert.equal(hits(cues, "主席", "主任")[0].after, "李主任发言");
  assert.equal(hits(cues, "علي", "عليّ")[0].after, "قال عليّ ذلك");
  assert.deepEqual(hits(cues, "  ", "x"), []);
  assert.deepEqual(hits(cues, "c++ (", "x"), []);
});

test("steps go by id, so that new text moves nothing", () => {
  const cues = [cue("c1", ""), cue("c2", ""), cue("c3", "")];
  assert.equal(stepped(cues, "c2", 1), "c3");
  assert.equal(stepped(cues, "c3", 1), "c3");
  assert.equal(stepped(cues, "c1", -1), "c1");
  assert.equal(stepped(cues, null, -1), "c3");
  assert.equal(stepped(cues, "gone", 1), "c3");
  assert.equal(stepped([], null, 1), null);
});

test("cues, tails and marks stand in the order of time", () => {
  const mark = (id, at_ms, kind = "speaker") => ({ id, kind, at_ms, end_ms: null, text: id });
  const cues = [cue("c1", "a", { t0_ms: 100 }), cue("c2", "b", { t0_ms: 200 })];
  const rows = rowsOf(cues, [{ id: "c2", t0_ms: 200, tail: "…" }, { id: "c3", t0_ms: 300, tail: "new" }], [mark("old", 10), mark("i1", 20, "item"), mark("m0", 50), mark("m1", 150), mark("m2", 900)]);
  assert.deepEqual(rows.map((row) => row.key), ["mark i1", "mark m0", "c1", "mark m1", "c2", "tail c3", "mark m2"]);
  assert.equal(rows[4].tail, "…");
  assert.deepEqual(rowsOf([], [], []), []);
});

test("names complete from the latest ones", () => {
  const mark = (text, kind = "speaker") => ({ id: text, kind, at_ms: 0, end_ms: null, text });
  assert.deepEqual(namesIn([mark("Chair"), mark("Japan"), mark("Chair"), mark("2.1", "item")], "speaker", ["Egypt", "Japan"]), ["Chair", "Japan", "Egypt"]);
});

test("what is sent is one line", () => {
  assert.equal(tidied("  two\n lines \u00a0here "), "two lines here");
});

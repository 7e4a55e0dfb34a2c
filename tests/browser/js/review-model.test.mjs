import assert from "node:assert/strict";
import { test } from "node:test";

import { likelyPoint, splitPoints } from "../../../src/langsupport/web/static/js/review-cut.js";
import { commandOf } from "../../../src/langsupport/web/static/js/review-keys.js";
import { Outbox, following, isShown, merged, nextOpen, taskFor } from "../../../src/langsupport/web/static/js/review-model.js";
import { differences, fromServer, lacking, pieces, replaced, same, toServer } from "../../../src/langsupport/web/static/js/review-text.js";

const open = { id: 0, kind: "open", role: "format" };
const close = { id: 0, kind: "close", role: "format" };
const text = (words, ...codes) => ({ text: words, codes });

class Memory {
  constructor() {
    this.kept = new Map();
  }
  get length() {
    return this.kept.size;
  }
  key(index) {
    return [...this.kept.keys()][index] ?? null;
  }
  getItem(key) {
    return this.kept.get(key) ?? null;
  }
  setItem(key, value) {
    this.kept.set(key, value);
  }
  removeItem(key) {
    this.kept.delete(key);
  }
}

function outbox(send, storage = new Memory()) {
  return new Outbox({ review: "r", storage, send, onChange: () => {} });
}

test("positions are counted as each side counts", () => {
  const sent = text("𝄞 clé", { at: 2, ...open }, { at: 5, ...close });
  const held = fromServer(sent);
  assert.deepEqual(held.codes.map((code) => code.at), [3, 6]);
  assert.deepEqual(toServer(held), sent);
});

test("text is cut at codes and at terms", () => {
  const coded = text("the Chair spoke", { at: 4, ...open }, { at: 9, ...close });
  assert.deepEqual(pieces(coded, [{ start: 4, end: 9 }]), [{ text: "the " }, { code: open }, { text: "Chair", mark: 0 }, { code: close }, { text: " spoke" }]);
});

test("what is put in moves what follows, and replaces what was chosen", () => {
  const coded = text("ab cd", { at: 0, ...open }, { at: 5, ...close });
  assert.deepEqual(replaced(coded, 3, 5, text("xyz")), text("ab xyz", { at: 0, ...open }, { at: 6, ...close }));
  assert.deepEqual(replaced(text("ab"), 1, 1, text("", { at: 0, ...open })), text("ab", { at: 1, ...open }));
});

test("codes that a target lacks", () => {
  const source = text("ab", { at: 0, ...open }, { at: 2, ...close });
  assert.deepEqual(lacking(source, text("ab", { at: 0, ...open })), [close]);
  assert.deepEqual(lacking(source, source), []);
  assert.ok(same(source, structuredClone(source)));
});

test("differences are shown word by word", () => {
  const found = differences("The report was adopted.", "The budget was adopted.");
  assert.deepEqual(found.map(({ kind, text: words }) => [kind, words]), [["same", "The "], ["gone", "report"], ["new", "budget"], ["same", " was adopted."]]);
  assert.deepEqual(differences("通过报告", "通过预算").map((one) => one.kind), ["same", "gone", "new"]);
});

test("what is written is kept until the server has it", async () => {
  const storage = new Memory();
  let away = true;
  const sent = [];
  const send = async (piece) => {
    if (away) return { kind: "away" };
    sent.push([piece.number, piece.act]);
    return { kind: "saved" };
  };
  const first = outbox(send, storage);
  first.put({ number: 3, act: "confirm", target: text("Trois"), base: 1 });
  await first.work();
  assert.equal(first.pending, 1);
  const second = outbox(send, storage); // the laptop was closed and opened again
  away = false;
  await second.work();
  assert.deepEqual(sent, [[3, "confirm"]]);
  assert.equal(storage.length, 0);
});

test("what is written over while it is sent goes out again", async () => {
  const sent = [];
  const box = outbox(async (piece) => {
    sent.push(piece.target.text);
    if (sent.length === 1) box.put({ number: 1, act: "draft", target: text("deux"), base: 1 });
    return { kind: "saved" };
  });
  box.put({ number: 1, act: "draft", target: text("un"), base: 1 });
  await box.work();
  assert.deepEqual(sent, ["un", "deux"]);
  assert.equal(box.pending, 0);
});

test("a conflict keeps both texts until somebody decides", async () => {
  const answers = [{ kind: "conflict" }, { kind: "saved" }];
  const bases = [];
  const box = outbox(async (piece) => {
    bases.push(piece.base);
    return answers.shift();
  });
  box.put({ number: 1, act: "confirm", target: text("mien"), base: 1 });
  await box.work();
  assert.equal(box.of(1).state, "conflict");
  await box.work();
  assert.deepEqual(bases, [1], "nothing is sent by itself");
  box.insist(1, 2);
  await box.work();
  assert.deepEqual(bases, [1, 2]);
  assert.equal(box.of(1), null);
});

test("a change from elsewhere is a conflict for what was written before it", () => {
  const box = outbox(async () => ({ kind: "away" }));
  box.put({ number: 1, act: "draft", target: text("mien"), base: 1 });
  box.follow({ number: 1, version: 1, target: text("alt") });
  assert.equal(box.of(1).state, "waiting");
  box.follow({ number: 1, version: 2, target: text("sien") });
  assert.equal(box.of(1).state, "conflict");
  box.follow({ number: 1, version: 3, target: text("mien") });
  assert.equal(box.of(1), null, "both wrote the same");
});

test("what is refused is not sent again by itself", async () => {
  let count = 0;
  const box = outbox(async () => {
    count += 1;
    return { kind: "refused", said: "", findings: [{ code: "empty" }] };
  });
  box.put({ number: 1, act: "confirm", target: text(""), base: 1 });
  await box.work();
  await box.work();
  assert.equal(count, 1);
  assert.equal(box.of(1).findings[0].code, "empty");
});

const tasks = [
  { kind: "post-edit", mine: true, first: 1, last: 3, state: "taken" },
  { kind: "post-edit", mine: false, first: 4, last: 6, state: "taken" },
];
const segment = (number, state = "initial", more = {}) => ({ number, place: number, part: 0, joined_into: null, unit_id: "u", state, seq: 1, findings: [], dismissed: {}, comments: 0, marks: [], translation: null, source: text(`Source ${number}`), target: text(""), ...more });

test("the next segment is one that is to be done and may be", () => {
  const segments = [segment(1), segment(2, "translated"), segment(3), segment(4)];
  assert.equal(nextOpen(segments, 1, tasks).number, 3);
  assert.equal(nextOpen(segments, 3, tasks).number, 1);
  assert.equal(nextOpen([segment(1)], 1, tasks), null);
  assert.equal(taskFor(tasks, segment(4)), null);
  assert.equal(taskFor(tasks, segment(3, "reviewed")), null);
});

test("filters and words choose what is shown", () => {
  const shown = (one, filter, words = "") => isShown(one, filter, words, tasks);
  assert.ok(shown(segment(1), "open"));
  assert.ok(!shown(segment(1, "translated"), "open"));
  assert.ok(!shown(segment(1, "initial", { findings: [{ code: "a" }], dismissed: { a: {} } }), "findings"));
  assert.ok(shown(segment(1), "all", "SOURCE 1"));
  assert.ok(!shown(segment(1), "all", "other"));
});

test("what comes late does not replace what is newer", () => {
  const held = [segment(1, "translated", { seq: 5 }), segment(2)];
  const now = merged(held, [segment(1, "initial", { seq: 3 }), segment(3)]);
  assert.deepEqual(now.map((one) => [one.number, one.state]), [[1, "translated"], [2, "initial"], [3, "initial"]]);
});

test("what was split off stands behind, and what was joined has no text", () => {
  const held = [segment(1), segment(2, "initial", { joined_into: 1 }), segment(3), segment(9, "initial", { place: 1, part: 1 })];
  const segments = merged([], held);
  assert.deepEqual(segments.map((one) => one.number), [1, 9, 2, 3]);
  assert.equal(following(segments, segments[0]).number, 9);
  assert.equal(following(segments, segments[1]).number, 3);
  assert.equal(following(segments, segments[3]), null);
  assert.equal(following([segment(1), segment(2, "initial", { unit_id: "other" })], segment(1)), null);
  assert.equal(taskFor(tasks, held[1]), null);
  assert.equal(taskFor(tasks, held[3]), tasks[0]);
  assert.equal(nextOpen(segments, 1, tasks).number, 9);
});

test("a segment is split where a word begins", () => {
  const words = "It met in Geneva. It closed.";
  assert.deepEqual(splitPoints(words, "en").map((at) => words.slice(at).split(" ")[0]), ["met", "in", "Geneva.", "It", "closed."]);
  assert.equal(likelyPoint(words, splitPoints(words, "en")), words.indexOf("It closed"));
  const chinese = "会议通过决议。会议闭幕。";
  assert.equal(likelyPoint(chinese, splitPoints(chinese, "zh")), 7);
  assert.ok(!splitPoints(chinese, "zh").includes(6), "never before a full stop");
  assert.deepEqual(splitPoints("one", "en"), []);
  assert.equal(likelyPoint("one", []), null);
});

test("keys", () => {
  assert.equal(commandOf({ key: "∆", code: "KeyJ", ctrlKey: false, metaKey: false, altKey: true, shiftKey: false }, true), "join");
  assert.equal(commandOf({ key: "Ô", code: "KeyJ", ctrlKey: false, metaKey: false, altKey: true, shiftKey: true }, true), "split");
  const press = (key, more = {}) => ({ key, code: more.code ?? key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
  assert.equal(commandOf(press("Enter", { ctrlKey: true }), true), "confirm");
  assert.equal(commandOf(press("Enter", { ctrlKey: true, shiftKey: true }), true), "confirm-alone");
  assert.equal(commandOf(press("Enter"), true), null);
  assert.equal(commandOf(press("Enter"), false), "edit");
  assert.equal(commandOf(press("j"), true), null);
  assert.equal(commandOf(press("j"), false), "next");
  assert.deepEqual(commandOf(press("¡", { altKey: true, code: "Digit1" }), true), { match: 1 });
  assert.deepEqual(commandOf(press("!", { altKey: true, shiftKey: true, code: "Digit2" }), true), { term: 2 });
  assert.equal(commandOf(press("ь", { altKey: true, code: "KeyM" }), true), "proposal");
  assert.equal(commandOf(press("@", { altKey: true, ctrlKey: true, code: "Digit2" }), true), null, "AltGr writes");
});

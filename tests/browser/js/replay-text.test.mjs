import assert from "node:assert/strict";
import { test } from "node:test";

import { cut, findIn, fold, placesOf, timeOf, wordAt } from "../../../src/langsupport/web/static/js/replay-text.js";

const words = (...texts) => texts.map((text, index) => ({ text, start_ms: index * 100, end_ms: index * 100 + 90 }));

test("words have their places in the text, also where no spaces stand between them", () => {
  assert.deepEqual(placesOf("Le président parle", words("Le", " président", " parle")).map(({ from, to }) => [from, to]), [[0, 2], [3, 12], [13, 18]]);
  assert.deepEqual(placesOf("现在开会", words("现在", "开会")).map(({ from, to }) => [from, to]), [[0, 2], [2, 4]]);
});

test("a text that a person wrote anew has no words", () => {
  assert.deepEqual(placesOf("Madame la Présidente", words("Madame", " le", " président")), []);
  assert.deepEqual(placesOf("Le président parle encore", words("Le", " président", " parle")), []);
});

test("the word at a time, and the time of a word", () => {
  const places = placesOf("a bb ccc", words("a", " bb", " ccc"));
  assert.deepEqual([-1, 0, 150, 999].map((time_ms) => wordAt(places, time_ms)), [-1, 0, 1, 2]);
  const cue = { stable: "a bb ccc", t0_ms: 1000, t1_ms: 2000 };
  assert.equal(timeOf(cue, places, 3), 100);
  assert.equal(timeOf(cue, places, 8), 200);
  assert.equal(timeOf(cue, [], 4), 1500);
  assert.equal(timeOf({ ...cue, stable: "" }, [], 4), 1000);
});

test("a search passes over case, accents and vowel signs", () => {
  assert.equal(fold("ÉTÉ Ёлка").folded, "ete елка");
  assert.deepEqual(findIn("L’été à l’ÉTÉ", "ete"), [[2, 5], [10, 13]]);
  assert.deepEqual(findIn("الوَثيقة الأولى", "الوثيقه"), [[0, 8]]);
  assert.deepEqual(findIn("现在开会。", "开会"), [[2, 4]]);
  assert.deepEqual(findIn("cafe\u0301 noir", "cafe"), [[0, 5]]);
  assert.deepEqual(findIn("anything", "  "), []);
});

test("a text is cut at ranges", () => {
  assert.deepEqual(cut("abcdef", [[1, 3], [3, 4]]), [
    { text: "a", at: 0, range: -1 },
    { text: "bc", at: 1, range: 0 },
    { text: "d", at: 3, range: 1 },
    { text: "ef", at: 4, range: -1 },
  ]);
});

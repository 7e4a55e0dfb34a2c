import assert from "node:assert/strict";
import { test } from "node:test";

import { commandOf } from "../../../src/langsupport/web/static/js/captioner-keys.js";

const free = { writing: false, keys: true, chosen: true };
const pressed = (key, ...held) => ({ key, ctrlKey: held.includes("ctrl"), metaKey: held.includes("meta"), altKey: held.includes("alt") });

test("letters and keys", () => {
  for (const [key, command] of Object.entries({ j: "next", K: "previous", u: "undo", e: "edit", f: "replace", p: "play", ArrowDown: "next", End: "newest", "?": "keys", x: null }))
    assert.equal(commandOf(pressed(key), free), command, key);
  assert.equal(commandOf(pressed("Delete", "ctrl"), free), "retract");
  assert.equal(commandOf(pressed("z", "meta"), free), "undo");
  assert.equal(commandOf(pressed("j", "ctrl"), free), null);
  assert.equal(commandOf(pressed("j", "alt"), free), null);
});

test("who writes has the letters to himself", () => {
  const writing = { ...free, writing: true };
  for (const key of ["j", "u", "ArrowDown", "End", "?"]) assert.equal(commandOf(pressed(key), writing), null, key);
  assert.equal(commandOf(pressed("z", "ctrl"), writing), null);
  assert.equal(commandOf(pressed("F2"), writing), "speaker");
  assert.equal(commandOf(pressed("h", "ctrl"), writing), "replace");
});

test("letters can be switched off", () => {
  const off = { ...free, keys: false };
  assert.equal(commandOf(pressed("j"), off), null);
  assert.equal(commandOf(pressed("ArrowUp"), off), "previous");
});

test("without a chosen caption nothing is done to one", () => {
  const none = { ...free, chosen: false };
  for (const key of ["e", "p", "F2", "F4"]) assert.equal(commandOf(pressed(key), none), null, key);
  assert.equal(commandOf(pressed("Delete", "ctrl"), none), null);
  assert.equal(commandOf(pressed("j"), none), "next");
});

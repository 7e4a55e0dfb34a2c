import assert from "node:assert/strict";
import { test } from "node:test";

import {
  clockNow,
  currentOf,
  keyedSpeakers,
  linesOf,
  nextItem,
  sourcesOf,
  WarningBoard,
  warningsOf,
} from "../../../src/langsupport/web/static/js/console-model.js";

const channel = (more = {}) => ({
  key: "floor", connected: true, source: "feed", heard: true, level_dbfs: -20, speaking: true, position_ms: 0, lag_ms: 500,
  backlog_ms: 0, cadence_ms: 1000, catching_up: false, spool: "ok", language: "en", trouble: null, ...more,
});
const track = (more = {}) => ({ track: "fr", source: "machine", watchers: 1, recorded: true, waiting: 0, lag_ms: 0, served: true, trouble: null, ...more });
const status = (floor = {}, fr = {}, more = {}) => ({ active: true, load: 0, channels: { floor: channel(floor) }, tracks: { fr: track(fr) }, ...more });
const LIVE = { state: "live", off_record: false, channels: [{ key: "floor", connected: true }] };
const keys = (found) => found.map((one) => one.key);

test("when all is well there is nothing to say", () => {
  assert.deepEqual(warningsOf(status(), LIVE), []);
});

test("each trouble has its words", () => {
  assert.deepEqual(keys(warningsOf(status({ connected: false }), LIVE)), ["floor silent"]);
  assert.deepEqual(keys(warningsOf(status({ level_dbfs: -50 }), LIVE)), ["floor quiet"]);
  assert.deepEqual(keys(warningsOf(status({ level_dbfs: -50, speaking: false }), LIVE)), []);
  assert.deepEqual(keys(warningsOf(status({ level_dbfs: -1 }), LIVE)), ["floor loud"]);
  assert.deepEqual(warningsOf(status({ backlog_ms: 12_400 }), LIVE)[0].fields, { seconds: 12 });
  assert.deepEqual(keys(warningsOf(status({ spool: "spool-full" }), LIVE)), ["disk"]);
  assert.deepEqual(keys(warningsOf(status({}, { served: false }), LIVE)), ["fr unserved"]);
  assert.deepEqual(keys(warningsOf(status({}, { lag_ms: 15_000 }), LIVE)), ["fr late"]);
  assert.deepEqual(keys(warningsOf(status({}, {}, { load: 2 }), LIVE)), ["load"]);
  const trouble = { code: "model-missing", message: "Install one.", seconds_ago: 2 };
  assert.equal(warningsOf(status({ trouble }), LIVE)[0].said, "Install one.");
  assert.deepEqual(warningsOf(status({ trouble: { ...trouble, seconds_ago: 90 } }), LIVE), []);
});

test("before the first sound came, and where another process has the session", () => {
  const nothing = { active: false, load: 0, channels: {}, tracks: {} };
  assert.deepEqual(keys(warningsOf(nothing, { ...LIVE, channels: [{ key: "floor", connected: false }] })), ["floor silent"]);
  assert.deepEqual(keys(warningsOf(nothing, LIVE)), ["idle"]);
});

test("grave ones come first; what nobody wants is not missed", () => {
  assert.deepEqual(keys(warningsOf(status({ level_dbfs: -50 }, { served: false }), LIVE)), ["fr unserved", "floor quiet"]);
  assert.deepEqual(warningsOf(status({}, { served: false, watchers: 0, recorded: false }), LIVE), []);
  assert.deepEqual(warningsOf(status({}, { served: false, source: "channel" }), LIVE), []);
});

test("a session that is not running is not warned about, but for the disk", () => {
  for (const session of [{ state: "planned" }, { state: "paused" }, { state: "ended" }, { state: "live", off_record: true }]) {
    assert.deepEqual(warningsOf(status({ connected: false }), { ...LIVE, ...session }), []);
  }
  assert.deepEqual(keys(warningsOf(status({ spool: "spool-full" }), { ...LIVE, state: "paused" })), ["disk"]);
});

test("a warning stays long enough to be read, then goes", () => {
  const board = new WarningBoard();
  const quiet = warningsOf(status({ level_dbfs: -50 }), LIVE);
  assert.equal(board.take(quiet, 0).length, 1);
  assert.equal(board.take([], 3000).length, 1);
  assert.equal(board.take([], 5000).length, 0);
});

test("the clock goes on by itself while the session runs, also when it is paused", () => {
  assert.equal(clockNow({ clock_ms: 1000, state: "live" }, 500, 2500), 3000);
  assert.equal(clockNow({ clock_ms: 1000, state: "paused" }, 500, 2500), 3000);
  assert.equal(clockNow({ clock_ms: 1000, state: "ended" }, 500, 2500), 1000);
});

const mark = (kind, text) => ({ id: text, kind, at_ms: 0, end_ms: null, text });

test("the next agenda item", () => {
  const agenda = ["1 Opening", "2 Budget", "3 Closing"];
  assert.equal(nextItem(agenda, []), "1 Opening");
  assert.equal(nextItem(agenda, [mark("item", "1 Opening"), mark("speaker", "Chair")]), "2 Budget");
  assert.equal(nextItem(agenda, [mark("item", "3 Closing")]), null);
  assert.equal(nextItem(agenda, [mark("item", "was renamed")]), "1 Opening");
  assert.equal(nextItem([], []), null);
  assert.equal(currentOf([mark("item", "a"), mark("speaker", "b")], "item").text, "a");
  assert.equal(currentOf([], "item"), null);
});

test("a speaker keeps the key", () => {
  const marks = ["Chair", "Japan", "Chair", "Egypt"].map((name) => mark("speaker", name));
  assert.deepEqual(keyedSpeakers(marks), ["Chair", "Japan", "Egypt"]);
});

test("a language may come from its interpreter only where there is a channel", () => {
  assert.deepEqual(sourcesOf("fr", ["floor", "fr"]), ["machine", "channel"]);
  assert.deepEqual(sourcesOf("es", ["floor", "fr"]), ["machine"]);
  assert.deepEqual(sourcesOf("floor", ["floor"]), ["channel"]);
  assert.deepEqual(linesOf(" a \n\n b\n"), ["a", "b"]);
});

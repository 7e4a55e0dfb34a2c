import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { CaptionsClient } from "../../../src/langsupport/web/static/js/captions-client.js";
import { EventParser, LONGEST_WAIT_MS, SHORTEST_WAIT_MS, waitBefore } from "../../../src/langsupport/web/static/js/captions-wire.js";

/** The other end of the line, in the place of the browser's WebSocket. */
class Line {
  static opened = [];

  constructor(address) {
    this.address = new URL(address);
    this.readyState = 0;
    this.sent = [];
    Line.opened.push(this);
  }

  answer() {
    this.readyState = 1;
    this.onopen?.();
    return this;
  }

  say(message) {
    this.onmessage?.({ data: JSON.stringify({ v: 1, ...message }) });
    return this;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  break() {
    this.readyState = 3;
    this.onclose?.();
  }

  close() {
    this.readyState = 3;
  }

  static get last() {
    return Line.opened.at(-1);
  }
}

const cue = (id, seq, more = {}) => ({
  type: "cue", seq, track: "fr", id, rev: 1, lang: "fr", t0_ms: seq * 1000, t1_ms: seq * 1000 + 900, stable: id, state: "final", ...more,
});
const snapshot = (seq, tracks, cues = []) => ({ type: "snapshot", seq, tracks, cues, marks: [], more: false });
const soon = () => mock.timers.tick(LONGEST_WAIT_MS);

let told = [];
let fetched = [];
let answers = [];

function follow(more = {}) {
  return new CaptionsClient({
    session: "s1", tracks: ["fr"], base: "http://host/", onState: (state) => told.push(state.phase), ...more,
  }).start();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  Line.opened = [];
  told = [];
  fetched = [];
  answers = [];
  globalThis.WebSocket = Line;
  globalThis.fetch = async (address) => {
    fetched.push(new URL(address));
    return answers.shift() ?? Promise.reject(new TypeError("no network"));
  };
});

test("it says hello first, with the link's token in the address", () => {
  follow({ access: "a/b" });
  Line.last.answer();
  assert.equal(Line.last.address.href, "ws://host/api/v1/sessions/s1/captions?access=a%2Fb");
  assert.deepEqual(Line.last.sent, [{ type: "hello", tracks: ["fr"], last_seq: null, tails: true }]);
});

test("after a lost connection it goes on from the last seq, and nothing is missing or doubled", () => {
  const client = follow();
  Line.last.answer().say(snapshot(3, ["fr"], [cue("c1", 3)])).say(cue("c2", 4));
  Line.last.break();
  assert.deepEqual(told, ["live", "offline"]);
  soon();
  Line.last.answer().say(cue("c2", 4)).say(cue("c3", 5));
  assert.equal(Line.last.sent[0].last_seq, 4);
  assert.deepEqual(client.captions.tracks.fr.cues.map((found) => found.id), ["c1", "c2", "c3"]);
  assert.deepEqual(told, ["live", "offline", "live"]);
});

test("a track chosen while there was no connection comes whole", () => {
  const client = follow();
  Line.last.answer().say(snapshot(3, ["fr"]));
  Line.last.break();
  client.setTracks(["fr", "ar"]);
  soon();
  assert.deepEqual(Line.last.answer().sent[0], { type: "hello", tracks: ["fr", "ar"], last_seq: null, tails: true });
});

test("other tracks are asked for over the same connection", () => {
  const client = follow();
  Line.last.answer().say(snapshot(3, ["fr"]));
  client.setTracks(["ru"]);
  assert.deepEqual(Line.last.sent.at(-1), { type: "tracks", tracks: ["ru"] });
  Line.last.say(snapshot(4, ["ru"]));
  Line.last.break();
  soon();
  assert.equal(Line.last.answer().sent[0].last_seq, 4);
});

test("pings are answered, and silence counts as loss", () => {
  follow();
  Line.last.answer().say({ type: "ping" });
  assert.deepEqual(Line.last.sent.at(-1), { type: "pong" });
  mock.timers.tick(60_000);
  assert.equal(told.at(-1), "offline");
});

test("who is told not to come back stays away", () => {
  follow();
  Line.last.answer().say({ type: "bye", code: "revoked", message: "The link is no longer valid.", retry: false });
  soon();
  assert.deepEqual(told, ["closed"]);
  assert.equal(Line.opened.length, 1);
});

test("callbacks get a snapshot's cues and marks one by one", () => {
  const heard = [];
  follow({ onCue: (found) => heard.push(found.id), onMark: (mark) => heard.push(mark.id), onSession: (session) => heard.push(session.title) });
  Line.last.answer().say({ type: "session", seq: 1, title: "Plenary", tracks: [] });
  Line.last.say({ ...snapshot(3, ["fr"], [cue("c1", 2)]), marks: [{ id: "m1", kind: "note", at_ms: 0, end_ms: null, text: "" }] });
  assert.deepEqual(heard, ["Plenary", "c1", "m1"]);
});

/** Lets promises that are ready go on. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

test("where WebSockets don't get through, it takes server-sent events", async () => {
  const client = follow();
  const words = new TextEncoder().encode(`event: cue\nid: 7\ndata: ${JSON.stringify(cue("c7", 7))}\n\n`);
  answers = [new Response(new ReadableStream({ start: (stream) => stream.enqueue(words) }))];
  Line.last.break();
  soon();
  Line.last.break();
  soon();
  await new Promise((done) => setImmediate(done));
  await settle();
  assert.equal(fetched[0].pathname, "/api/v1/sessions/s1/captions/events");
  assert.equal(fetched[0].searchParams.get("tracks"), "fr");
  assert.deepEqual(client.captions.tracks.fr?.cues.map((found) => found.id), ["c7"]);
  assert.equal(told.at(-1), "live");
  client.stop();
});

test("a link that no longer holds ends the tries", async () => {
  const client = follow();
  answers = [Response.json({ code: "not-found", detail: "There is no such session." }, { status: 404 })];
  for (let turn = 0; turn < 3; turn += 1) {
    Line.last.break();
    soon();
    await new Promise((done) => setImmediate(done));
    await settle();
  }
  assert.equal(client.connection.phase, "closed");
  assert.equal(client.connection.message, "There is no such session.");
});

test("waits grow from half a second to fifteen, and differ", () => {
  assert.deepEqual([0, 1, 2, 9].map((tries) => waitBefore(tries, 1)), [1000, 2000, 4000, LONGEST_WAIT_MS]);
  assert.equal(waitBefore(9, 0), SHORTEST_WAIT_MS);
  assert.notEqual(waitBefore(3, 0.2), waitBefore(3, 0.8));
});

test("server-sent events come in pieces", () => {
  const parser = new EventParser();
  assert.deepEqual(parser.take("event: cue\nid: 1\ndata: {\"a\":"), []);
  assert.deepEqual(parser.take("1}\n\n: only a comment\n\ndata: x\r\n\r"), ['{"a":1}']);
  assert.deepEqual(parser.take("\ndata: y\ndata: z\n\n"), ["x", "y\nz"]);
});

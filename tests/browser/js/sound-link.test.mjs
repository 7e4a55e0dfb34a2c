import assert from "node:assert/strict";
import { test } from "node:test";

import { SoundLink } from "../../../src/langsupport/web/static/js/sound-link.js";

/** Sockets and timers that a test moves by hand. */
function stage(format = { format: "pcm_s16le", rate: 16_000 }) {
  const sockets = [];
  const timers = new Map();
  const told = [];
  let now_ms = 1_000_000;
  const around = {
    now_ms: () => now_ms,
    open() {
      const socket = { sent: [], bufferedAmount: 0, closed: false, send: (data) => socket.sent.push(data), close: () => (socket.closed = true) };
      sockets.push(socket);
      return socket;
    },
    later(act, ms) {
      timers.set(timers.size + 1, { act, at: now_ms + ms });
      return timers.size;
    },
    forget: (timer) => timers.delete(timer),
  };
  const link = new SoundLink(format, {
    onStage: (found) => told.push(found),
    onBye: (bye) => told.push(`bye ${bye.code}`),
    onRestart: () => told.push("restart"),
  }, around);
  const pass = (ms) => {
    now_ms += ms;
    for (const [key, { act, at }] of [...timers]) if (at <= now_ms && timers.delete(key)) act();
  };
  const say = (message) => sockets.at(-1).onmessage({ data: JSON.stringify(message) });
  const seqs = () => sockets.at(-1).sent.filter((data) => typeof data !== "string").map((data) => new DataView(data.buffer).getUint32(4, true));
  return { link, sockets, told, pass, say, seqs };
}

const frame = (link, seq) => ({ epoch: link.epoch, seq, first: seq * 1600, units: 1600, bytes: new Uint8Array(3200) });

test("says hello first, sends when the server is ready", () => {
  const { link, sockets, say, seqs } = stage();
  link.start();
  link.send(frame(link, 0));
  sockets[0].onopen();
  assert.deepEqual(JSON.parse(sockets[0].sent[0]), { type: "hello", format: "pcm_s16le", rate: 16_000, framed: true, epoch: 1000 });
  assert.deepEqual(seqs(), []);
  say({ type: "ready", epoch: 1000, position: 0 });
  link.send(frame(link, 1));
  assert.deepEqual(seqs(), [0, 1]);
});

test("after a lost connection what was not acknowledged is sent again, in the same epoch", () => {
  const { link, sockets, told, pass, say, seqs } = stage();
  link.start();
  sockets[0].onopen();
  say({ type: "ready", epoch: 1000, position: 0 });
  for (const seq of [0, 1, 2, 3]) link.send(frame(link, seq));
  say({ type: "ack", epoch: 1000, seq: 1, position: 3200 });
  sockets[0].onclose();
  link.send(frame(link, 4)); // the speaker goes on while the line is down
  pass(1000);
  assert.equal(sockets.length, 2);
  sockets[1].onopen();
  assert.equal(JSON.parse(sockets[1].sent[0]).epoch, 1000);
  say({ type: "ready", epoch: 1000, position: 4800 }); // the third had arrived, only its acknowledgement had not
  assert.deepEqual(seqs(), [3, 4]);
  assert.deepEqual(told, ["connecting", "sending", "reconnecting", "sending"]);
});

test("a line that says nothing any more is given up and opened anew", () => {
  const { link, sockets, pass, say } = stage();
  link.start();
  sockets[0].onopen();
  say({ type: "ready", epoch: 1000, position: 0 });
  pass(19_000);
  assert.equal(sockets[0].closed, false);
  pass(30_000);
  pass(2000);
  assert.equal(sockets[0].closed, true);
  assert.equal(sockets.length, 2);
});

test("what is given up while the line is down is lost, what the server only doesn't keep is not", () => {
  const { link, sockets, say } = stage();
  link.start();
  sockets[0].onopen();
  say({ type: "ready", epoch: 1000, position: 0 });
  for (let seq = 0; seq < 310; seq += 1) link.send(frame(link, seq)); // paused: nothing is acknowledged
  assert.equal(link.lost_units, 0);
  sockets[0].onclose();
  for (let seq = 310; seq < 320; seq += 1) link.send(frame(link, seq));
  assert.equal(link.lost_units, 16_000);
});

test("waits while the browser's own buffer is full", () => {
  const { link, sockets, say, seqs } = stage();
  link.start();
  sockets[0].onopen();
  say({ type: "ready", epoch: 1000, position: 0 });
  sockets[0].bufferedAmount = 2_000_000;
  link.send(frame(link, 0));
  assert.deepEqual(seqs(), []);
  sockets[0].bufferedAmount = 0;
  say({ type: "ack", epoch: 1000, seq: 0, position: 0 });
  assert.deepEqual(seqs(), [0]);
});

test("what was given up unsent is skipped on a new line, where the protocol allows it", () => {
  const { link, sockets, pass, say, seqs } = stage();
  link.start();
  sockets[0].onopen();
  say({ type: "ready", epoch: 1000, position: 0 });
  link.send(frame(link, 0));
  sockets[0].bufferedAmount = 2_000_000;
  for (let seq = 1; seq <= 320; seq += 1) link.send(frame(link, seq));
  sockets[0].bufferedAmount = 0;
  link.send(frame(link, 321));
  assert.deepEqual(seqs(), [0]);
  pass(1000);
  sockets[1].onopen();
  say({ type: "ready", epoch: 1000, position: 1600 });
  assert.deepEqual([seqs()[0], seqs().length], [22, 300]);
});

test("a goodbye for good ends it, another one is a reason to come back", () => {
  const { link, sockets, told, pass, say } = stage();
  link.start();
  sockets[0].onopen();
  say({ type: "bye", code: "restarting", message: "", retry: true });
  pass(1000);
  assert.equal(sockets.length, 2);
  say({ type: "bye", code: "replaced", message: "", retry: false });
  pass(60_000);
  assert.equal(sockets.length, 2);
  assert.deepEqual(told.slice(-2), ["bye replaced", "closed"]);
});

test("where the channel has had a later epoch, what is kept goes on under a number after it", () => {
  const { link, sockets, pass, say } = stage();
  link.start();
  sockets[0].onopen();
  link.send(frame(link, 0));
  say({ type: "bye", code: "epoch", message: "", retry: true, epoch: 5000 });
  pass(1000);
  sockets[1].onopen();
  assert.equal(JSON.parse(sockets[1].sent[0]).epoch, 5001);
  say({ type: "ready", epoch: 5001, position: 0 });
  assert.equal(new DataView(sockets[1].sent[1].buffer).getUint32(0, true), 5001);
});

test("a container begins a new recording under a number after the channel's latest epoch", () => {
  const { link, sockets, told, pass, say } = stage({ format: "webm" });
  link.start();
  sockets[0].onopen();
  link.send(frame(link, 0));
  say({ type: "bye", code: "epoch", message: "", retry: true, epoch: 5000 });
  pass(1000);
  sockets[1].onopen();
  assert.equal(JSON.parse(sockets[1].sent[0]).epoch, 5001);
  assert.equal(told.filter((found) => found === "restart").length, 1);
  assert.deepEqual(link.outbox.frames, []);
});

test("a container begins anew with a new epoch after a lost connection", () => {
  const { link, sockets, told, pass, say } = stage({ format: "webm" });
  link.start();
  sockets[0].onopen();
  assert.deepEqual(JSON.parse(sockets[0].sent[0]), { type: "hello", format: "webm", framed: true, epoch: 1000 });
  say({ type: "ready", epoch: 1000, position: 0 });
  link.send(frame(link, 0));
  sockets[0].onclose();
  pass(1000);
  sockets[1].onopen();
  assert.equal(JSON.parse(sockets[1].sent[0]).epoch, 1001);
  assert.equal(told.filter((found) => found === "restart").length, 1);
  assert.deepEqual(link.outbox.frames, []);
});

test("at the end it stays until the last words are safe", () => {
  const { link, sockets, told, say } = stage();
  link.start();
  sockets[0].onopen();
  say({ type: "ready", epoch: 1000, position: 0 });
  link.send(frame(link, 0));
  link.finish();
  assert.equal(sockets[0].closed, false);
  say({ type: "ack", epoch: 1000, seq: 0, position: 1600 });
  assert.equal(sockets[0].closed, true);
  assert.equal(told.at(-1), "closed");
});

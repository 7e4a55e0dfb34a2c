/* When each word was said, fetched in portions as playback or a click comes near. */

import { placesOf } from "./replay-text.js";

/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./captions-state.js").Word} Word */
/** @typedef {import("./replay-text.js").Place} Place */

const PORTION = 60; // captions: some minutes of talk

export class WordTimes {
  /** @param {string} session @param {string | undefined} access */
  constructor(session, access) {
    this.session = session;
    this.access = access;
    /** @type {Map<string, Word[]>} */
    this.known = new Map(); // by track, cue and revision; as many as the page has captions
    /** @type {Map<string, Promise<void>>} */
    this.asked = new Map();
  }

  /** The places of a caption's words; none for what was not heard. @param {Cue} cue @returns {Promise<Place[]>} */
  async of(cue) {
    if (cue.origin === "translated" || cue.origin === "human") return [];
    const key = keyOf(cue);
    if (!this.known.has(key)) await this.fetch(cue, key);
    return placesOf(cue.stable, this.known.get(key) ?? []);
  }

  /** @param {Cue} cue @param {string} key */
  fetch(cue, key) {
    const asked = this.asked.get(key) ?? this.portion(cue, key).finally(() => this.asked.delete(key));
    this.asked.set(key, asked);
    return asked;
  }

  /** @param {Cue} cue @param {string} key */
  async portion(cue, key) {
    const query = new URLSearchParams({ after_ms: String(cue.t0_ms), limit: String(PORTION), words: "true" });
    if (this.access) query.set("access", this.access);
    const answer = await fetch(`/api/v1/sessions/${this.session}/captions/${cue.track}?${query}`).catch(() => null);
    if (!answer?.ok) return;
    for (const found of (await answer.json()).items) this.known.set(keyOf(found), found.words ?? []);
    if (!this.known.has(key)) this.known.set(key, []); // it was corrected meanwhile
  }
}

/** @param {Cue} cue */
function keyOf({ track, id, rev }) {
  return `${track} ${id} ${rev}`;
}

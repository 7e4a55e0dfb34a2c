/* What the live pages ask of the JSON API of one session. */

import { JsonApi, Refused } from "./json-api.js";

/** @typedef {import("./captions-state.js").Mark} Mark */
/**
 * @typedef {{
 *   id: string, title: string, code: string, state: "planned" | "live" | "paused" | "ended", role: string, name: string, version: number,
 *   clock_ms: number, off_record: boolean, confidential: boolean, started_at: string | null,
 *   channels: {key: string, language: string | null, connected: boolean, source_url: string | null}[],
 *   tracks: {track: string, enabled: boolean, source: "machine" | "channel"}[], glossary: string[], agenda: string[],
 * }} Session
 */

export { Refused };

export class LiveApi extends JsonApi {
  /** @param {string} session */
  constructor(session) {
    super(`/api/v1/sessions/${encodeURIComponent(session)}`);
  }

  /** @returns {Promise<Session>} */
  session() {
    return this.ask("GET", "");
  }

  /** @returns {Promise<import("./console-model.js").Status>} */
  status() {
    return this.ask("GET", "/status");
  }

  /** @param {"start" | "pause" | "resume" | "end" | "on-record"} name @returns {Promise<Session>} */
  move(name) {
    return this.ask("POST", `/${name}`);
  }

  /** @param {number | null} since_ms what was said since is deleted; null: from now on @returns {Promise<Session>} */
  offRecord(since_ms) {
    return this.ask("POST", "/off-record", { since_ms });
  }

  /** @param {"speaker" | "item" | "note"} kind @param {string} text @param {number | null} at_ms null: now @returns {Promise<Mark>} */
  mark(kind, text, at_ms) {
    return this.ask("POST", "/marks", { kind, text, at_ms });
  }

  /** @param {string} id */
  removeMark(id) {
    return this.ask("DELETE", `/marks/${id}`);
  }

  /** @param {string} key @returns {Promise<Session>} */
  addChannel(key) {
    return this.ask("PUT", `/channels/${key}`);
  }

  /** @param {string} key @param {string | null} language @returns {Promise<Session>} */
  setLanguage(key, language) {
    return this.ask("PATCH", `/channels/${key}`, { language });
  }

  /** @param {string} track @param {{source?: string, enabled?: boolean}} changes @returns {Promise<Session>} */
  setTrack(track, changes) {
    return this.ask("PATCH", `/tracks/${track}`, changes);
  }

  /** @param {string} key @param {string} url @returns {Promise<Session>} */
  pull(key, url) {
    return this.ask("PUT", `/channels/${key}/source`, { url });
  }

  /** @param {string} key @returns {Promise<Session>} */
  stopPull(key) {
    return this.ask("DELETE", `/channels/${key}/source`);
  }

  /** @param {string[]} terms @returns {Promise<Session>} */
  setGlossary(terms) {
    return this.ask("PUT", "/glossary", { terms });
  }

  /** @param {string[]} items @returns {Promise<Session>} */
  setAgenda(items) {
    return this.ask("PUT", "/agenda", { items });
  }

  /** @param {string} track @param {string} id @param {number} revision @param {string} text */
  correct(track, id, revision, text) {
    return this.ask("PUT", `/captions/${track}/${encodeURIComponent(id)}`, { text, revision });
  }

  /** @param {string} track @param {string} id */
  retract(track, id) {
    return this.ask("DELETE", `/captions/${track}/${encodeURIComponent(id)}`);
  }

  /** @param {string} channel @param {number} from_ms @param {number} to_ms */
  soundAddress(channel, from_ms, to_ms) {
    return `${this.base}/audio/${channel}?from_ms=${Math.max(0, Math.round(from_ms))}&to_ms=${Math.round(to_ms)}`;
  }
}

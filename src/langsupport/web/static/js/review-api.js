/* What the editor asks of the JSON API of one review. */

import { JsonApi, Refused } from "./json-api.js";

/** @typedef {import("./review-model.js").Segment} Segment */
/** @typedef {import("./review-model.js").Written} Written */
/** @typedef {import("./review-model.js").Outcome} Outcome */
/** @typedef {import("./review-model.js").Finding} Finding */
/** @typedef {import("./review-text.js").Coded} Coded */
/** @typedef {{kind: string, score: number, target: string, substituted: {old: string, new: string}[], unit: {id: number, source: string, target: string, origin: string, document: string, by: string, at: string | null, meeting: string}}} Match */
/** @typedef {{start: number, end: number, text: string, term: {status: string}, concept: {key: string, subject: string, definition: string, terms: {language: string, text: string, status: string, note: string}[]}}} TermHit */
/** @typedef {{id: number, version: number, act: string, state: string, target: Coded, text: string, by: string, at: string}} Version */
/** @typedef {{id: string, state: string, seq: number, source: string, language: string, document: string, document_id: string, meeting_id: string | null, segments: number, tasks: import("./review-model.js").Task[], counts: Record<string, number>}} Review */

const PAGE = 500;
const LATER = [0, 429, 502, 503, 504]; // no connection, too much at once, not now

export class ReviewApi extends JsonApi {
  /** @param {string} review */
  constructor(review) {
    super(`/api/v1/reviews/${encodeURIComponent(review)}`);
  }

  /** @returns {Promise<Review>} */
  review() {
    return this.ask("GET", "");
  }

  /** @param {number} after @param {number} [since] @returns {Promise<{items: Segment[], next: number | null, seq: number}>} */
  segments(after, since) {
    return this.ask("GET", `/segments?limit=${PAGE}&after=${after}${since === undefined ? "" : `&since=${since}`}`);
  }

  /** @param {number} number @returns {Promise<Segment>} */
  segment(number) {
    return this.ask("GET", `/segments/${number}`);
  }

  /** What the checks say of segments beside each other. @returns {Promise<{number: number, finding: Finding}[]>} */
  across() {
    return this.ask("GET", "/findings");
  }

  /** @param {number} number @param {Coded} target @param {number | null} match @returns {Promise<Finding[]>} */
  check(number, target, match) {
    return this.ask("POST", `/segments/${number}/check`, { target, match });
  }

  /** @param {number} number @returns {Promise<Match[]>} */
  matches(number) {
    return this.ask("GET", `/segments/${number}/matches`);
  }

  /** @param {number} number @returns {Promise<TermHit[]>} */
  terms(number) {
    return this.ask("GET", `/segments/${number}/terms`);
  }

  /** Where a segment stands in the document's pages. @param {number} number @returns {Promise<import("./review-page.js").Look>} */
  preview(number) {
    return this.ask("GET", `/preview?number=${number}`);
  }

  /** The address of a page's picture. @param {number} page @param {string} stamp */
  pictureOf(page, stamp) {
    return `${this.base}/preview/${page}.png?stamp=${stamp}`;
  }

  /** @param {number} number @returns {Promise<Version[]>} */
  history(number) {
    return this.ask("GET", `/segments/${number}/history`);
  }

  /** @param {number} number @param {string} text */
  comment(number, text) {
    return this.ask("POST", `/segments/${number}/comments`, { text });
  }

  /** @param {number} number @param {string} code @param {string} reason @returns {Promise<Segment>} */
  dismiss(number, code, reason) {
    return this.ask("POST", `/segments/${number}/dismiss`, { code, reason });
  }

  /** @param {number} number @param {number} version @returns {Promise<Segment>} */
  reopen(number, version) {
    return this.ask("POST", `/segments/${number}/reopen`, { version });
  }

  /** With the next one of its paragraph. @param {number} number @param {number} version @returns {Promise<Segment[]>} */
  join(number, version) {
    return this.ask("POST", `/segments/${number}/join`, { version });
  }

  /** @param {number} number @param {number} version @param {number} at character of the source that the second part begins with @returns {Promise<Segment[]>} */
  split(number, version, at) {
    return this.ask("POST", `/segments/${number}/split`, { version, at });
  }

  /** @param {number} number @param {number} version @param {string} reason @returns {Promise<Segment>} */
  sendBack(number, version, reason) {
    return this.ask("POST", `/segments/${number}/send-back`, { version, reason });
  }

  /** @param {number} number @param {import("./review-marks.js").MarkAsked} asked @returns {Promise<Segment>} */
  mark(number, asked) {
    return this.ask("POST", `/segments/${number}/marks`, asked);
  }

  /** @param {number} number @param {string} mark @returns {Promise<Segment>} */
  unmark(number, mark) {
    return this.ask("DELETE", `/segments/${number}/marks/${encodeURIComponent(mark)}`);
  }

  /** @param {number} number */
  dropDraft(number) {
    return this.ask("DELETE", `/segments/${number}/draft`);
  }

  /** @param {string} task @param {"claim" | "complete" | "hand-back"} move */
  move(task, move) {
    return new JsonApi("/api/v1/tasks").ask("POST", `/${encodeURIComponent(task)}/${move}`);
  }

  /** @param {string} text @param {string} source @param {string} target @returns {Promise<{items: Match["unit"][]}>} */
  concordance(text, source, target) {
    return new JsonApi("/api/v1/memory").ask("POST", "/concordance", { text, source, target, limit: 30 });
  }

  /**
   * Send what was written into a segment.
   *
   * @param {Written} piece @param {(saved: {segment: Segment, propagated: number[]}) => void} onSaved
   * @returns {Promise<Outcome>}
   */
  async send(piece, onSaved) {
    const { number, target, base, propagate, seconds, match } = piece;
    try {
      if (piece.act === "draft") {
        await this.ask("PUT", `/segments/${number}/draft`, { target, base_version: base });
        return { kind: "saved" };
      }
      const saved = await this.ask("POST", `/segments/${number}/confirm`, { target, version: base, propagate, seconds, match });
      onSaved(saved);
      return saved.refused.length ? { kind: "refused", said: "", findings: saved.refused } : { kind: "saved" };
    } catch (error) {
      if (!(error instanceof Refused) || LATER.includes(error.status)) return { kind: "away" };
      if (error.problem?.code === "stale-save") return { kind: "conflict" };
      return { kind: "refused", said: await error.said(), findings: [] };
    }
  }
}

export { Refused };

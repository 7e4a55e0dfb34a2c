/* What pages ask of the JSON API, and how it says no. */

import { explain, problemIn } from "./problems.js";

/** @typedef {import("./problems.js").Problem} Problem */

/** The server said no (`status`), or could not be reached (0). */
export class Refused extends Error {
  /** @param {number} status @param {Problem | null} problem */
  constructor(status, problem) {
    super(problem?.detail ?? "");
    this.status = status;
    this.problem = problem;
  }

  /** The sentence in the reader's language. */
  said() {
    return explain(this.status ? this.problem : null);
  }
}

/** What to tell of anything that went wrong. @param {unknown} error */
export async function sentenceOf(error) {
  return error instanceof Refused ? await error.said() : String(error);
}

export class JsonApi {
  /** @param {string} base the path under which everything is asked */
  constructor(base) {
    this.base = base;
  }

  /**
   * @param {string} method @param {string} path @param {unknown} [body]
   * @returns {Promise<any>} null where the answer has no body
   * @throws {Refused}
   */
  async ask(method, path, body) {
    /** @type {Response} */
    let answer;
    let text = "";
    try {
      const headers = { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }) };
      answer = await fetch(this.base + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      text = await answer.text();
    } catch {
      throw new Refused(0, null);
    }
    if (!answer.ok) throw new Refused(answer.status, problemIn(text, answer.statusText));
    return text ? JSON.parse(text) : null;
  }
}

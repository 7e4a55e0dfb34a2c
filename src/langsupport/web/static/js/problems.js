/* What went wrong, in the reader's language. */

import { t } from "./strings.js";

/** @typedef {{detail?: string, template?: string, fields?: Record<string, unknown>, code?: string}} Problem */

/**
 * The sentence of a problem from the JSON API.
 *
 * @param {Problem | null | undefined} problem
 * @returns {Promise<string>}
 */
export async function explain(problem) {
  const otherwise = problem?.detail ?? t("The server can't be reached. Check the connection and try again.");
  if (!problem?.template) return otherwise;
  try {
    const answer = await fetch("/explain", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/plain" },
      body: JSON.stringify({ template: problem.template, fields: problem.fields ?? {} }),
    });
    return answer.ok ? await answer.text() : otherwise;
  } catch {
    return otherwise;
  }
}

/**
 * The problem in an answer's body, or one that says at least the status.
 *
 * @param {string} body
 * @param {string} status
 * @returns {Problem}
 */
export function problemIn(body, status) {
  try {
    const found = JSON.parse(body);
    return typeof found === "object" && found !== null ? found : { detail: status };
  } catch {
    return { detail: status };
  }
}

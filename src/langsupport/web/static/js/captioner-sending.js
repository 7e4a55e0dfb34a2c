/* A captioner's correction on its way to the server, and what became of it. */

import { Refused } from "./live-api.js";

/** @typedef {import("./captioner-model.js").Correction} Correction */
/** @typedef {import("./captioner-model.js").Outcome} Outcome */

const LATER = [0, 429, 503]; // no connection, too much at once, not now

/**
 * @param {import("./live-api.js").LiveApi} api
 * @param {Correction} one
 * @param {(answer: {rev: number, stable: string}) => void} onSaved the caption as the server has it now
 * @returns {Promise<Outcome>}
 */
export async function sent(api, one, onSaved) {
  try {
    if (one.retract) await api.retract(one.track, one.id);
    else {
      const { rev, stable } = await api.correct(one.track, one.id, one.rev, one.text);
      onSaved({ rev, stable });
    }
    return { kind: "saved" };
  } catch (error) {
    if (!(error instanceof Refused) || LATER.includes(error.status)) return { kind: "away" };
    const { current, current_revision } = /** @type {{current?: string, current_revision?: number}} */ (error.problem?.fields ?? {});
    if (error.status === 409 && typeof current === "string") return { kind: "conflict", text: current, rev: Number(current_revision) };
    return { kind: "refused", said: await error.said() };
  }
}

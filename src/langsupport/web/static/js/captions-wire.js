/* The small pieces under a watching connection: waiting times, server-sent events. Pure functions, tested in Node. */

export const SHORTEST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 15_000;

/**
 * How long to wait before the next try: longer from try to try, and at random, so that many viewers that lost the
 * same server don't come back at the same moment.
 *
 * @param {number} tries that failed since the last time it worked
 * @param {number} chance 0 to 1
 * @returns {number} milliseconds
 */
export function waitBefore(tries, chance) {
  const most = Math.min(LONGEST_WAIT_MS, 2 * SHORTEST_WAIT_MS * 2 ** Math.min(tries, 10));
  return Math.round(SHORTEST_WAIT_MS + chance * (most - SHORTEST_WAIT_MS));
}

/** Takes a stream of server-sent events in pieces as they arrive; gives the data of each event that is complete. */
export class EventParser {
  constructor() {
    this.rest = "";
  }

  /** @param {string} piece @returns {string[]} */
  take(piece) {
    const lines = (this.rest + piece).replaceAll("\r\n", "\n");
    const events = lines.split("\n\n");
    this.rest = events.pop() ?? "";
    return events.map(dataOf).filter(Boolean);
  }
}

/** @param {string} event */
function dataOf(event) {
  const lines = event.split("\n").filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).replace(/^ /, "")).join("\n");
}

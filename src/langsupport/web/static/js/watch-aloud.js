/* For screen readers: whole captions as they become final, politely, in their own language. */

import { dressed } from "./captions-rows.js";

/** @typedef {import("./captions-state.js").Cue} Cue */

const KEPT = 4; // what has been read is of no more use

/** @param {Cue[]} cues */
export function readOut(cues) {
  const place = document.getElementById("aloud");
  if (!place) return;
  for (const cue of cues.slice(-KEPT)) {
    const text = document.createElement("p");
    Object.assign(text, dressed(cue.lang));
    text.textContent = cue.stable;
    place.append(text);
  }
  while (place.childElementCount > KEPT) place.firstElementChild?.remove();
}

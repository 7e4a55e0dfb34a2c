/* Preact with htm: markup in template strings, no build step. */

import { h } from "../vendor/preact.mjs";
import htm from "../vendor/htm.mjs";

export const html = htm.bind(h);

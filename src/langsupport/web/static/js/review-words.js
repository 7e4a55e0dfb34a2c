/* What the editor of reviews calls things, in the reader's language. */

import { locale, t } from "./strings.js";

/** @typedef {import("./review-text.js").Code} Code */

/** @param {Code} code */
export function codeName(code) {
  const what =
    { format: t("Formatting"), link: t("Link"), note: t("Note"), field: t("Field"), break: t("Line break"), tab: t("Tab"), image: t("Image"), code: t("Code") }[code.role] ?? t("Code");
  if (code.kind === "open") return t("{what} {number} begins", { what, number: code.id + 1 });
  if (code.kind === "close") return t("{what} {number} ends", { what, number: code.id + 1 });
  return t("{what} {number}", { what, number: code.id + 1 });
}

/** @param {string} origin @param {number | null} match */
export function originName(origin, match) {
  if (origin === "human") return t("Written by people");
  if (origin === "context-match") return t("Memory, same place");
  if (origin === "exact-match") return t("Memory");
  if (origin === "source") return t("Nothing to translate");
  return match ? t("Machine; the memory has {score} %", { score: match }) : t("Machine");
}

/** How sure the machine is. @param {"sure" | "fair" | "doubtful"} level @param {number} confidence 0 to 1 */
export function confidenceName(level, confidence) {
  const chance = percent(confidence);
  if (level === "sure") return t("The machine is sure: {chance}", { chance });
  if (level === "doubtful") return t("The machine is in doubt: {chance}", { chance });
  return t("The machine is fairly sure: {chance}", { chance });
}

/** @param {string} state */
export function stateName(state) {
  return { initial: t("To be done"), translated: t("Translated"), reviewed: t("Revised"), final: t("Approved") }[state] ?? state;
}

/** @param {string} act */
export function actName(act) {
  return (
    {
      confirm: t("Translated"),
      propagate: t("Taken over from a repetition"),
      revise: t("Revised"),
      "send-back": t("Sent back"),
      reopen: t("Opened again"),
      dismiss: t("Let a finding pass"),
      comment: t("Comment"),
      split: t("Split"),
      join: t("Joined with the next one"),
    }[act] ?? act
  );
}

/** @param {string} moment */
export function when(moment) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(moment));
}

/** What people call a segment: 12, and 12.2 for the second part of what was cut as 12. @param {{place: number, part: number}} segment */
export function segmentName({ place, part }) {
  return part ? `${count(place)}.${count(part + 1)}` : count(place);
}

/** @param {number} share 0 to 1 */
export function percent(share) {
  return new Intl.NumberFormat(locale(), { style: "percent" }).format(share);
}

/** @param {number} value */
export function count(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

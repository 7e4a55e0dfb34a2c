/* Strings in the reader's language: the page brings the ones that scripts show (pages/strings.py). */

/** @type {Record<string, string> | null} */
let known = null;

/** @returns {Record<string, string>} */
function messages() {
  known ??= JSON.parse(document.getElementById("strings")?.textContent ?? "{}");
  return /** @type {Record<string, string>} */ (known);
}

/**
 * The text in the reader's language, its {fields} filled in.
 *
 * @param {string} text
 * @param {Record<string, string | number>} [fields]
 * @returns {string}
 */
export function t(text, fields = {}) {
  return fill(messages()[text] ?? text, fields);
}

/**
 * @param {string} template
 * @param {Record<string, string | number>} fields
 * @returns {string}
 */
export function fill(template, fields) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? String(fields[name]) : whole));
}

/** The page's language for Intl, with the digits that the pages use.
 * @returns {string} */
export function locale() {
  return `${document.documentElement.lang || "en"}-u-nu-latn`;
}

/**
 * A language's name in the reader's language.
 *
 * @param {string} code
 * @returns {string}
 */
export function languageName(code) {
  return messages()[`language:${code}`] ?? code;
}

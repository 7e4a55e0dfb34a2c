/* How somebody likes to read: kept in one cookie, so that the server's first paint has it too. */

/** @typedef {{track: string, second: string, size: number, look: string, font: string, spaced: boolean, aloud: boolean, awake: boolean}} Settings */

export const SIZES = 8; // steps, in the style sheet
export const USUAL_SIZE = 2;
export const LOOKS = ["auto", "light", "dark", "contrast"];
export const FONTS = ["device", "noto"];
const COOKIE = "langsupport_watch";
const YEAR_SECONDS = 365 * 24 * 3600;

/** @returns {Settings} */
export function usualSettings() {
  return { track: "", second: "", size: USUAL_SIZE, look: "auto", font: "device", spaced: false, aloud: true, awake: true };
}

/**
 * Settings from the cookie header of a page; what is not understood is as usual.
 *
 * @param {string} cookies as document.cookie has them
 * @returns {Settings}
 */
export function settingsIn(cookies) {
  const usual = usualSettings();
  const own = cookies.split("; ").find((cookie) => cookie.startsWith(`${COOKIE}=`));
  const kept = new URLSearchParams(own?.slice(COOKIE.length + 1) ?? "");
  const size = Number(kept.get("size") ?? usual.size);
  return {
    track: kept.get("track") ?? "",
    second: kept.get("second") ?? "",
    size: Number.isInteger(size) && size >= 0 && size < SIZES ? size : usual.size,
    look: LOOKS.find((look) => look === kept.get("look")) ?? usual.look,
    font: FONTS.find((font) => font === kept.get("font")) ?? usual.font,
    spaced: kept.get("spaced") === "1",
    aloud: kept.get("aloud") !== "0",
    awake: kept.get("awake") !== "0",
  };
}

/** @param {Settings} settings */
export function cookieOf({ track, second, size, look, font, spaced, aloud, awake }) {
  const kept = new URLSearchParams({ track, second, size: String(size), look, font });
  for (const [name, on] of Object.entries({ spaced, aloud, awake })) kept.set(name, on ? "1" : "0");
  return `${COOKIE}=${kept}`;
}

/** @param {Settings} settings */
export function keep(settings) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${cookieOf(settings)}; path=/live; max-age=${YEAR_SECONDS}; samesite=lax${secure}`;
}

/** Dress the page. @param {Settings} settings */
export function apply({ size, look, font, spaced }) {
  const { dataset } = document.documentElement;
  dataset.theme = look === "contrast" ? "dark" : look;
  dataset.look = look;
  dataset.size = String(size);
  dataset.font = font;
  dataset.spaced = spaced ? "yes" : "no";
  if (font === "noto") loadNoto();
}

/** Fonts are fetched only for those who choose them. */
function loadNoto() {
  const address = document.documentElement.dataset.fonts;
  if (!address || document.querySelector(`link[href="${address}"]`)) return;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  document.head.append(link);
}

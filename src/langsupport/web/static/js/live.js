/* A part of the page that follows the work on the server. The server renders it; here it is only fetched again. */

const PAUSE_MS = 600;
const POLL_MS = 2000;
const LEAVE_MS = 5000;
const FOCUSABLE = "a[href], button, summary, input, select, textarea";

/** Keeps one region up to date until the work in it is finished. */
export class Live {
  /** @param {HTMLElement} region */
  constructor(region) {
    this.region = region;
    this.busy = region.dataset.busy === "yes";
    this.timer = 0;
    this.asking = false;
    this.again = false;
    this.leaving = new AbortController();
    /** @type {EventSource | null} */
    this.source = null;
  }

  start() {
    if (!this.busy) return;
    // A form leads to another page; news that come while it is on its way (it is deleted!) must not call it back.
    document.addEventListener("submit", () => this.leave());
    const { events, event } = this.region.dataset;
    if (events && event) this.listen(events, event);
    else this.schedule(POLL_MS);
  }

  /** @param {string} address @param {string} name */
  listen(address, name) {
    const source = new EventSource(address);
    this.source = source;
    source.addEventListener(name, () => this.schedule(PAUSE_MS));
    source.addEventListener("end", () => {
      source.close();
      this.schedule(0);
    });
    source.addEventListener("gone", () => location.reload());
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) this.schedule(POLL_MS);
    });
  }

  /** Ask for nothing any more, unless the reader is still here after a while. */
  leave() {
    this.source?.close();
    this.leaving.abort();
    window.setTimeout(() => {
      this.leaving = new AbortController();
      if (this.busy) this.schedule(0);
    }, LEAVE_MS);
  }

  /** Ask again after a pause; calls in between are one. @param {number} pause_ms */
  schedule(pause_ms) {
    if (this.timer) return;
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      void this.refresh();
    }, pause_ms);
  }

  async refresh() {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    try {
      await this.fetch();
    } catch {
      // the server is away for the moment: ask again below
    }
    this.asking = false;
    const following = this.source !== null && this.source.readyState !== EventSource.CLOSED;
    if (this.again) {
      this.again = false;
      this.schedule(PAUSE_MS);
    } else if (this.busy && !following) {
      this.schedule(POLL_MS);
    }
  }

  async fetch() {
    const address = this.region.dataset.part ?? location.pathname;
    const { signal } = this.leaving;
    const answer = await fetch(`${address}${address.includes("?") ? "&" : "?"}part=1`, { headers: { Accept: "text/html" }, signal });
    if (!answer.ok) return;
    this.busy = answer.headers.get("Langsupport-Busy") === "yes";
    this.region.dataset.busy = this.busy ? "yes" : "no";
    replace(this.region, await answer.text());
    this.region.dispatchEvent(new CustomEvent("changed"));
  }
}

/**
 * Put new content in place and keep the reader where she is: focus and open panels stay.
 *
 * @param {HTMLElement} region holds elements with data-live="name"
 * @param {string} content holds their new versions
 */
export function replace(region, content) {
  const fresh = new DOMParser().parseFromString(content, "text/html");
  const before = [...region.querySelectorAll(FOCUSABLE)];
  const focused = before.indexOf(/** @type {Element} */ (document.activeElement));
  const key = focused < 0 ? null : keyOf(/** @type {Element} */ (before[focused]));
  for (const part of fresh.querySelectorAll("[data-live]")) {
    const name = part.getAttribute("data-live") ?? "";
    const place = region.querySelector(`[data-live="${name}"]`);
    if (!place || place.querySelector("details[open]")) continue;
    place.replaceChildren(...part.childNodes);
  }
  if (focused < 0 || document.activeElement === before[focused]) return;
  const after = [...region.querySelectorAll(FOCUSABLE)];
  const found = after.find((element) => keyOf(element) === key) ?? after[Math.min(focused, after.length - 1)];
  if (found instanceof HTMLElement) found.focus({ preventScroll: true });
}

/** @param {Element} element */
function keyOf(element) {
  return `${element.tagName} ${element.getAttribute("href") ?? element.textContent?.trim() ?? ""}`;
}

const region = document.getElementById("live");
export const live = region ? new Live(region) : null;
live?.start();

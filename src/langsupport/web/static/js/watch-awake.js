/* The screen stays on while somebody reads. */

export class Awake {
  constructor() {
    this.wanted = false;
    /** @type {WakeLockSentinel | null} */
    this.lock = null;
    document.addEventListener("visibilitychange", () => void this.hold());
  }

  /** Whether this browser can, here. */
  static get possible() {
    return "wakeLock" in navigator;
  }

  /** @param {boolean} wanted */
  want(wanted) {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    if (wanted) void this.hold();
    else void this.lock?.release();
  }

  /** A browser takes the lock back when the page is hidden; asked again when it is shown. */
  async hold() {
    if (!Awake.possible || !this.wanted || document.visibilityState !== "visible") return;
    if (this.lock && !this.lock.released) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
      if (!this.wanted) await this.lock.release();
    } catch {
      // the battery is low, or the browser doesn't want to: nothing to do about it
    }
  }
}

/* What changes in a review while it is open: told by the server, asked again after the connection was lost. */

/** @typedef {{seq: number, numbers: number[], writers: Record<string, string>}} Changes */

export class ReviewFeed {
  /** @param {{base: string, onChanges: (changes: Changes) => void, onState: (online: boolean) => void}} options */
  constructor(options) {
    this.options = options;
    /** @type {EventSource | null} */
    this.source = null;
  }

  start() {
    this.source = new EventSource(`${this.options.base}/events`);
    this.source.addEventListener("open", () => this.options.onState(true));
    this.source.addEventListener("error", () => this.options.onState(false));
    this.source.addEventListener("changes", (event) => this.options.onChanges(JSON.parse(/** @type {MessageEvent} */ (event).data)));
    this.source.addEventListener("gone", () => this.source?.close());
    window.addEventListener("offline", () => this.options.onState(false));
    window.addEventListener("online", () => this.again());
  }

  /** Browsers give up on an event stream that was refused once. */
  again() {
    if (this.source?.readyState !== EventSource.CLOSED) return;
    this.source = null;
    this.start();
  }
}

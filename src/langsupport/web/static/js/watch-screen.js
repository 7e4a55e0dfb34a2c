/* Captions for a room's screen and for broadcasts: some large lines that roll up. The projector listens to keys and shows its
   controls while the mouse moves; the overlay is nothing but text on a transparent ground. */

import { CaptionsClient } from "./captions-client.js";
import { linesOf } from "./captions-rows.js";
import { emptyState } from "./captions-state.js";
import { html } from "./markup.js";
import { t } from "./strings.js";
import { Awake } from "./watch-awake.js";
import { reasonOf } from "./watch-notes.js";
import { captionText } from "./watch-parts.js";
import { ScreenControls } from "./watch-screen-controls.js";
import { PLACES, outline, queryOf, scaled, screenOptions } from "./watch-screen-options.js";
import { Component, render } from "../vendor/preact.mjs";

/** @typedef {import("./captions-client.js").ConnectionState} ConnectionState */
/** @typedef {import("./captions-state.js").CaptionsState} CaptionsState */
/** @typedef {import("./watch-screen-options.js").ScreenOptions} ScreenOptions */
/**
 * @typedef {{
 *   captions: CaptionsState, connection: ConnectionState, options: ScreenOptions, idle: boolean, silent: boolean, long: boolean
 * }} State
 */

const CAPTIONS = 8; // more than fit on any screen
const IDLE_MS = 2500;
const LONG_LOSS_MS = 5000; // shorter ones are not for a whole room to know
const QR_CODE = document.getElementById("code"); // there where the page was opened by the public link

class Screen extends Component {
  /** @param {{page: DOMStringMap, view: "projector" | "overlay"}} props */
  constructor(props) {
    super(props);
    const { page, view } = props;
    const chosen = { track: page.track ?? "floor", second: page.second ?? "" };
    /** @type {State} */
    this.state = {
      captions: emptyState(),
      connection: { phase: "connecting", since_ms: Date.now() },
      options: screenOptions(location.search, view, chosen),
      idle: true,
      silent: false,
      long: false,
    };
    this.awake = new Awake();
    this.tracks = (page.tracks ?? "").split(" ");
    this.client = new CaptionsClient({
      session: page.session ?? "",
      access: new URLSearchParams(location.search).get("access") ?? undefined,
      tracks: this.wanted(this.state.options),
      onChange: (captions) => this.take(captions),
      onState: (connection) => this.connected(connection),
    }).start();
  }

  /** @param {ScreenOptions} options */
  wanted({ track, second }) {
    return second ? [track, second] : [track];
  }

  componentDidMount() {
    this.awake.want(true);
    this.showCode();
    if (this.props.view !== "projector") return;
    addEventListener("keydown", (event) => this.press(event));
    for (const name of ["pointermove", "pointerdown", "focusin"]) addEventListener(name, () => this.stir());
  }

  componentDidUpdate() {
    this.showCode();
  }

  /** The QR code, which the server put beside: in the corner where no captions are. */
  showCode() {
    const { code, place } = this.state.options;
    QR_CODE?.toggleAttribute("hidden", !code);
    QR_CODE?.classList.toggle("below", place === "top");
  }

  /** @param {CaptionsState} captions */
  take(captions) {
    this.setState({ captions, silent: false });
    const { clear_s } = this.state.options;
    clearTimeout(this.clearing);
    if (clear_s) this.clearing = setTimeout(() => this.setState({ silent: true }), clear_s * 1000);
  }

  /** @param {ConnectionState} connection */
  connected(connection) {
    clearTimeout(this.losing);
    if (connection.phase === "offline") this.losing = setTimeout(() => this.setState({ long: true }), LONG_LOSS_MS);
    this.setState({ connection, long: connection.phase === "closed" });
  }

  stir() {
    clearTimeout(this.idling);
    this.idling = setTimeout(() => this.setState({ idle: true }), IDLE_MS);
    if (this.state.idle) this.setState({ idle: false });
  }

  /** @param {Partial<ScreenOptions>} change */
  set(change) {
    const options = { ...this.state.options, ...change };
    if (options.second === options.track) options.second = "";
    this.setState({ options });
    this.client.setTracks(this.wanted(options));
    history.replaceState(null, "", queryOf(location.search, options));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLSelectElement) return;
    const { options } = this.state;
    const digit = /^(?:Digit|Numpad)([0-7])$/.exec(event.code)?.[1];
    if (digit !== undefined) return this.chooseByNumber(Number(digit), event.shiftKey);
    const place = PLACES.indexOf(options.place);
    const acts = /** @type {Record<string, () => void>} */ ({
      "+": () => this.set({ size: scaled(options.size, 1.1) }),
      "-": () => this.set({ size: scaled(options.size, 1 / 1.1) }),
      ArrowUp: () => this.set({ place: PLACES[Math.max(0, place - 1)] ?? "top" }),
      ArrowDown: () => this.set({ place: PLACES[Math.min(2, place + 1)] ?? "bottom" }),
      PageUp: () => this.set({ lines: Math.min(8, options.lines + 1) }),
      PageDown: () => this.set({ lines: Math.max(1, options.lines - 1) }),
      f: () => void fullScreen(),
      q: () => this.set({ code: !options.code }),
    });
    const act = acts[event.key === "=" ? "+" : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** 1 to 7 choose the language, with Shift the second one, 0 takes the second away. @param {number} number @param {boolean} second */
  chooseByNumber(number, second) {
    const track = this.tracks[number - 1];
    if (number === 0) this.set({ second: "" });
    else if (track) this.set(second ? { second: track } : { track });
  }

  render() {
    const { options, silent, idle, captions } = /** @type {State} */ (this.state);
    const { view } = this.props;
    const style = {
      "--size": options.size,
      "--lines": String(options.lines),
      "--color": options.color,
      "--outline": outline(options.outline_px),
      "--ground": options.background || "transparent",
    };
    return html`<main class=${`screen at-${options.place} align-${options.align}${idle ? " idle" : ""}`} style=${style} aria-label=${t("Captions")}>
        ${view === "projector" && html`<h1 class="unseen">${captions.session?.title ?? this.props.page.title}</h1>`}
        ${this.wanted(options).map((track) => html`<div class="band" key=${track} lang=${track === "floor" ? null : track}>
          <div class="lines">${silent ? null : linesOf(captions, track, CAPTIONS).slice(-CAPTIONS).map((line) => html`<div key=${line.id}>${captionText(line)}</div>`)}</div>
        </div>`)}
        ${view === "projector" && this.note()}
      </main>
      ${view === "projector" && html`<header><${ScreenControls} options=${options} tracks=${this.tracks} hidden=${idle} coded=${QR_CODE !== null}
        set=${(/** @type {Partial<ScreenOptions>} */ change) => this.set(change)} fullScreen=${() => void fullScreen()} /></header>`}`;
  }

  note() {
    const { captions, connection, long } = this.state;
    const { session } = captions;
    if (connection.phase === "closed") return html`<p class="screen-note" role="status">${reasonOf(connection)}</p>`;
    if (long) return html`<p class="screen-note" role="status">${t("The connection is lost. It is being tried again; nothing will be missing.")}</p>`;
    if (session?.off_record) return html`<p class="screen-note" role="status">${t("Off the record")}</p>`;
    if (session?.state === "paused") return html`<p class="screen-note" role="status">${t("Paused")}</p>`;
    if (session?.state === "ended") return html`<p class="screen-note" role="status">${t("The meeting has ended.")}</p>`;
    return null;
  }
}

async function fullScreen() {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch {
    // the browser doesn't let this page: the window stays as it is
  }
}

const place = document.getElementById("screen");
if (place) {
  const view = place.dataset.view === "overlay" ? "overlay" : "projector";
  render(html`<${Screen} page=${place.dataset} view=${view} />`, place);
}

/* The page for readers of a meeting, on a phone or inside another page: captions of one language or two, following the
   live edge or read back. */

import { CaptionsClient } from "./captions-client.js";
import { makingOf, newlyFinal, rowsOf } from "./captions-rows.js";
import { emptyState, reduce, trackOf } from "./captions-state.js";
import { html } from "./markup.js";
import { t } from "./strings.js";
import { Awake } from "./watch-awake.js";
import { readOut } from "./watch-aloud.js";
import { ConnectionNote, MakingNote, SessionNote, TrackChoice } from "./watch-notes.js";
import { captionText, iconNamed, markLine, trackName } from "./watch-parts.js";
import { LiveEdge } from "./watch-scroll.js";
import { SettingsPanel } from "./watch-panel.js";
import { apply, keep, settingsIn } from "./watch-settings.js";
import { Component, render } from "../vendor/preact.mjs";

/** @typedef {import("./captions-client.js").ConnectionState} ConnectionState */
/** @typedef {import("./captions-rows.js").Row} Row */
/** @typedef {import("./captions-state.js").CaptionsState} CaptionsState */
/** @typedef {import("./watch-settings.js").Settings} Settings */
/**
 * @typedef {{
 *   captions: CaptionsState, connection: ConnectionState, settings: Settings, atEdge: boolean, limit: number,
 *   loading: "no" | "yes" | "failed", open: boolean, left_seq: string
 * }} State
 */

const SHOWN = 120; // captions on the page at the live edge; a phone lays out no more than it must
const STEP = 100; // more at a time for who scrolls back

class Watch extends Component {
  /** @param {{page: DOMStringMap, place: HTMLElement, settings: Settings, painted: CaptionsState}} props */
  constructor(props) {
    super(props);
    const { page, settings } = props;
    this.drafts = new Set((page.drafts ?? "").split(" "));
    this.awake = new Awake();
    this.allowed = (page.tracks ?? "").split(" ");
    /** @type {CaptionsState | null} */
    this.arrived = null;
    /** @type {State} */
    this.state = {
      captions: props.painted,
      connection: { phase: "connecting", since_ms: Date.now() },
      settings,
      atEdge: true,
      limit: SHOWN,
      loading: "no",
      open: false,
      left_seq: "",
    };
    this.edge = new LiveEdge({
      rows: () => [...props.place.querySelectorAll("[data-key]")],
      moved: (atEdge) => this.move(atEdge),
      nearTop: () => void this.earlier(),
    });
    this.client = new CaptionsClient({
      session: page.session ?? "",
      access: new URLSearchParams(location.search).get("access") ?? undefined,
      tracks: this.tracksOf(settings),
      painted: props.painted,
      onChange: (captions) => this.take(captions),
      onState: (connection) => this.setState({ connection }),
    }).start();
  }

  /** @param {Settings} settings */
  tracksOf({ track, second }) {
    return second ? [track, second] : [track];
  }

  /** Many messages, one picture. @param {CaptionsState} captions */
  take(captions) {
    if (!this.arrived) requestAnimationFrame(() => this.show());
    this.arrived = captions;
  }

  show() {
    const captions = this.arrived;
    this.arrived = null;
    if (!captions) return;
    const { settings } = this.state;
    if (settings.aloud) readOut(newlyFinal(this.state.captions, captions, settings.track));
    this.setState({ captions });
  }

  /** @param {boolean} atEdge */
  move(atEdge) {
    this.client.holding = !atEdge;
    const last = trackOf(this.state.captions, this.state.settings.track).cues.at(-1);
    this.setState(atEdge ? { atEdge, limit: SHOWN } : { atEdge, left_seq: last?.id ?? "" });
  }

  async earlier() {
    const { loading, limit, settings, captions } = this.state;
    if (loading === "yes") return;
    const track = trackOf(captions, settings.track);
    if (limit < track.cues.length) this.setState({ limit: limit + STEP });
    if (limit + STEP < track.cues.length || !track.more) return;
    this.setState({ loading: "yes" });
    try {
      await Promise.all(this.tracksOf(settings).map((key) => this.client.loadEarlier(key)));
      this.show(); // at once: as long as they don't stand there the reader is near the top, and more would be fetched
      this.setState((/** @type {State} */ state) => ({ loading: "no", limit: state.limit + STEP }));
    } catch {
      this.setState({ loading: "failed" });
    }
  }

  /** @param {Partial<Settings>} change */
  set(change) {
    const settings = { ...this.state.settings, ...change };
    if (settings.second === settings.track) settings.second = "";
    apply(settings);
    keep(settings);
    this.client.setTracks(this.tracksOf(settings));
    this.setState({ settings, limit: SHOWN });
    const address = new URL(location.href);
    address.searchParams.set("track", settings.track);
    if (settings.second) address.searchParams.set("second", settings.second);
    else address.searchParams.delete("second");
    history.replaceState(null, "", address);
    if (change.track && change.track !== this.state.settings.track) this.edge.follow(false);
  }

  componentDidMount() {
    this.componentDidUpdate(null, null, null);
    addEventListener("keydown", (event) => event.key === "Escape" && this.state.open && this.close());
  }

  getSnapshotBeforeUpdate() {
    return this.edge.hold();
  }

  /** @param {unknown} _ @param {unknown} __ @param {{key: string, top_px: number} | null} held */
  componentDidUpdate(_, __, held) {
    this.edge.settle(held);
    const { session } = this.state.captions;
    this.awake.want(this.state.settings.awake && session?.state === "live");
  }

  close() {
    this.setState({ open: false });
    document.getElementById("settings-button")?.focus();
  }

  /** How many captions came since the reader left the live edge. */
  fresh() {
    const { captions, settings, left_seq } = this.state;
    const { cues } = trackOf(captions, settings.track);
    const at = cues.findIndex((cue) => cue.id === left_seq);
    return at < 0 ? 0 : cues.length - 1 - at;
  }

  render() {
    const { captions, connection, settings, open, atEdge } = /** @type {State} */ (this.state);
    const { page } = this.props;
    return html`<header class="watch-head">
        <div class="titles">
          <h1 title=${captions.session?.title ?? page.title}><bdi>${captions.session?.title ?? page.title}</bdi></h1>
          <${SessionNote} session=${captions.session} state=${page.state} />
          <button type="button" id="settings-button" class="tool" aria-expanded=${String(open)} aria-controls="settings" aria-label=${t("Display")}
            onClick=${() => this.setState({ open: !open })}>${iconNamed("settings")}<span class="label">${t("Display")}</span></button>
        </div>
        <${TrackChoice} tracks=${this.allowed} chosen=${settings.track} choose=${(/** @type {string} */ track) => this.set({ track })} />
        <${MakingNote} makings=${this.tracksOf(settings).map((track) => makingOf(captions, track, this.drafts, page.spoken))} />
        <${ConnectionNote} connection=${connection} replay=${page.replay} session=${captions.session} />
        ${open && html`<${SettingsPanel} settings=${settings} tracks=${this.allowed} page=${page} live
          set=${(/** @type {Partial<Settings>} */ change) => this.set(change)} close=${() => this.close()} />`}
      </header>
      <main class="stream" id="captions" aria-label=${t("Captions")}>
        ${this.beginning()}
        ${this.rows()}
        ${this.nothingYet()}
      </main>
      ${!atEdge && html`<div class="to-live"><button type="button" class="button main" onClick=${() => this.edge.follow(true)}>
        <span aria-hidden="true">↓</span> ${t("Back to live")}${this.count()}</button></div>`}`;
  }

  count() {
    const fresh = this.fresh();
    if (!fresh) return null;
    return html`<span class="count"><span class="unseen">${t("New captions: {count}", { count: fresh })}</span><span aria-hidden="true">${fresh}</span></span>`;
  }

  beginning() {
    const { captions, settings, limit, loading } = this.state;
    const track = trackOf(captions, settings.track);
    if (limit >= track.cues.length && !track.more) return null;
    if (loading === "yes") return html`<p class="beginning note">${t("Loading earlier captions")}…</p>`;
    return html`<p class="beginning">${loading === "failed" && html`<span class="note">${t("They could not be loaded.")} </span>`}
      <button type="button" class="button small" onClick=${() => void this.earlier()}>${t("Earlier captions")}</button></p>`;
  }

  rows() {
    const { captions, settings, limit } = this.state;
    const rows = rowsOf(captions, settings.track, settings.second, limit);
    const look = settings.second ? "pair" : "single";
    return html`<div class=${`rows ${look}`}>${rows.map((row) => this.row(row, settings.second))}</div>`;
  }

  /** @param {Row} row @param {string} second */
  row(row, second) {
    if (row.kind !== "cue") return html`<div class="row" key=${row.key} data-key=${row.key}>${markLine(row)}</div>`;
    return html`<div class="row cue-row" key=${row.key} data-key=${row.key}>
      <div class="first">${row.first && captionText(row.first)}</div>
      ${second && html`<div class="second">${row.second.map((line) => captionText(line))}</div>`}
    </div>`;
  }

  nothingYet() {
    const { captions, settings } = this.state;
    const { cues, tails, more } = trackOf(captions, settings.track);
    if (cues.length || tails.length || more) return null;
    if (!captions.synced.includes(settings.track)) return html`<p class="empty note">${t("Loading captions")}…</p>`;
    const { state } = captions.session ?? {};
    if (state === "ended") return html`<p class="empty note">${t("There are no captions in this language.")}</p>`;
    return html`<p class="empty note">${t("Captions in this language appear here as soon as somebody speaks.")} <span class="unseen">${trackName(settings.track)}</span></p>`;
  }
}

/** What the server painted: it stays until the connection brings what is newer. @param {HTMLElement} place */
function painted(place) {
  const cues = [...place.querySelectorAll("[data-id]")].map((element) => {
    const { id, track, code, rev, state, t0, t1 } = /** @type {HTMLElement} */ (element).dataset;
    const stable = element.firstChild?.textContent ?? "";
    return { type: "cue", id, track, lang: code, rev: Number(rev), state, t0_ms: Number(t0), t1_ms: Number(t1), stable };
  });
  return cues.reduce(reduce, emptyState());
}

function mount() {
  const place = document.getElementById("watch");
  if (!place) return;
  const page = place.dataset;
  const { look = "auto" } = document.documentElement.dataset; // the address may ask for another than is kept
  const settings = { ...settingsIn(document.cookie), look, track: page.track ?? "floor", second: page.second ?? "" };
  apply(settings);
  const before = painted(place);
  place.replaceChildren();
  render(html`<${Watch} page=${page} place=${place} settings=${settings} painted=${before} />`, place);
}

mount();

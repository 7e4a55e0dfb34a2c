/* A meeting read and heard again: sound with the text of any language in step, word by word where it was heard; also
   while the meeting still runs. */

import { CaptionsClient } from "./captions-client.js";
import { rowsOf } from "./captions-rows.js";
import { emptyState, trackOf } from "./captions-state.js";
import { lastStarted } from "./cues.js";
import { html } from "./markup.js";
import { followPass } from "./replay-pass.js";
import { ReplayRow } from "./replay-row.js";
import { WordTimes } from "./replay-words.js";
import { findIn, timeOf, wordAt } from "./replay-text.js";
import { languageName, t } from "./strings.js";
import { TrackChoice } from "./watch-notes.js";
import { iconNamed } from "./watch-parts.js";
import { SettingsPanel } from "./watch-panel.js";
import { apply, keep, settingsIn } from "./watch-settings.js";
import { Component, render } from "../vendor/preact.mjs";

/** @typedef {import("./captions-rows.js").Row} Row */
/** @typedef {import("./captions-state.js").CaptionsState} CaptionsState */
/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./replay-text.js").Place} Place */
/** @typedef {import("./watch-settings.js").Settings} Settings */
/**
 * @typedef {{
 *   captions: CaptionsState, track: string, current: string, word: number, places: readonly Place[], search: string, hit: number,
 *   follow: boolean, loading: boolean, settings: Settings, open: boolean
 * }} State
 */

const ALL = 12_000; // captions on the page: more than a day of talk
const QUIET_MS = 250; // after the last letter of a search

class Replay extends Component {
  /** @param {{page: DOMStringMap, place: HTMLElement, media: HTMLMediaElement | null}} props */
  constructor(props) {
    super(props);
    const { page, media } = props;
    this.media = media;
    this.access = new URLSearchParams(location.search).get("access") ?? undefined;
    this.tracks = (page.tracks ?? "").split(" ");
    this.words = new WordTimes(page.session ?? "", this.access);
    /** @type {readonly Cue[]} */
    this.indexed = [];
    /** @type {Map<string, Cue>} */
    this.byId = new Map();
    /** @type {State} */
    this.state = {
      captions: emptyState(),
      track: page.track ?? "floor",
      current: "",
      word: -1,
      places: [],
      search: "",
      hit: -1,
      follow: true,
      loading: true,
      settings: settingsIn(document.cookie),
      open: false,
    };
    apply(this.state.settings);
    this.client = new CaptionsClient({
      session: page.session ?? "",
      access: this.access,
      tracks: [this.state.track],
      tails: false,
      onSnapshot: () => void this.loadAll(),
      onChange: (captions) => this.take(captions),
    });
    this.client.holding = true;
    this.client.start();
  }

  /** @param {CaptionsState} captions */
  take(captions) {
    if (!this.arrived) setTimeout(() => this.show(), 50);
    this.arrived = captions;
  }

  show() {
    const captions = this.arrived;
    this.arrived = undefined;
    if (captions) this.setState({ captions }, () => this.step());
  }

  async loadAll() {
    const { track } = this.state;
    this.setState({ loading: true });
    try {
      while (trackOf(this.client.captions, track).more && track === this.state.track) await this.client.loadEarlier(track, 500);
    } catch {
      // what could not be loaded is asked for again with the next snapshot
    }
    if (track === this.state.track) this.setState({ loading: false });
  }

  componentDidMount() {
    const { media, props } = this;
    if (media) for (const name of ["timeupdate", "seeking", "play"]) media.addEventListener(name, () => this.run());
    addEventListener("keydown", (event) => event.key === "Escape" && this.state.open && this.close());
    for (const name of ["wheel", "touchmove"]) addEventListener(name, () => this.state.follow && this.setState({ follow: false }), { passive: true });
    props.place.closest(".replay")?.addEventListener("click", (/** @type {any} */ event) => this.chapter(event));
  }

  /** While it plays every picture is looked at: words are short. */
  run() {
    this.step();
    if (this.running || !this.media || this.media.paused) return;
    this.running = true;
    const next = () => {
      this.step();
      this.running = Boolean(this.media && !this.media.paused);
      if (this.running) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  }

  /** What is said now. */
  step() {
    if (!this.media || (!this.media.currentTime && this.media.paused)) return;
    const time_ms = this.media.currentTime * 1000;
    const { captions, track, current, word } = this.state;
    const { cues } = trackOf(captions, track);
    const cue = cues[lastStarted(cues.map(({ t0_ms }) => ({ id: "", start_ms: t0_ms, end_ms: 0, text: "" })), time_ms)];
    if (cue?.id !== current) return this.moveTo(cue);
    const now = wordAt(this.state.places, time_ms);
    if (now !== word) this.setState({ word: now });
  }

  /** @param {Cue | undefined} cue */
  moveTo(cue) {
    this.setState({ current: cue?.id ?? "", places: [], word: -1 }, () => this.state.follow && this.showRow(this.state.current));
    if (!cue) return;
    void this.words.of(cue).then((places) => this.state.current === cue.id && this.setState({ places }));
  }

  /** @param {string} id */
  showRow(id) {
    const row = this.props.place.querySelector(`[data-key="${CSS.escape(id)}"]`);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    row?.scrollIntoView({ block: "center", behavior: calm ? "instant" : "smooth" });
  }

  /** A click on a word: hear it. @param {Cue} cue @param {number} offset of the character */
  async hear(cue, offset) {
    const places = await this.words.of(cue);
    this.seek(timeOf(cue, places, cue.origin === "translated" && !places.length ? 0 : offset));
  }

  /** @param {number} time_ms */
  seek(time_ms) {
    if (!this.media) return;
    this.setState({ follow: true });
    this.media.currentTime = time_ms / 1000;
    void this.media.play().catch(() => undefined);
  }

  /** @param {MouseEvent} event */
  chapter(event) {
    const link = event.target instanceof Element ? event.target.closest("a[data-at]") : null;
    if (!(link instanceof HTMLElement)) return;
    event.preventDefault();
    this.seek(Number(link.dataset.at));
  }

  /** @param {string} track */
  choose(track) {
    this.setState({ track, current: "", places: [], word: -1, loading: true });
    this.client.setTracks([track]);
    const address = new URL(location.href);
    address.searchParams.set("track", track);
    history.replaceState(null, "", address);
    for (const link of document.querySelectorAll("a[data-format]")) {
      if (link instanceof HTMLAnchorElement) link.href = link.href.replace(/\/transcripts\/\w+\./, `/transcripts/${track}.`);
    }
    for (const field of document.querySelectorAll('input[name="track"]')) if (field instanceof HTMLInputElement) field.value = track;
    this.setSound(track);
  }

  /** The interpreter's sound for the interpretation, the floor's for all else. @param {string} track */
  setSound(track) {
    const { media } = this;
    const channels = (this.props.page.sounds ?? "").split(" ");
    const channel = channels.includes(track) ? track : "floor";
    if (!media || media.dataset.channel === channel) return;
    const { currentTime, paused } = media;
    media.dataset.channel = channel;
    media.src = media.src.replace(/\/audio\/\w+/, `/audio/${channel}`);
    media.addEventListener("loadedmetadata", () => {
      media.currentTime = currentTime;
      if (!paused) void media.play().catch(() => undefined);
    }, { once: true });
  }

  /** @param {Partial<Settings>} change */
  set(change) {
    const settings = { ...this.state.settings, ...change };
    apply(settings);
    keep(settings);
    this.setState({ settings });
  }

  close() {
    this.setState({ open: false });
    document.getElementById("settings-button")?.focus();
  }

  /** @param {string} text */
  look(text) {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.setState({ search: text, hit: -1 }, () => this.turn(1)), QUIET_MS);
  }

  /** To the next place of the search, or the one before. @param {number} step */
  turn(step) {
    const hits = this.hits();
    if (!hits.length) return;
    const hit = (this.state.hit + step + hits.length) % hits.length;
    this.setState({ hit, follow: false }, () => this.showRow(hits[hit] ?? ""));
  }

  /** The captions in which the search is found, by id. @returns {string[]} */
  hits() {
    const { captions, track, search } = this.state;
    if (search.trim().length < 1) return [];
    return trackOf(captions, track).cues.filter((cue) => findIn(cue.stable, search).length).map((cue) => cue.id);
  }

  render() {
    const { track, search, hit, follow, settings, open } = /** @type {State} */ (this.state);
    const hits = this.hits();
    return html`<div class="replay-bar">
        <${TrackChoice} tracks=${this.tracks} chosen=${track} choose=${(/** @type {string} */ chosen) => this.choose(chosen)} />
        <div class="row-of">
          <label class="searching"><span class="unseen">${t("Search in the text")}</span>
            <input type="search" placeholder=${t("Search in the text")} onInput=${(/** @type {any} */ event) => this.look(event.target.value)}
              onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Enter" && this.turn(event.shiftKey ? -1 : 1)} /></label>
          ${search && html`<span class="row-of" role="status"><span class="note">${t("{number} of {count}", { number: hits.length ? hit + 1 : 0, count: hits.length })}</span>
            <button type="button" class="tool" disabled=${!hits.length} onClick=${() => this.turn(-1)} aria-label=${t("The one before")}>↑</button>
            <button type="button" class="tool" disabled=${!hits.length} onClick=${() => this.turn(1)} aria-label=${t("The next one")}>↓</button></span>`}
          ${this.media && html`<label class="check"><input type="checkbox" checked=${follow} onChange=${(/** @type {any} */ event) => this.setState({ follow: event.target.checked })} /><span>${t("Follow the playback")}</span></label>`}
          <button type="button" id="settings-button" class="tool" aria-expanded=${String(open)} aria-controls="settings" aria-label=${t("Display")}
            onClick=${() => this.setState({ open: !open })}>${iconNamed("settings")}</button>
        </div>
        ${open && html`<${SettingsPanel} settings=${settings} tracks=${this.tracks} page=${{}} live=${false}
          set=${(/** @type {Partial<Settings>} */ change) => this.set(change)} close=${() => this.close()} />`}
      </div>
      ${this.text(hits[hit] ?? "")}`;
  }

  /** @param {string} hit */
  text(hit) {
    const { captions, track, current, places, word, search, loading } = this.state;
    const rows = rowsOf(captions, track, "", ALL);
    if (!rows.length) return html`<p class="empty note">${loading ? `${t("Loading captions")}…` : t("There are no captions in this language.")}</p>`;
    const name = track === "floor" ? t("Floor") : languageName(track);
    return html`<div class="replay-text" role="region" aria-label=${t("Captions in {language}", { language: name })}>
      ${loading && html`<p class="note">${t("Loading earlier captions")}…</p>`}
      ${rows.map((row) => {
        const now = row.key === current;
        return html`<${ReplayRow} key=${row.key} row=${row} cue=${row.kind === "cue" ? this.cueOf(row.key) : null} current=${now} places=${now ? places : null}
          word=${now ? word : -1} search=${search} hit=${row.key === hit} hear=${this.media ? this.hear.bind(this) : null} />`;
      })}
    </div>`;
  }

  /** @param {string} id */
  cueOf(id) {
    const { cues } = trackOf(this.state.captions, this.state.track);
    if (this.indexed !== cues) {
      this.indexed = cues;
      this.byId = new Map(cues.map((cue) => [cue.id, cue]));
    }
    return this.byId.get(id) ?? null;
  }
}

function mount() {
  const place = document.getElementById("replay");
  if (!place) return;
  const media = document.getElementById("media");
  const sound = media instanceof HTMLMediaElement ? media : null;
  followPass(place.dataset.session ?? "");
  place.replaceChildren();
  render(html`<${Replay} page=${place.dataset} place=${place} media=${sound} />`, place);
}

mount();

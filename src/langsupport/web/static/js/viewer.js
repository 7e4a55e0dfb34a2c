/* Captions beside the player: the current one is marked and kept in sight, a click goes there, two languages at once. */

import { beside, clock, cueAt, cuesOf, lastStarted } from "./cues.js";
import { html } from "./markup.js";
import { languageName, t } from "./strings.js";
import { Component, render } from "../vendor/preact.mjs";

/** @typedef {import("./cues.js").Cue} Cue */
/** @typedef {{first: string, second: string, ready: string[], cues: Record<string, Cue[]>, time_ms: number, follow: boolean}} State */

const RTL = new Set(["ar"]);
const TAGS = /** @type {Record<string, string>} */ ({ zh: "zh-CN" });

/** @param {string} code */
function dressed(code) {
  return { lang: TAGS[code] ?? code, dir: RTL.has(code) ? "rtl" : "ltr" };
}

/** @param {string} code */
function endonym(code) {
  const name = new Intl.DisplayNames([TAGS[code] ?? code], { type: "language" }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

class Viewer extends Component {
  /** @param {{place: HTMLElement, media: HTMLMediaElement | null, now: HTMLElement | null, made: (viewer: Viewer) => void}} props */
  constructor(props) {
    super(props);
    props.made(this);
    this.place = props.place;
    this.media = props.media;
    this.now = props.now;
    const { first = "", second = "", ready = "" } = props.place.dataset;
    /** @type {State} */
    this.state = { first, second, ready: ready.split(" ").filter(Boolean), cues: {}, time_ms: 0, follow: true };
  }

  componentDidMount() {
    void this.load(this.state.first);
    void this.load(this.state.second);
    if (!this.media) return;
    for (const name of ["timeupdate", "seeking", "play"]) this.media.addEventListener(name, () => this.tick());
  }

  /** @param {{first: string, second: string}} _ @param {State} before */
  componentDidUpdate(_, before) {
    const cues = this.state.cues[this.state.first] ?? [];
    if (this.state.follow && lastStarted(cues, before.time_ms) !== lastStarted(cues, this.state.time_ms)) this.scroll();
  }

  tick() {
    const time_ms = Math.round((this.media?.currentTime ?? 0) * 1000);
    const cues = this.state.cues[this.state.first] ?? [];
    const same = cueAt(cues, time_ms) === cueAt(cues, this.state.time_ms);
    if (!same || Math.abs(time_ms - this.state.time_ms) > 1000) this.setState({ time_ms });
  }

  scroll() {
    const list = this.place.querySelector(".cues");
    const current = this.place.querySelector(".cue.current");
    if (!list || !(current instanceof HTMLElement)) return;
    const lead = current.offsetTop - list.clientHeight / 3;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    list.scrollTo({ top: lead, behavior: calm ? "auto" : "smooth" });
  }

  /** @param {string} code */
  async load(code) {
    if (!code || this.state.cues[code]) return;
    const answer = await fetch(`/api/v1/recordings/${this.place.dataset.recording}/transcripts/${code}.json`);
    if (!answer.ok) return;
    const cues = cuesOf(await answer.json());
    this.setState((/** @type {State} */ state) => ({ cues: { ...state.cues, [code]: cues } }));
  }

  /** @param {"first" | "second"} which @param {string} code */
  choose(which, code) {
    const other = which === "first" ? this.state.second : this.state.first;
    if (which === "first") this.setState({ first: code, second: code === other ? "" : other });
    else this.setState({ second: code });
    void this.load(code);
    const shown = new URLSearchParams({ captions: which === "first" ? code : this.state.first });
    const second = which === "second" ? code : code === other ? "" : other;
    if (second) shown.set("beside", second);
    history.replaceState(null, "", `?${shown}`);
  }

  /** @param {Cue} cue */
  seek(cue) {
    if (!this.media) return;
    this.media.currentTime = cue.start_ms / 1000;
    this.setState({ time_ms: cue.start_ms, follow: true });
  }

  render() {
    const { first, second, cues, time_ms } = this.state;
    const own = cues[first];
    if (!own) return null;
    const current = cueAt(own, time_ms);
    const texts = second && cues[second] ? beside(own, cues[second]) : null;
    this.showNow(own[current], texts?.[current] ?? "");
    return html`${this.bar()}
      <div class="cues" tabindex="0" role="region" aria-label=${t("Captions in {language}", { language: languageName(first) })}>
        ${own.map((/** @type {Cue} */ cue, /** @type {number} */ index) => this.row(cue, index === current, texts?.[index]))}
      </div>`;
  }

  bar() {
    const { first, second, ready, follow } = /** @type {State} */ (this.state);
    const others = ready.filter((code) => code !== first);
    return html`<div class="bar">
      <div class="tabs" role="group" aria-label=${t("Captions")}>
        ${ready.map(
          (code) =>
            html`<button type="button" lang=${dressed(code).lang} aria-pressed=${code === first ? "true" : "false"}
              onClick=${() => this.choose("first", code)}>${endonym(code)}</button>`,
        )}
      </div>
      <label class="row small">${t("Beside it")}
        <select value=${second} onChange=${(/** @type {any} */ event) => this.choose("second", event.target.value)}>
          <option value="">${t("Nothing")}</option>
          ${others.map((code) => html`<option value=${code} selected=${code === second}>${languageName(code)}</option>`)}
        </select>
      </label>
      ${this.media &&
      html`<label class="row small"><input type="checkbox" checked=${follow}
        onChange=${(/** @type {any} */ event) => this.setState({ follow: event.target.checked })} />${t("Follow the playback")}</label>`}
    </div>`;
  }

  /** @param {Cue} cue @param {boolean} current @param {string | undefined} other */
  row(cue, current, other) {
    const { first, second } = this.state;
    const inside = html`<time>${clock(cue.start_ms)}</time>
      <span ...${dressed(first)}>${cue.text}</span>
      ${other !== undefined && html`<span class="beside" ...${dressed(second)}>${other}</span>`}`;
    const look = `cue${other === undefined ? "" : " pair"}${current ? " current" : ""}`;
    if (!this.media) return html`<div key=${cue.id} class=${look}>${inside}</div>`;
    return html`<button type="button" key=${cue.id} class=${look} aria-current=${current ? "true" : null}
      onClick=${() => this.seek(cue)}>${inside}</button>`;
  }

  /** Show the current caption large. @param {Cue | undefined} cue @param {string} other */
  showNow(cue, other) {
    if (!this.now) return;
    this.now.hidden = false;
    const { first, second } = this.state;
    const lines = html`<p ...${dressed(first)}>${cue?.text ?? ""}</p>
      ${other && html`<p class="second" ...${dressed(second)}>${other}</p>`}`;
    render(lines, this.now);
  }
}

/** @type {Viewer | null} */
let viewer = null;

function mount() {
  const place = document.getElementById("captions");
  if (!place?.dataset.first) return;
  const media = document.getElementById("media");
  const now = document.getElementById("now");
  place.replaceChildren();
  render(
    html`<${Viewer} place=${place} media=${media instanceof HTMLMediaElement ? media : null} now=${now}
      made=${(/** @type {Viewer} */ made) => (viewer = made)} />`,
    place,
  );
}

/** A language became ready: take it in without disturbing the player. */
async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("captions");
  const place = document.getElementById("captions");
  if (!fresh?.dataset.first) return;
  if (!place) {
    location.reload();
    return;
  }
  if (viewer) {
    viewer.setState({ ready: (fresh.dataset.ready ?? "").split(" ").filter(Boolean) });
    return;
  }
  for (const name of ["first", "second", "ready"]) place.dataset[name] = fresh.dataset[name] ?? "";
  mount();
}

mount();
document.getElementById("live")?.addEventListener("changed", () => void renew());

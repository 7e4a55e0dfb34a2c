/* The operator's console: the session's course, its channels, languages, marks, captions and what is wrong, on one page. */

import { CaptionsClient } from "./captions-client.js";
import { emptyState } from "./captions-state.js";
import { CapturePanel } from "./capture-panel.js";
import { Channels, Tracks } from "./console-channels.js";
import { Flow } from "./console-flow.js";
import { Marks, Terms } from "./console-marks.js";
import { clockNow, keyedSpeakers, nextItem, WarningBoard, warningsOf } from "./console-model.js";
import { clock } from "./cues.js";
import { sentenceOf } from "./json-api.js";
import { LiveApi, Refused } from "./live-api.js";
import { Dialog, icon, isWriting, KeysHelp, Message, trackName } from "./live-parts.js";
import { html } from "./markup.js";
import { explain } from "./problems.js";
import { languageName, t } from "./strings.js";
import { Component, render } from "../vendor/preact.mjs";

/** @typedef {import("./live-api.js").Session} Session */
/** @typedef {import("./console-model.js").Status} Status */
/** @typedef {import("./console-model.js").Warning} Warning */
/** @typedef {import("./captions-state.js").CaptionsState} CaptionsState */
/**
 * @typedef {{
 *   session: Session | null, status: Status | null, captions: CaptionsState, second: string, phase: string, away: boolean, said: string,
 *   asking: "" | "end" | "off-record" | "keys", warnings: Warning[], now_ms: number, sending: string | null, keys: boolean,
 * }} ConsoleState
 */

const STATUS_EVERY_MS = 1000;
const CLOCK_EVERY_MS = 500;
const MINUTE_MS = 60_000;
const KEYS_OFF = "langsupport:keys-off";

class Console extends Component {
  /** @param {{session: string}} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.api = new LiveApi(props.session);
    this.board = new WarningBoard();
    /** The server's own sentences in the reader's language. @type {Map<string, string>} */
    this.translated = new Map();
    this.heard_ms = Date.now();
    this.client = new CaptionsClient({
      session: props.session,
      tracks: ["floor"],
      onChange: (captions) => this.setState({ captions }),
      onSession: () => void this.refresh(),
      onState: ({ phase }) => this.setState({ phase }),
    });
    /** @type {ConsoleState} */
    this.state = {
      session: null,
      status: null,
      captions: emptyState(),
      second: "",
      phase: "connecting",
      away: false,
      said: "",
      asking: "",
      warnings: [],
      now_ms: 0,
      sending: null,
      keys: localStorage.getItem(KEYS_OFF) === null,
    };
  }

  componentDidMount() {
    void this.refresh().then(() => this.begin());
    document.addEventListener("keydown", (event) => this.key(event));
    window.setInterval(() => this.tick(), CLOCK_EVERY_MS);
    void this.watchStatus();
  }

  begin() {
    const { session } = /** @type {ConsoleState} */ (this.state);
    const spoken = session?.channels.find((channel) => channel.key === "floor")?.language;
    const second = session?.tracks.map((track) => track.track).find((key) => key !== "floor" && key !== spoken) ?? "";
    this.show(second);
    this.client.start();
  }

  /** @param {string} second */
  show(second) {
    this.setState({ second });
    this.client.setTracks(second ? ["floor", second] : ["floor"]);
  }

  async refresh() {
    try {
      this.take(await this.api.session());
    } catch (error) {
      if (error instanceof Refused && error.status) this.setState({ said: await error.said() });
    }
  }

  /** @param {Session} session */
  take(session) {
    const known = /** @type {ConsoleState} */ (this.state).session;
    if (known && known.version > session.version) return;
    this.heard_ms = Date.now();
    this.setState({ session });
    this.tick(session);
  }

  /** @param {Session | null} [session] */
  tick(session = this.state.session) {
    if (session) this.setState({ now_ms: clockNow(session, this.heard_ms, Date.now()) });
  }

  async watchStatus() {
    for (;;) {
      if (document.visibilityState === "visible") await this.look();
      await new Promise((resolve) => window.setTimeout(resolve, STATUS_EVERY_MS));
    }
  }

  async look() {
    try {
      const status = await this.api.status();
      const { session } = /** @type {ConsoleState} */ (this.state);
      const warnings = session ? this.board.take(warningsOf(status, session), Date.now()) : [];
      this.setState({ status, warnings, away: false });
      for (const { said } of warnings) if (said) void this.translate(said);
    } catch (error) {
      this.setState({ away: error instanceof Refused && error.status === 0 });
    }
  }

  /** @param {string} sentence */
  async translate(sentence) {
    if (this.translated.has(sentence)) return;
    this.translated.set(sentence, sentence);
    this.translated.set(sentence, await explain({ template: "{detail}", fields: { detail: sentence } }));
  }

  /** Does something at the server; what goes wrong is said. @param {() => Promise<unknown>} what @returns {Promise<boolean>} */
  async act(what) {
    try {
      const answer = await what();
      if (answer && typeof answer === "object" && "version" in answer) this.take(/** @type {Session} */ (answer));
      this.setState({ said: "" });
      return true;
    } catch (error) {
      this.setState({ said: await sentenceOf(error) });
      void this.refresh();
      return false;
    }
  }

  /** @param {"start" | "pause" | "resume" | "end" | "on-record"} name */
  move(name) {
    this.board.clear();
    this.setState({ asking: "" });
    return this.act(() => this.api.move(name));
  }

  /** @param {number} minutes of what was said that are to be deleted too */
  offRecord(minutes) {
    this.setState({ asking: "" });
    const since_ms = minutes ? Math.max(0, Math.round(this.now() - minutes * MINUTE_MS)) : null;
    return this.act(() => this.api.offRecord(since_ms));
  }

  now() {
    const { session } = /** @type {ConsoleState} */ (this.state);
    return session ? Math.round(clockNow(session, this.heard_ms, Date.now())) : 0;
  }

  get running() {
    const state = /** @type {ConsoleState} */ (this.state).session?.state;
    return state === "live" || state === "paused";
  }

  /** @param {"speaker" | "item"} kind @param {string} text @param {number | null} at_ms */
  mark(kind, text, at_ms) {
    if (this.running) void this.act(() => this.api.mark(kind, text, at_ms ?? this.now()));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { session, captions, asking, keys } = /** @type {ConsoleState} */ (this.state);
    if (!session || asking || event.ctrlKey || event.metaKey || event.altKey || isWriting(event)) return;
    if (event.key === "?") return this.obey(event, () => this.setState({ asking: "keys" }));
    if (!keys) return;
    const speaker = keyedSpeakers(captions.marks)[Number(event.key) - 1];
    if (speaker) return this.obey(event, () => this.mark("speaker", speaker, null));
    const name = event.key.toLowerCase();
    if (name === "s") this.obey(event, () => document.getElementById("speaker")?.focus());
    else if (name === "n") this.obey(event, () => this.nextItem());
    else if (name === "p" && session.state === "live") this.obey(event, () => void this.move("pause"));
    else if (name === "p" && session.state === "paused") this.obey(event, () => void this.move("resume"));
    else if (name === "o" && session.off_record) this.obey(event, () => void this.move("on-record"));
    else if (name === "o" && this.running) this.obey(event, () => this.setState({ asking: "off-record" }));
  }

  /** @param {KeyboardEvent} event @param {() => void} act */
  obey(event, act) {
    event.preventDefault();
    act();
  }

  nextItem() {
    const { session, captions } = /** @type {ConsoleState} */ (this.state);
    const next = session && nextItem(session.agenda, captions.marks);
    if (next) this.mark("item", next, null);
  }

  render() {
    const { session, said } = /** @type {ConsoleState} */ (this.state);
    if (!session) return html`<p class="note" role="status">${said || t("Loading…")}</p>`;
    return html`${this.bar(session)} ${this.troubles(session)}
      <div class="desk-grid">
        ${this.main(session)}
        <div class="side">${this.side(session)}</div>
        <div class="side settings">${this.settings(session)}</div>
      </div>
      ${this.question(session)}`;
  }

  /** @param {Session} session */
  bar(session) {
    const { now_ms, phase, away } = /** @type {ConsoleState} */ (this.state);
    return html`<div class="card moves${session.off_record ? " off" : ""}">
      <div class="row">
        <span role="status">${stateTag(session)}</span>
        <span class="clock" aria-label=${t("Time since the start")}>${clock(now_ms)}</span>
        ${this.moves(session)}
      </div>
      <div class="row">
        ${(away || phase === "offline") && html`<span class="tag bad" role="status">${t("No connection to the server")}</span>`}
        <button type="button" class="button small plain" onClick=${() => this.setState({ asking: "keys" })}>${icon("keyboard")}${t("Keys")}</button>
      </div>
    </div>`;
  }

  /** @param {Session} session */
  moves(session) {
    const { state, off_record } = session;
    return html`
      ${state === "planned" && html`<button type="button" class="button main" onClick=${() => void this.move("start")}>${icon("play")}${t("Start")}</button>`}
      ${state === "live" && html`<button type="button" class="button" onClick=${() => void this.move("pause")}>${icon("pause")}${t("Pause")}</button>`}
      ${state === "paused" && html`<button type="button" class="button main" onClick=${() => void this.move("resume")}>${icon("play")}${t("Go on")}</button>`}
      ${this.running && !off_record && html`<button type="button" class="button danger" onClick=${() => this.setState({ asking: "off-record" })}>${icon("off-record")}${t("Off the record…")}</button>`}
      ${this.running && off_record && html`<button type="button" class="button main" onClick=${() => void this.move("on-record")}>${icon("recording")}${t("On the record again")}</button>`}
      ${this.running && html`<button type="button" class="button" onClick=${() => this.setState({ asking: "end" })}>${icon("stop")}${t("End…")}</button>`}
    `;
  }

  /** @param {Session} session */
  troubles(session) {
    const { warnings, said } = /** @type {ConsoleState} */ (this.state);
    return html`<div class="troubles">
      ${said && html`<${Message} kind="bad">${said} <button type="button" class="button small plain" onClick=${() => this.setState({ said: "" })}>${t("Close")}</button><//>`}
      ${session.off_record && html`<${Message} kind="bad" role="status">${t("Off the record: nothing is captioned, kept or shown.")}<//>`}
      <div class="warnings" aria-live="polite" aria-relevant="additions">
        ${warnings.map((warning) => html`<${Message} key=${warning.key} kind=${warning.grave ? "bad" : "warn"} role="note">${inWords(warning, this.translated)}<//>`)}
      </div>
    </div>`;
  }

  /** @param {Session} session */
  main(session) {
    const { captions, second } = /** @type {ConsoleState} */ (this.state);
    const offered = session.tracks.map((track) => track.track);
    return html`<section class="card panel flows${second ? " two" : ""}" aria-label=${t("Captions")}>
      <${Flow} captions=${captions} track="floor" offered=${offered} />
      ${second && html`<${Flow} captions=${captions} track=${second} offered=${offered} onTrack=${(/** @type {string} */ track) => this.show(track)} />`}
    </section>`;
  }

  /** @param {Session} session */
  side(session) {
    const { status, captions, sending } = /** @type {ConsoleState} */ (this.state);
    const act = (/** @type {() => Promise<unknown>} */ what) => this.act(what);
    return html`
      <${Marks} session=${session} marks=${captions.marks} running=${this.running} now=${() => this.now()}
        mark=${(/** @type {"speaker" | "item"} */ kind, /** @type {string} */ text, /** @type {number | null} */ at_ms) => this.mark(kind, text, at_ms)}
        unmark=${(/** @type {string} */ id) => void act(() => this.api.removeMark(id))} />
      <${Channels} session=${session} status=${status} api=${this.api} act=${act} sending=${sending} />
      ${session.state !== "ended" &&
      html`<section class="card panel" aria-labelledby="send-heading"><h2 id="send-heading">${t("Send sound from here")}</h2>
        <${CapturePanel} session=${session.id} channels=${session.channels.map((channel) => channel.key)} live=${session.state === "live"}
          onSending=${(/** @type {string | null} */ channel) => this.setState({ sending: channel })} /></section>`}`;
  }

  /** @param {Session} session */
  settings(session) {
    const { status, phase } = /** @type {ConsoleState} */ (this.state);
    const act = (/** @type {() => Promise<unknown>} */ what) => this.act(what);
    const own = phase === "live" ? this.client.tracks : []; // this page watches too, and is no viewer
    return html`
      <${Tracks} session=${session} status=${status} own=${own} api=${this.api} act=${act} />
      <section class="card panel" aria-labelledby="words-heading"><h2 id="words-heading">${t("Names, terms and agenda")}</h2>
        <div class="two-terms">
        <${Terms} id="glossary" label=${t("Names and terms, one a line")} hint=${t("Recognition spells them as they are written here.")} lines=${session.glossary}
          save=${(/** @type {string[]} */ lines) => act(() => this.api.setGlossary(lines))} />
        <${Terms} id="agenda" label=${t("Agenda, one item a line")} hint=${t("Each item can be marked with one key while the meeting runs.")} lines=${session.agenda}
          save=${(/** @type {string[]} */ lines) => act(() => this.api.setAgenda(lines))} />
        </div>
      </section>`;
  }

  /** @param {Session} session */
  question(session) {
    const { asking } = /** @type {ConsoleState} */ (this.state);
    const close = () => this.setState({ asking: "" });
    if (asking === "end") return this.askEnd(session, close);
    if (asking === "off-record") return this.askOffRecord(close);
    if (asking === "keys") return this.askKeys(close);
    return null;
  }

  /** @param {Session} session @param {() => void} close */
  askEnd(session, close) {
    return html`<${Dialog} label=${t("End the session?")} onClose=${close}>
      <h2>${t("End the session?")}</h2>
      <p>${t("Captioning “{title}” ends for everybody. It can't be started again; captions and sound stay.", { title: session.title })}</p>
      <div class="row"><button type="button" class="button danger" onClick=${() => void this.move("end")}>${icon("stop")}${t("End for good")}</button>
      <button type="button" class="button" autofocus onClick=${close}>${t("Go on captioning")}</button></div>
    <//>`;
  }

  /** @param {() => void} close */
  askOffRecord(close) {
    const choices = /** @type {const} */ ([0, 1, 5, 10]);
    return html`<${Dialog} label=${t("Off the record")} onClose=${close}>
      <h2>${t("Off the record")}</h2>
      <p>${t("From now on nothing is captioned or kept.")} ${t("What was just said can be deleted too, from all screens and from the recording. That can't be undone.")}</p>
      <div class="stacked">${choices.map((minutes) => html`<button type="button" class="button ${minutes ? "danger" : "main"}" autofocus=${minutes === 0} onClick=${() => void this.offRecord(minutes)}>${minutes ? deleteWords(minutes) : t("From now on")}</button>`)}</div>
      <div class="row"><button type="button" class="button plain" onClick=${close}>${t("Cancel")}</button></div>
    <//>`;
  }

  /** @param {() => void} close */
  askKeys(close) {
    /** @type {readonly (readonly [string, string])[]} */
    const keys = [
      ["S", t("Write who speaks")],
      ["1 – 9", t("That speaker speaks again")],
      ["N", t("Next agenda item")],
      ["P", t("Pause, go on")],
      ["O", t("Off the record, on the record")],
      ["?", t("This help")],
    ];
    return html`<${KeysHelp} keys=${keys} onClose=${close} enabled=${this.state.keys} onEnabled=${(/** @type {boolean} */ enabled) => this.enableKeys(enabled)} />`;
  }

  /** @param {boolean} enabled */
  enableKeys(enabled) {
    this.setState({ keys: enabled });
    if (enabled) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "yes");
  }
}

/** @param {1 | 5 | 10} minutes */
function deleteWords(minutes) {
  if (minutes === 1) return t("Also delete the last minute");
  return minutes === 5 ? t("Also delete the last 5 minutes") : t("Also delete the last 10 minutes");
}

/** @param {Session} session */
function stateTag({ state, off_record }) {
  if (off_record) return html`<span class="tag bad">${icon("off-record")}${t("Off the record")}</span>`;
  if (state === "live") return html`<span class="tag good on-air">${icon("live")}${t("Live")}</span>`;
  if (state === "paused") return html`<span class="tag warn">${icon("pause")}${t("Paused")}</span>`;
  return state === "planned" ? html`<span class="tag">${icon("clock")}${t("Planned")}</span>` : html`<span class="tag">${icon("check")}${t("Ended")}</span>`;
}

/** @param {Warning} warning @param {Map<string, string>} translated */
function inWords(warning, translated) {
  const { of, fields, said } = warning;
  const named = { ...fields, channel: of && trackName(of), track: of && trackName(of) };
  if (said) Object.assign(named, { what: translated.get(said) ?? said });
  if (typeof fields.spoken === "string") Object.assign(named, { spoken: languageName(fields.spoken) });
  return t(warning.what, named);
}

const place = document.getElementById("console");
if (place?.dataset.session) {
  place.replaceChildren();
  render(html`<${Console} session=${place.dataset.session} />`, place);
}

/* The console's tables: channels with their language, level and lag; tracks with their source, viewers and lag. */

import { icon, LANGUAGES, LevelMeter, trackName } from "./live-parts.js";
import { sourcesOf } from "./console-model.js";
import { html } from "./markup.js";
import { languageName, t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./live-api.js").Session} Session */
/** @typedef {import("./live-api.js").LiveApi} LiveApi */
/** @typedef {import("./console-model.js").Status} Status */
/** @typedef {import("./console-model.js").ChannelStatus} ChannelStatus */
/** @typedef {(act: () => Promise<unknown>) => Promise<boolean>} Doing Does it, shows what went wrong, says whether it went well. */

const SECOND_MS = 1000;

/** 0.4 s, 12 s. @param {number} ms */
function seconds(ms) {
  const value = ms / SECOND_MS;
  return t("{seconds} s", { seconds: value < 10 ? value.toFixed(1) : Math.round(value) });
}

/** @param {{session: Session, status: Status | null, api: LiveApi, act: Doing, sending: string | null}} props */
export function Channels({ session, status, api, act, sending }) {
  return html`<section class="card panel" aria-labelledby="channels-heading">
    <h2 id="channels-heading">${t("Channels")}</h2>
    <ul class="channels">
      ${session.channels.map((channel) => html`<${Channel} key=${channel.key} channel=${channel} now=${status?.channels[channel.key] ?? null} ended=${session.state === "ended"} api=${api} act=${act} sending=${sending === channel.key} />`)}
    </ul>
    ${session.state !== "ended" && addition(session, api, act)}
  </section>`;
}

/** A form for interpreters who were not planned; null when every language has its channel. @param {Session} session @param {LiveApi} api @param {Doing} act */
function addition(session, api, act) {
  const left = LANGUAGES.filter((code) => session.channels.every((channel) => channel.key !== code));
  if (!left.length) return null;
  const add = async (/** @type {any} */ event) => {
    event.preventDefault();
    const { value } = event.target.elements.language;
    if (await act(() => api.addChannel(value))) document.getElementById(`channel-${value}`)?.focus();
  };
  return html`<form class="channel-acts adding" onSubmit=${add}>
    <label for="new-channel">${t("Another interpreter")}</label>
    <select id="new-channel" name="language" class="slim">${left.map((code) => html`<option key=${code} value=${code}>${languageName(code)}</option>`)}</select>
    <button class="button small">${t("Add the channel")}</button>
    ${session.state !== "planned" && html`<p class="note small">${t("Its captions come from the machine until you choose the interpreter as their source, under Languages.")}</p>`}
  </form>`;
}

/** @typedef {{channel: Session["channels"][number], now: ChannelStatus | null, ended: boolean, api: LiveApi, act: Doing, sending: boolean}} ChannelProps */

class Channel extends Component {
  /** @param {ChannelProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.state = { open: false, url: props.channel.source_url ?? "" };
  }

  render() {
    const { channel, now, ended, api, act, sending } = /** @type {ChannelProps} */ (this.props);
    const { key } = channel;
    const pulling = Boolean(channel.source_url);
    return html`<li id="channel-${key}" tabindex="-1">
      <div class="channel-name"><strong>${trackName(key)}</strong>${this.connection(now)}</div>
      <${LevelMeter} dbfs=${now?.connected ? now.level_dbfs : -100} speech=${now?.speaking ?? false} label=${t("Level: {channel}", { channel: trackName(key) })} />
      <p class="facts">
        ${now?.speaking && html`<span>${t("Speech")}</span>`}
        ${now?.language && html`<span>${t("Spoken: {language}", { language: languageName(now.language) })}</span>`}
        ${now?.connected && html`<span>${t("Lag {time}", { time: seconds(now.lag_ms) })}</span>`}
        ${now && now.backlog_ms > 2 * SECOND_MS && html`<span>${t("Waiting {time}", { time: seconds(now.backlog_ms) })}</span>`}
      </p>
      <div class="channel-acts">
        ${key === "floor" &&
        html`<label class="unseen" for="language-floor">${t("Language of the floor")}</label>
          <select id="language-floor" class="slim" disabled=${ended} value=${channel.language ?? ""}
            onChange=${(/** @type {any} */ event) => void act(() => api.setLanguage(key, event.target.value || null))}>
            <option value="" selected=${!channel.language}>${t("Automatic")}</option>
            ${LANGUAGES.map((code) => html`<option value=${code} selected=${code === channel.language}>${languageName(code)}</option>`)}
          </select>`}
        ${!ended && !pulling && !sending &&
        html`<button type="button" class="button small" aria-expanded=${this.state.open ? "true" : "false"} onClick=${() => this.setState({ open: !this.state.open })}>${icon("link")}${t("From an address")}</button>`}
        ${pulling && html`<button type="button" class="button small" onClick=${() => void act(() => api.stopPull(key))}>${icon("stop")}${t("Stop fetching")}</button>`}
      </div>
      ${pulling && html`<p class="note small address-shown" dir="ltr">${channel.source_url}</p>`}
      ${this.state.open && !pulling && this.pullForm()}
    </li>`;
  }

  /** @param {ChannelStatus | null} now */
  connection(now) {
    if (!now?.connected) return html`<span class="tag">${t("No sound")}</span>`;
    if (now.catching_up) return html`<span class="tag warn">${t("Catching up")}</span>`;
    return html`<span class="tag good">${t("Sound comes in")}</span>`;
  }

  pullForm() {
    const { channel, api, act } = /** @type {ChannelProps} */ (this.props);
    const start = async () => {
      if (await act(() => api.pull(channel.key, this.state.url.trim()))) this.setState({ open: false });
    };
    return html`<form class="pull" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      void start();
    }}>
      <div class="field"><label for="url-${channel.key}">${t("Address of the stream (RTMP, HLS, SRT, RTSP, HTTP)")}</label>
        <input class="input" id="url-${channel.key}" dir="ltr" type="text" inputmode="url" required value=${this.state.url} onInput=${(/** @type {any} */ event) => this.setState({ url: event.target.value })} /></div>
      <button class="button main">${t("Fetch it")}</button>
    </form>`;
  }
}

/** @param {{session: Session, status: Status | null, own: readonly string[], api: LiveApi, act: Doing}} props `own`: tracks that this page watches */
export function Tracks({ session, status, own, api, act }) {
  const channels = session.channels.map((channel) => channel.key);
  const ended = session.state === "ended";
  return html`<section class="card panel" aria-labelledby="tracks-heading">
    <h2 id="tracks-heading">${t("Languages")}</h2>
    <div class="scroll" tabindex="0" role="group" aria-labelledby="tracks-heading">
    <table class="tracks">
      <thead><tr><th scope="col">${t("Language")}</th><th scope="col">${t("Source")}</th><th scope="col">${t("Recorded")}</th><th scope="col">${t("Viewers")}</th><th scope="col">${t("Lag")}</th></tr></thead>
      <tbody>${session.tracks.map((track) => row(track))}</tbody>
    </table>
    </div>
  </section>`;

  /** @param {Session["tracks"][number]} track */
  function row(track) {
    const key = track.track;
    const now = status?.tracks[key];
    const name = trackName(key);
    const sources = sourcesOf(key, channels);
    return html`<tr key=${key}>
      <th scope="row">${name}</th>
      <td>${sources.length > 1
        ? html`<select class="slim" aria-label=${t("Source of {language}", { language: name })} disabled=${ended} value=${track.source}
            onChange=${(/** @type {any} */ event) => void act(() => api.setTrack(key, { source: event.target.value }))}>
            ${sources.map((source) => html`<option value=${source} selected=${source === track.source}>${sourceName(source)}</option>`)}
          </select>`
        : key === "floor" ? t("As spoken") : sourceName("machine")}</td>
      <td>${key === "floor"
        ? icon("check")
        : html`<input type="checkbox" aria-label=${t("Record {language}", { language: name })} checked=${track.enabled} disabled=${ended}
            onChange=${(/** @type {any} */ event) => void act(() => api.setTrack(key, { enabled: event.target.checked }))} />`}</td>
      <td>${Math.max(0, (now?.watchers ?? 0) - Number(own.includes(key)))}</td>
      <td>${now && now.lag_ms > 0 ? seconds(now.lag_ms) : "–"}</td>
    </tr>`;
  }
}

/** @param {"machine" | "channel"} source */
function sourceName(source) {
  return source === "machine" ? t("Machine") : t("Interpreter");
}

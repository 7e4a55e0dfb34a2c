/* What a reader is told beside the captions: how the connection is, how the meeting is, how the text came about. */

import { html } from "./markup.js";
import { t } from "./strings.js";
import { fullName, iconNamed, nameLanguage, shortName, trackName } from "./watch-parts.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./captions-client.js").ConnectionState} ConnectionState */
/** @typedef {import("./captions-state.js").Session} Session */

const PATIENCE_MS = 1500; // a loss that is over sooner is not worth a word
const GOOD_NEWS_MS = 3000;

/** One tap for each language. @param {{tracks: string[], chosen: string, choose: (track: string) => void}} props */
export function TrackChoice({ tracks, chosen, choose }) {
  return html`<div class="tracks" role="group" aria-label=${t("Language of the captions")}>
    ${tracks.map(
      (track) => html`<button type="button" class="track" key=${track} aria-pressed=${String(track === chosen)} aria-label=${fullName(track)}
        ...${nameLanguage(track)} onClick=${() => choose(track)}><span class="long">${trackName(track)}</span><span class="short">${shortName(track)}</span></button>`,
    )}
  </div>`;
}

/** @param {{session: Session | null, state: string | undefined}} props `state` as the page was sent */
export function SessionNote({ session, state }) {
  const now = session?.state ?? state;
  if (session?.off_record) return html`<span class="badge quiet">${iconNamed("off-record")}${t("Off the record")}</span>`;
  if (now === "live") return html`<span class="badge live"><span class="dot"></span><span class="word">${t("Live")}</span></span>`;
  if (now === "paused") return html`<span class="badge quiet">${t("Paused")}</span>`;
  if (now === "ended") return html`<span class="badge quiet">${t("Ended")}</span>`;
  return html`<span class="badge quiet">${t("Not started yet")}</span>`;
}

/** What holds for one of the languages shown is told; of several the weightiest.
 * @param {{makings: ("heard" | "interpreted" | "translated" | "draft")[]}} props */
export function MakingNote({ makings }) {
  if (makings.includes("draft")) {
    return html`<p class="making warn">${iconNamed("warning")}<span>${t("Machine translation, not reviewed.")} ${t("Draft quality: for orientation only.")}</span></p>`;
  }
  if (makings.includes("translated")) return html`<p class="making">${t("Machine translation, not reviewed.")}</p>`;
  if (makings.includes("interpreted")) return html`<p class="making">${t("The interpretation, written by machine; mistakes are possible.")}</p>`;
  return html`<p class="making">${t("Written by machine as it is spoken; mistakes are possible.")}</p>`;
}

/** Why the connection was ended for good. @param {ConnectionState} connection */
export function reasonOf({ code, message }) {
  if (code === "revoked") return t("This link was taken back. Ask whoever sent it for a new one.");
  if (code === "expired") return t("This link has expired. Ask whoever sent it for a new one.");
  if (code === "signed-out") return t("You are signed out, or this session is not for you any more. Sign in again.");
  if (code === "deleted" || code === "gone") return t("The session was deleted.");
  return message ? t(message) : t("The captions can't be shown.");
}

/** Says calmly that the connection is lost, and that it is back; what passes quickly it doesn't mention. */
export class ConnectionNote extends Component {
  /** @param {{connection: ConnectionState, session: Session | null, replay: string | undefined}} props */
  constructor(props) {
    super(props);
    this.state = { told: "" };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {{connection: ConnectionState}} before */
  componentDidUpdate(before) {
    const { phase } = this.props.connection;
    if (before.connection.phase === phase) return;
    clearTimeout(this.timer);
    if (phase === "offline") this.timer = setTimeout(() => this.setState({ told: "lost" }), PATIENCE_MS);
    if (phase === "live" && this.state.told === "lost") this.backAgain();
  }

  backAgain() {
    this.setState({ told: "back" });
    this.timer = setTimeout(() => this.setState({ told: "" }), GOOD_NEWS_MS);
  }

  render() {
    return html`<div class="connection" role="status">${this.words()}</div>`;
  }

  words() {
    const { connection, session, replay } = this.props;
    if (connection.phase === "closed") return html`<p class="told bad">${iconNamed("error")}<span>${reasonOf(connection)}</span></p>`;
    if (this.state.told === "lost") {
      return html`<p class="told quiet">${iconNamed("retry")}<span>${t("The connection is lost. It is being tried again; nothing will be missing.")}</span></p>`;
    }
    if (this.state.told === "back") return html`<p class="told good">${iconNamed("check")}<span>${t("Connected again.")}</span></p>`;
    if (session?.off_record) return html`<p class="told quiet"><span>${t("The meeting is off the record: nothing is captioned or kept.")}</span></p>`;
    if (session?.state === "ended") {
      return html`<p class="told quiet"><span>${t("The meeting has ended.")} ${replay && html`<a href=${replay}>${t("Read and hear it again")}</a>`}</span></p>`;
    }
    return null;
  }
}

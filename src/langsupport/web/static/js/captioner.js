/* The captioner's editor: captions flow, the keyboard corrects them. Nothing that arrives moves what is being written. */

import { commandOf } from "./captioner-keys.js";
import { Corrections, Drafts, namesIn, rowsOf, stepped, tidied } from "./captioner-model.js";
import { DeskKeys, markLine, Naming, TakingBack } from "./captioner-parts.js";
import { Replace } from "./captioner-replace.js";
import { CueRow } from "./captioner-row.js";
import { sent } from "./captioner-sending.js";
import { Passage } from "./captioner-sound.js";
import { CaptionsClient } from "./captions-client.js";
import { emptyState, trackOf } from "./captions-state.js";
import { sentenceOf } from "./json-api.js";
import { LiveApi } from "./live-api.js";
import { icon, isWriting, Message, trackName } from "./live-parts.js";
import { html } from "./markup.js";
import { t } from "./strings.js";
import { Component, render } from "../vendor/preact.mjs";

/** @typedef {import("./captions-state.js").Cue} Cue */
/** @typedef {import("./captions-state.js").Mark} Mark */
/** @typedef {import("./captions-state.js").CaptionsState} CaptionsState */
/** @typedef {import("./captioner-model.js").Correction} Correction */
/** @typedef {import("./captioner-model.js").Outcome} Outcome */
/** @typedef {import("./captioner-model.js").Hit} Hit */
/** @typedef {{session: string, tracks: string[], track: string, agenda: string[]}} DeskProps */
/**
 * @typedef {{
 *   captions: CaptionsState, track: string, chosen: string | null, editing: string | null, version: number, phase: string, said: string,
 *   asking: "" | "keys" | "retract" | "speaker" | "item" | "replace", edge: boolean, playable: boolean, playing: string | null, keys: boolean, told: string,
 * }} DeskState `version` grows with every change of drafts and corrections, which are kept outside
 */

const RETRY_EVERY_MS = 4000;
const EDGE_PIXELS = 40;
const SOUND_BEFORE_MS = 300;
const SOUND_AFTER_MS = 500;
const KEYS_OFF = "langsupport:keys-off";

class Desk extends Component {
  /** @param {DeskProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.api = new LiveApi(props.session);
    this.drafts = new Drafts(storage(), props.session);
    this.corrections = new Corrections({ session: props.session, storage: storage(), send: (one) => this.send(one), onChange: () => this.renew() });
    /** What the server answered to own corrections, until the caption itself comes. @type {Map<string, {rev: number, stable: string}>} */
    this.patched = new Map();
    /** @type {HTMLElement | null} */
    this.place = null;
    this.sound = new Passage(() => this.setState({ playing: null }));
    this.client = new CaptionsClient({
      session: props.session,
      tracks: [props.track],
      onChange: (captions) => this.setState({ captions }),
      onCue: (cue) => this.notice(cue),
      onMark: (mark) => this.noticeMark(mark),
      onState: ({ phase, message }) => this.connection(phase, message ?? ""),
    });
    /** @type {DeskState} */
    this.state = {
      captions: emptyState(),
      track: props.track,
      chosen: null,
      editing: null,
      version: 0,
      phase: "connecting",
      said: "",
      asking: "",
      edge: true,
      playable: true,
      playing: null,
      keys: localStorage.getItem(KEYS_OFF) === null,
      told: "",
    };
    /** @type {import("./captioner-row.js").RowActs} */
    this.acts = {
      choose: (id) => this.choose(id),
      edit: (id) => this.edit(id),
      write: (cue, text) => this.write(cue, text),
      save: (cue) => this.save(cue),
      leave: () => this.leave(),
      discard: (cue) => this.discard(cue),
      retract: (cue) => this.setState({ chosen: cue.id, asking: "retract" }),
      play: (cue) => void this.play(cue),
      insist: (one) => this.corrections.insist(one),
      yield: (one) => this.corrections.drop(one),
      again: (one, cue) => this.again(one, cue),
    };
  }

  componentDidMount() {
    this.client.start();
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("online", () => void this.corrections.work());
    window.setInterval(() => void this.corrections.work(), RETRY_EVERY_MS);
    window.addEventListener("beforeunload", (event) => this.corrections.pending > 0 && event.preventDefault());
  }

  componentDidUpdate() {
    const { edge, editing } = /** @type {DeskState} */ (this.state);
    if (this.place && edge && editing === null) this.place.scrollTop = this.place.scrollHeight;
  }

  renew() {
    this.setState((/** @type {DeskState} */ state) => ({ version: state.version + 1 }));
  }

  /** @param {string} phase @param {string} message */
  connection(phase, message) {
    this.setState({ phase, said: phase === "closed" ? message : this.state.said });
    if (phase === "live") void this.corrections.work();
  }

  /** @param {Cue} cue */
  notice(cue) {
    if (cue.state === "retracted") this.drafts.drop(cue.track, cue.id);
    if (cue.state === "retracted" && this.state.editing === cue.id) this.setState({ editing: null });
    this.corrections.follow(cue);
  }

  /** @param {Mark} mark */
  noticeMark(mark) {
    if (mark.kind !== "off-record" || mark.removed) return;
    this.drafts.purge(mark.at_ms, mark.end_ms ?? Infinity);
    this.corrections.purge(mark.at_ms, mark.end_ms ?? Infinity);
  }

  /** @param {Correction} one @returns {Promise<Outcome>} */
  send(one) {
    return sent(this.api, one, (answer) => this.patched.set(`${one.track}/${one.id}`, answer));
  }

  /** The captions of the track, own corrections that the server has among them. @returns {readonly Cue[]} */
  cues() {
    const { captions, track } = /** @type {DeskState} */ (this.state);
    const { cues } = trackOf(captions, track);
    if (!this.patched.size) return cues;
    return cues.map((cue) => {
      const patch = this.patched.get(`${cue.track}/${cue.id}`);
      if (patch && patch.rev <= cue.rev) this.patched.delete(`${cue.track}/${cue.id}`);
      return patch && patch.rev > cue.rev ? { ...cue, rev: patch.rev, stable: patch.stable, state: /** @type {const} */ ("corrected") } : cue;
    });
  }

  /** @param {string | null} id @returns {Cue | null} */
  cue(id) {
    return this.cues().find((cue) => cue.id === id) ?? null;
  }

  /** @param {string} id */
  choose(id) {
    if (id !== this.state.chosen) this.setState({ chosen: id });
  }

  /** @param {string} id */
  edit(id) {
    this.setState({ chosen: id, editing: id, told: "" });
  }

  /** @param {Cue} cue @param {string} text */
  write(cue, text) {
    const base = this.drafts.get(cue.track, cue.id)?.base ?? cue.stable;
    this.drafts.put({ track: cue.track, id: cue.id, text, base, t0_ms: cue.t0_ms, t1_ms: cue.t1_ms });
    this.renew();
  }

  /** @param {Cue} cue */
  save(cue) {
    const draft = this.drafts.get(cue.track, cue.id);
    const text = tidied(draft?.text ?? cue.stable);
    if (draft && !text) {
      this.setState({ asking: "retract" });
      return;
    }
    if (draft && text !== tidied(draft.base)) this.corrections.add(cue, text, { base: draft.base });
    this.drafts.drop(cue.track, cue.id);
    this.stopEditing();
  }

  leave() {
    const { editing, track } = /** @type {DeskState} */ (this.state);
    const draft = editing ? this.drafts.get(track, editing) : null;
    if (draft && tidied(draft.text) === tidied(draft.base)) this.drafts.drop(draft.track, draft.id);
    this.stopEditing();
  }

  stopEditing() {
    const { editing } = /** @type {DeskState} */ (this.state);
    this.setState({ editing: null }, () => editing && this.focus(editing));
  }

  /** @param {Cue} cue */
  discard(cue) {
    this.drafts.drop(cue.track, cue.id);
    this.renew();
    this.focus(cue.id);
  }

  /** What could not be saved is written on. @param {Correction} one @param {Cue} cue */
  again(one, cue) {
    this.corrections.drop(one);
    this.drafts.put({ track: cue.track, id: cue.id, text: one.text, base: cue.stable, t0_ms: cue.t0_ms, t1_ms: cue.t1_ms });
    this.edit(cue.id);
  }

  undo() {
    const last = this.corrections.takeLast((track, id) => (track === this.state.track ? this.cue(id) : null));
    if (!last) {
      this.setState({ told: t("There is nothing of yours to undo.") });
      return;
    }
    this.corrections.add(last.cue, last.before, { undo: true });
    this.setState({ chosen: last.cue.id, told: t("Undone: the caption says again what it said before.") });
    this.focus(last.cue.id);
  }

  /** @param {string} id */
  focus(id) {
    const row = this.place?.querySelector(`[data-cue="${CSS.escape(id)}"] .line-text`);
    if (!(row instanceof HTMLElement)) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} steps */
  step(steps) {
    const id = stepped(this.cues(), this.state.chosen, steps);
    if (id) this.setState({ chosen: id }, () => this.focus(id));
  }

  toEdge() {
    this.setState({ edge: true, chosen: stepped(this.cues(), null, 0) }, () => this.state.chosen && this.focus(this.state.chosen));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { asking, editing, keys, chosen } = /** @type {DeskState} */ (this.state);
    if (asking && asking !== "replace") return;
    const cue = this.cue(chosen);
    const command = commandOf(event, { writing: isWriting(event) || editing !== null, keys, chosen: cue !== null });
    if (!command) return;
    event.preventDefault();
    this.obey(command, cue);
  }

  /** @param {import("./captioner-keys.js").Command} command @param {Cue | null} cue the chosen one */
  obey(command, cue) {
    if (command === "next") this.step(1);
    else if (command === "previous") this.step(-1);
    else if (command === "newest") this.toEdge();
    else if (command === "undo") this.undo();
    else if (command === "edit") cue && this.edit(cue.id);
    else if (command === "play") cue && void this.play(cue);
    else this.setState({ asking: command });
  }

  /** @param {Cue} cue */
  async play(cue) {
    if (this.state.playing === cue.id) {
      this.sound.stop();
      return this.setState({ playing: null });
    }
    this.setState({ playing: cue.id });
    const { channel, t0_ms, t1_ms } = cue;
    const well = await this.sound.play(this.api.soundAddress(channel || "floor", t0_ms - SOUND_BEFORE_MS, t1_ms + SOUND_AFTER_MS));
    if (!well) this.setState({ playing: null, playable: false, told: t("The sound of this session can't be played here.") });
  }

  /** @param {string} track */
  show(track) {
    this.setState({ track, chosen: null, editing: null, edge: true });
    this.client.setTracks([track]);
    history.replaceState(null, "", `?track=${track}`);
  }

  /** @param {Hit[]} hits @param {string | null} term */
  async replace(hits, term) {
    for (const hit of hits) this.corrections.add(hit.cue, hit.after);
    this.setState({ asking: "", told: t("Replaced: {count}", { count: hits.length }) });
    if (term) await this.teach(term);
  }

  /** @param {string} term */
  async teach(term) {
    try {
      const { glossary } = await this.api.session();
      if (!glossary.includes(term)) await this.api.setGlossary([...glossary, term]);
    } catch (error) {
      this.setState({ said: await sentenceOf(error) });
    }
  }

  /** @param {"speaker" | "item"} kind @param {string} name @param {Cue} cue */
  async mark(kind, name, cue) {
    this.setState({ asking: "" });
    if (!name.trim()) return;
    try {
      await this.api.mark(kind, name.trim(), cue.t0_ms);
    } catch (error) {
      this.setState({ said: await sentenceOf(error) });
    }
  }

  render() {
    const { captions, track, said, told, asking } = /** @type {DeskState} */ (this.state);
    const { more } = trackOf(captions, track);
    return html`${this.bar()}
      <div class="troubles">${said && html`<${Message} kind="bad">${said} <button type="button" class="button small plain" onClick=${() => this.setState({ said: "" })}>${t("Close")}</button><//>`}</div>
      ${asking === "replace" &&
      html`<${Replace} cues=${this.cues()} found=${String(getSelection() ?? "").trim().slice(0, 80)} onClose=${() => this.setState({ asking: "" })}
        replace=${(/** @type {Hit[]} */ hits, /** @type {string | null} */ term) => void this.replace(hits, term)} />`}
      <p class="note small told" role="status">${told}</p>
      <div class="card lines-card">
        <div class="lines" role="region" aria-label=${t("Captions: {track}", { track: trackName(track) })} tabindex="-1" ref=${(/** @type {any} */ found) => (this.place = found)} onScroll=${() => this.scrolled()}>
          ${more && html`<p class="row"><button type="button" class="button small" onClick=${() => void this.client.loadEarlier(track).catch(() => {})}>${t("Earlier captions")}</button></p>`}
          ${this.lines()}
        </div>
        ${!this.state.edge && html`<button type="button" class="button main small to-edge" onClick=${() => this.toEdge()}>${t("Back to the newest")}</button>`}
      </div>
      <p class="note small" id="writing-hint">${t("Enter saves, Escape leaves, Ctrl+Delete takes a caption back.")}</p>
      ${this.question()}`;
  }

  scrolled() {
    const place = this.place;
    if (!place) return;
    const edge = place.scrollHeight - place.scrollTop - place.clientHeight < EDGE_PIXELS;
    if (edge !== this.state.edge) this.setState({ edge });
  }

  bar() {
    const { track, phase } = /** @type {DeskState} */ (this.state);
    const { tracks } = /** @type {DeskProps} */ (this.props);
    const waiting = this.corrections.pending;
    return html`<div class="card moves">
      <div class="row">
        <label class="small" for="track">${t("Captions")}</label>
        <select id="track" class="slim" value=${track} onChange=${(/** @type {any} */ event) => this.show(event.target.value)}>
          ${tracks.map((key) => html`<option value=${key} selected=${key === track}>${trackName(key)}</option>`)}
        </select>
        <span role="status">
          ${phase === "offline" && html`<span class="tag bad">${t("No connection: corrections are kept and sent when it is back")}</span>`}
          ${phase !== "offline" && waiting > 1 && html`<span class="tag">${t("Waiting to be sent: {count}", { count: waiting })}</span>`}
        </span>
      </div>
      <div class="row">
        <button type="button" class="button small" onClick=${() => this.undo()}>${icon("undo")}${t("Undo")}</button>
        <button type="button" class="button small" onClick=${() => this.setState({ asking: "replace" })}>${icon("search")}${t("Find and replace")}</button>
        <button type="button" class="button small plain" onClick=${() => this.setState({ asking: "keys" })}>${icon("keyboard")}${t("Keys")}</button>
      </div>
    </div>`;
  }

  lines() {
    const { captions, track, chosen, editing, playable, playing, phase } = /** @type {DeskState} */ (this.state);
    const cues = this.cues();
    const { tails } = trackOf(captions, track);
    const rows = rowsOf(cues, tails, captions.marks);
    const focusable = cues.some((cue) => cue.id === chosen) ? chosen : (cues[cues.length - 1]?.id ?? null);
    if (!rows.length) return html`<p class="note empty">${phase === "connecting" ? t("Loading…") : t("Captions appear here as soon as somebody speaks.")}</p>`;
    return html`<ol class="line-list">${rows.map((row) => {
      if (row.mark) return markLine(row.mark);
      if (!row.cue) return html`<li key=${row.key} class="line open"><time></time><div class="line-body"><span class="line-text tail">${row.tail}</span></div></li>`;
      const { cue } = row;
      const correction = this.corrections.of(track, cue.id);
      return html`<${CueRow} key=${row.key} cue=${cue} tail=${row.tail ?? ""} chosen=${cue.id === focusable} editing=${cue.id === editing} draft=${this.drafts.get(track, cue.id)}
        correction=${correction} way=${correction ? JSON.stringify(correction) : ""} playable=${playable} playing=${playing === cue.id} acts=${this.acts} />`;
    })}</ol>`;
  }

  question() {
    const { asking, chosen, captions, keys } = /** @type {DeskState} */ (this.state);
    const { agenda } = /** @type {DeskProps} */ (this.props);
    const cue = this.cue(chosen);
    const close = () => this.setState({ asking: "" });
    if (asking === "keys") return html`<${DeskKeys} enabled=${keys} onEnabled=${(/** @type {boolean} */ enabled) => this.enableKeys(enabled)} onClose=${close} />`;
    if (!cue) return null;
    if (asking === "retract") return html`<${TakingBack} cue=${cue} onClose=${close} takeBack=${() => this.takeBack(cue)} />`;
    if (asking === "speaker") return html`<${Naming} label=${t("Who speaks from here on")} names=${namesIn(captions.marks, "speaker")} onClose=${close} save=${(/** @type {string} */ name) => void this.mark("speaker", name, cue)} />`;
    if (asking === "item") return html`<${Naming} label=${t("Agenda item from here on")} names=${namesIn(captions.marks, "item", agenda)} onClose=${close} save=${(/** @type {string} */ name) => void this.mark("item", name, cue)} />`;
    return null;
  }

  /** @param {Cue} cue */
  takeBack(cue) {
    this.drafts.drop(cue.track, cue.id);
    this.corrections.add(cue, "", { retract: true });
    const next = stepped(this.cues(), cue.id, -1);
    this.setState({ asking: "", editing: null, chosen: next === cue.id ? null : next });
  }

  /** @param {boolean} enabled */
  enableKeys(enabled) {
    this.setState({ keys: enabled });
    if (enabled) localStorage.removeItem(KEYS_OFF);
    else localStorage.setItem(KEYS_OFF, "yes");
  }
}

/** @returns {Storage | null} */
function storage() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

const place = document.getElementById("captioner");
if (place?.dataset.session) {
  const { session = "", tracks = "", track = "", agenda = "[]" } = place.dataset;
  place.replaceChildren();
  render(html`<${Desk} session=${session} tracks=${tracks.split(" ")} track=${track} agenda=${JSON.parse(agenda)} />`, place);
}

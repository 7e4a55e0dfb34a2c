/* Giving files: by button or by dropping them anywhere on the page; each is sent at once, one after the other. */

import { html } from "./markup.js";
import { live } from "./live.js";
import { explain, problemIn } from "./problems.js";
import { t } from "./strings.js";
import { Component, render } from "../vendor/preact.mjs";

/** @typedef {"waiting" | "sending" | "received" | "failed"} Stage */
/** @typedef {{key: number, file: File, stage: Stage, sent: number, said: string}} Entry */

const STAGES = /** @type {const} */ ({ waiting: "Waiting", sending: "Sending", received: "", failed: "" });
const RECEIVED_MS = 4000;

class Queue extends Component {
  /** @param {{form: HTMLFormElement, made: (queue: Queue) => void}} props */
  constructor(props) {
    super(props);
    props.made(this);
    this.form = props.form;
    /** @type {{entries: Entry[]}} */
    this.state = { entries: [] };
    this.keys = 0;
    this.sending = false;
    /** @type {XMLHttpRequest | null} */
    this.request = null;
  }

  /** @param {Iterable<File>} files */
  add(files) {
    const fresh = [...files].map((file) => this.entry(file));
    this.setState({ entries: [...this.state.entries, ...fresh] }, () => void this.work());
  }

  /** @param {File} file @returns {Entry} */
  entry(file) {
    this.keys += 1;
    return { key: this.keys, file, stage: "waiting", sent: 0, said: "" };
  }

  /** @param {number} key @param {Partial<Entry>} changes */
  change(key, changes) {
    const entries = this.state.entries.map((/** @type {Entry} */ entry) => (entry.key === key ? { ...entry, ...changes } : entry));
    this.setState({ entries });
  }

  /** @param {number} key */
  drop(key) {
    this.setState({ entries: this.state.entries.filter((/** @type {Entry} */ entry) => entry.key !== key) });
  }

  async work() {
    if (this.sending) return;
    this.sending = true;
    for (;;) {
      const next = this.state.entries.find((/** @type {Entry} */ entry) => entry.stage === "waiting");
      if (!next) break;
      this.change(next.key, { stage: "sending" });
      await settled();
      await this.send(next);
      await settled();
    }
    this.sending = false;
  }

  /** @param {Entry} entry */
  async send(entry) {
    const { status, body } = await this.post(entry);
    const answer = problemIn(body, "");
    if (status === 201) {
      this.change(entry.key, { stage: "received", said: t("Received. It is being worked on.") });
      await live?.refresh();
      window.setTimeout(() => this.drop(entry.key), RECEIVED_MS);
      return;
    }
    const stopped = status === -1;
    const problem = Array.isArray(answer) ? answer[0]?.problem : answer;
    const said = stopped ? t("Stopped.") : await explain(status > 0 ? problem : null);
    this.change(entry.key, { stage: "failed", said });
  }

  /** @param {Entry} entry @returns {Promise<{status: number, body: string}>} status 0: no connection, -1: stopped */
  post(entry) {
    const request = new XMLHttpRequest();
    this.request = request;
    return new Promise((resolve) => {
      request.open("POST", this.form.dataset.api ?? "");
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) this.change(entry.key, { sent: event.loaded / event.total });
      });
      request.addEventListener("load", () => resolve({ status: request.status, body: request.responseText }));
      request.addEventListener("error", () => resolve({ status: 0, body: "" }));
      request.addEventListener("abort", () => resolve({ status: -1, body: "" }));
      request.send(fields(this.form, entry.file));
    });
  }

  render() {
    const { entries } = this.state;
    this.form.querySelector("#queue")?.toggleAttribute("hidden", entries.length === 0);
    return entries.map((/** @type {Entry} */ entry) => this.row(entry));
  }

  /** @param {Entry} entry */
  row(entry) {
    const stage = STAGES[entry.stage];
    return html`<li key=${entry.key} class=${entry.stage}>
      <bdi>${entry.file.name}</bdi>
      ${entry.stage === "sending" &&
      html`<button type="button" class="button small" onClick=${() => this.request?.abort()}>${t("Stop")}</button>`}
      ${entry.stage === "failed" &&
      html`<button type="button" class="button small" onClick=${() => this.drop(entry.key)}>${t("Close")}</button>`}
      ${entry.stage === "sending" &&
      html`<progress max="1" value=${entry.sent} aria-label=${`${t("Sending")}: ${entry.file.name}`}></progress>`}
      <span class="said">${entry.said || t(stage)}</span>
    </li>`;
  }
}

/** State that was just set is there after the current turn. */
function settled() {
  return new Promise((resolve) => setTimeout(resolve));
}

/**
 * What the JSON API wants: the file, its language, the targets unless all are ticked.
 *
 * @param {HTMLFormElement} form
 * @param {File} file
 * @returns {FormData}
 */
function fields(form, file) {
  const given = new FormData(form);
  const wanted = new FormData();
  const source = String(given.get("source") ?? "");
  wanted.append("file", file, file.name);
  wanted.append(form.dataset.sourceField ?? "source", source || "auto");
  const ticked = given.getAll("targets").map(String);
  const all = form.querySelectorAll('input[name="targets"]').length;
  if (ticked.length === 0) wanted.append("targets", "none");
  else if (ticked.length < all) ticked.filter((code) => code !== source).forEach((code) => wanted.append("targets", code));
  const meeting = given.get("meeting");
  if (meeting) wanted.append("meeting", String(meeting));
  return wanted;
}

/** @param {HTMLFormElement} form */
function enliven(form) {
  const list = form.querySelector("#queue");
  const input = form.querySelector("#file");
  const zone = form.querySelector("#drop");
  if (!list || !(input instanceof HTMLInputElement) || !zone) return;
  /** @type {Queue | null} */
  let queue = null;
  render(html`<${Queue} form=${form} made=${(/** @type {Queue} */ made) => (queue = made)} />`, list);
  input.classList.add("unseen");
  input.addEventListener("change", () => {
    if (input.files?.length) queue?.add(input.files);
    input.value = "";
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  acceptDrops(zone, (files) => queue?.add(files));
}

/**
 * @param {Element} zone
 * @param {(files: FileList) => void} take
 */
function acceptDrops(zone, take) {
  let depth = 0;
  const holdsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  const mark = (/** @type {number} */ change) => {
    depth = Math.max(0, depth + change);
    zone.classList.toggle("over", depth > 0);
  };
  window.addEventListener("dragenter", (event) => holdsFiles(event) && mark(1));
  window.addEventListener("dragleave", (event) => holdsFiles(event) && mark(-1));
  window.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
  window.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    mark(-depth);
    if (event.dataTransfer?.files.length) take(event.dataTransfer.files);
  });
}

const form = document.getElementById("giving");
if (form instanceof HTMLFormElement) enliven(form);

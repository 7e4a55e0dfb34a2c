/* The editor of reviews: segments side by side, written and confirmed by keyboard. What is written is in the browser at
   once, at the server within a second, and goes there by itself after the connection was lost. */

import { sentenceOf } from "./json-api.js";
import { Dialog, icon, isWriting, Message } from "./live-parts.js";
import { html } from "./markup.js";
import { ReviewApi } from "./review-api.js";
import { Blocks } from "./review-blocks.js";
import { SplitDialog } from "./review-cut.js";
import { ReviewFeed } from "./review-feed.js";
import { commandOf } from "./review-keys.js";
import { MarkDialog } from "./review-marks.js";
import { following, isDone, isLive, isShown, merged, nextOpen, Outbox, taskFor } from "./review-model.js";
import { SegmentRow } from "./review-row.js";
import { offered, Side } from "./review-side.js";
import { fromServer, same, toServer } from "./review-text.js";
import { count, segmentName } from "./review-words.js";
import { locale, t } from "./strings.js";
import { Component, render } from "../vendor/preact.mjs";

/** @typedef {import("./review-model.js").Segment} Segment */
/** @typedef {import("./review-model.js").Written} Written */
/** @typedef {import("./review-model.js").Outcome} Outcome */
/** @typedef {import("./review-model.js").Finding} Finding */
/** @typedef {import("./review-model.js").Filter} Filter */
/** @typedef {import("./review-model.js").Task} Task */
/** @typedef {import("./review-api.js").Review} Review */
/** @typedef {import("./review-api.js").Match} Match */
/** @typedef {import("./review-api.js").TermHit} TermHit */
/** @typedef {import("./review-api.js").Version} Version */
/** @typedef {import("./review-field.js").TargetField} TargetField */
/** @typedef {{review: Review, works: boolean, memory: boolean}} RoomProps */
/** @typedef {{kind: "dismiss", number: number, finding: Finding} | {kind: "send-back", number: number} | {kind: "split", number: number} | {kind: "mark", number: number} | {kind: "keys"}} Question */
/**
 * @typedef {{
 *   review: Review, segments: readonly Segment[], loading: boolean, chosen: number | null, filter: Filter, words: string, online: boolean,
 *   writers: Record<string, string>, tab: import("./review-side.js").Tab, matches: readonly Match[] | null, terms: readonly TermHit[] | null,
 *   history: readonly Version[] | null, searched: string, found: readonly Match["unit"][] | null, asking: Question | null, told: string, failed: string, compared: string, version: number,
 * }} RoomState
 */

const DRAFT_AFTER_MS = 600;
const CHECK_AFTER_MS = 900;
const ANSWER_WITHIN_MS = 1500;
const RETRY_EVERY_MS = 4000;
const MOST_SECONDS = 600;

class Room extends Component {
  /** @param {RoomProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.api = new ReviewApi(props.review.id);
    this.outbox = new Outbox({ review: props.review.id, storage: storage(), send: (piece) => this.send(piece), onChange: () => this.renew() });
    this.feed = new ReviewFeed({ base: this.api.base, onChanges: (changes) => void this.changed(changes), onState: (online) => this.connection(online) });
    /** What the checks say of a text that isn't confirmed. @type {Map<number, Finding[]>} */
    this.checked = new Map();
    /** What the checks said last of segments beside each other. @type {Map<number, Finding[]>} */
    this.across = new Map();
    /** From which unit of the memory a text came. @type {Map<number, number>} */
    this.taken = new Map();
    /** @type {TargetField | null} */
    this.field = null;
    this.wantsFocus = false;
    this.began_ms = Date.now();
    /** A draft that is being given up. @type {Promise<unknown>} */
    this.dropping = Promise.resolve();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.drafting = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.checking = undefined;
    /** @type {RoomState} */
    this.state = {
      review: props.review,
      segments: [],
      loading: true,
      chosen: null,
      filter: "all",
      words: "",
      online: true,
      writers: {},
      tab: "help",
      matches: null,
      terms: null,
      history: null,
      searched: "",
      found: null,
      asking: null,
      told: "",
      failed: "",
      compared: "",
      version: 0,
    };
    /** @type {import("./review-row.js").RowActs} */
    this.acts = {
      choose: (number) => this.choose(number),
      edit: (number) => this.choose(number, true),
      input: (number, text) => this.input(number, text),
      insist: (number) => void this.insist(number),
      yield: (number) => void this.yield(number),
      again: (number) => void this.again(number),
      dismiss: (number, finding) => this.put({ asking: { kind: "dismiss", number, finding } }),
      reopen: (number) => void this.reopen(number),
      unmark: (number, mark) => void this.ask(() => this.api.unmark(number, mark.id)),
      field: (field, there) => (this.field = there ? field : this.field === field ? null : this.field),
      code: (code) => this.field?.putCode(code),
    };
  }

  /** @returns {RoomState} */
  get now() {
    return /** @type {RoomState} */ (this.state);
  }

  /** Change the state for the next drawing, and for what comes before it. @param {Partial<RoomState>} changes */
  put(changes) {
    this.setState(changes);
    Object.assign(this.state, changes);
  }

  componentDidMount() {
    document.addEventListener("keydown", (event) => this.key(event));
    window.setInterval(() => void this.outbox.work(), RETRY_EVERY_MS);
    window.addEventListener("online", () => void this.outbox.work());
    window.addEventListener("beforeunload", (event) => this.outbox.pending > 0 && event.preventDefault());
    this.feed.start();
    void this.load();
  }

  componentDidUpdate() {
    const bar = document.querySelector(".room > .bar");
    if (bar) document.documentElement.style.setProperty("--bar", `${bar.clientHeight}px`); // what is under it must stay clear of it
    if (!this.wantsFocus) return;
    this.wantsFocus = false;
    if (this.field) this.field.focus();
    else document.getElementById(`s${this.now.chosen}`)?.focus();
  }

  async load() {
    try {
      for (let after = 0, more = true; more; ) {
        const page = await this.api.segments(after);
        this.take(page.items);
        more = page.next !== null;
        after = page.next ?? 0;
      }
      this.put({ loading: false, failed: "" });
    } catch (error) {
      this.put({ failed: await sentenceOf(error) });
      window.setTimeout(() => void this.load(), RETRY_EVERY_MS);
      return;
    }
    for (const segment of this.now.segments) this.outbox.follow(segment);
    const wanted = /^#s(\d+)$/.exec(location.hash)?.[1];
    const first = nextOpen(this.now.segments, 0, this.now.review.tasks);
    const number = Number(wanted ?? 0) > 1 ? Number(wanted) : (first?.number ?? (Number(wanted) || null));
    if (number) this.choose(number, true);
    void this.outbox.work();
  }

  /** @param {readonly Segment[]} came */
  take(came) {
    for (const segment of came) {
      const before = this.segment(segment.number);
      if (!before || before.version === segment.version) continue;
      this.checked.delete(segment.number);
      this.across.delete(segment.number);
    }
    this.put({ segments: merged(this.now.segments, came) });
  }

  /** @param {import("./review-feed.js").Changes} changes */
  async changed({ seq, writers }) {
    this.put({ writers });
    const since = this.now.review.seq;
    try {
      const review = await this.api.review();
      for (let after = 0, more = true; more; ) {
        const page = await this.api.segments(after, since);
        for (const segment of page.items) this.guard(segment);
        this.take(page.items);
        for (const segment of page.items) this.outbox.follow(segment);
        if (page.items.some((one) => one.number === this.now.chosen)) void this.besides(true);
        more = page.next !== null;
        after = page.next ?? 0;
      }
      this.put({ review: { ...review, seq: Math.max(seq, review.seq === seq ? seq : since) } });
    } catch {
      // the next change, or the next connection, asks again from the same place
    }
  }

  /** What stands in the field and was only a draft is not painted over by what came from elsewhere. @param {Segment} came */
  guard(came) {
    const { number } = came;
    const before = this.segment(number);
    const text = number === this.now.chosen ? this.field?.text : null;
    if (!before || !text || before.version === came.version || this.outbox.of(number)) return;
    if (same(text, fromServer(before.target)) || same(text, fromServer(came.target))) return;
    this.outbox.put({ number, act: "draft", target: toServer(text), base: before.version });
  }

  /** @param {boolean} online */
  connection(online) {
    if (online !== this.now.online) this.put({ online });
    if (online) void this.outbox.work();
  }

  renew() {
    this.put({ version: this.now.version + 1 });
  }

  /** @param {number | null} number @returns {Segment | null} */
  segment(number) {
    return this.now.segments.find((one) => one.number === number) ?? null;
  }

  /** @param {Segment} segment */
  editable(segment) {
    return /** @type {RoomProps} */ (this.props).works && this.now.review.state === "open" && taskFor(this.now.review.tasks, segment) !== null;
  }

  /** @param {number} number @param {boolean} [focus] */
  choose(number, focus = false) {
    const segment = this.segment(number);
    if (!segment) return;
    if (number !== this.now.chosen) {
      this.flush();
      this.began_ms = Date.now();
      this.put({ chosen: number, matches: null, terms: null, history: null });
      void this.besides();
    }
    this.wantsFocus = focus;
    if (focus && this.now.chosen === number && this.field) this.renew();
    requestAnimationFrame(() => document.getElementById(`s${number}`)?.scrollIntoView({ block: "nearest" }));
  }

  /** What stands beside the chosen segment. @param {boolean} [again] only what may have changed */
  async besides(again = false) {
    const number = this.now.chosen;
    if (number === null) return;
    const { memory } = /** @type {RoomProps} */ (this.props);
    const still = () => this.now.chosen === number;
    const ask = async (/** @type {Promise<any>} */ answer, /** @type {"matches" | "terms" | "history"} */ name) => {
      const found = await answer.catch(() => []);
      if (still()) this.put({ [name]: found });
    };
    const asked = [ask(this.api.history(number), "history")];
    if (!again) asked.push(ask(memory ? this.api.matches(number) : Promise.resolve([]), "matches"), ask(this.api.terms(number), "terms"));
    await Promise.all(asked);
  }

  /** Something was written. @param {number} number @param {import("./review-text.js").Coded} text as the page counts */
  input(number, text) {
    const segment = this.segment(number);
    if (!segment) return;
    const written = this.outbox.of(number);
    const base = written?.base ?? segment.draft?.base_version ?? segment.version;
    this.outbox.put({ number, act: "draft", target: toServer(text), base, seconds: this.seconds() });
    window.clearTimeout(this.drafting);
    this.drafting = window.setTimeout(() => void this.outbox.work(), DRAFT_AFTER_MS);
    window.clearTimeout(this.checking);
    this.checking = window.setTimeout(() => void this.check(number), CHECK_AFTER_MS);
  }

  flush() {
    window.clearTimeout(this.drafting);
    void this.outbox.work();
  }

  seconds() {
    return Math.min(MOST_SECONDS, Math.round((Date.now() - this.began_ms) / 1000));
  }

  /** @param {number} number */
  async check(number) {
    const text = this.field?.text;
    if (!text || this.now.chosen !== number) return;
    try {
      this.checked.set(number, await this.api.check(number, toServer(text), this.taken.get(number) ?? null));
      this.renew();
    } catch {
      // confirming says it too
    }
  }

  /** @param {Written} piece @returns {Promise<Outcome>} */
  async send(piece) {
    let outcome = await this.api.send(piece, ({ segment }) => {
      this.take([segment]);
      if (segment.version > piece.base) this.outbox.rebase(piece.number, piece.base, segment.version);
    });
    const segment = this.segment(piece.number);
    const overtaken = piece.act === "draft" && segment !== null && segment.version > piece.base; // while it was on its way
    if (outcome.kind === "saved" && overtaken && !same(fromServer(piece.target), fromServer(segment.target))) outcome = { kind: "conflict" };
    if (outcome.kind === "saved" && piece.act === "draft" && segment && this.outbox.of(piece.number) === piece) {
      this.take([{ ...segment, draft: { target: piece.target, base_version: piece.base, version: 0, saved_at: new Date().toISOString() } }]);
    }
    if (outcome.kind === "conflict") this.take([await this.api.segment(piece.number).catch(() => /** @type {Segment} */ (segment))]);
    if (outcome.kind === "refused" && outcome.findings.length) this.checked.set(piece.number, outcome.findings);
    this.connection(outcome.kind !== "away");
    return outcome;
  }

  /** Confirm the chosen segment, and go on to the next one. @param {boolean} propagate */
  async confirm(propagate) {
    const segment = this.segment(this.now.chosen);
    if (!segment || !this.editable(segment) || !this.field) return;
    const { number } = segment;
    const written = this.outbox.of(number);
    if (written?.state === "conflict") return;
    window.clearTimeout(this.drafting);
    window.clearTimeout(this.checking);
    const base = written?.base ?? segment.draft?.base_version ?? segment.version;
    this.outbox.put({ number, act: "confirm", target: toServer(this.field.text), base, propagate, seconds: this.seconds(), match: this.taken.get(number) ?? null });
    this.taken.delete(number);
    await Promise.race([this.outbox.work(), new Promise((done) => window.setTimeout(done, ANSWER_WITHIN_MS))]);
    const after = this.outbox.of(number);
    if (after?.state === "refused" || after?.state === "conflict") {
      this.put({ told: after.state === "conflict" ? t("Somebody else changed this segment meanwhile. Which text holds?") : t("Not confirmed: something must be corrected first.") });
      return;
    }
    this.put({ told: t("Segment {number} is confirmed.", { number: segmentName(segment) }) });
    const waiting = (/** @type {Segment} */ one) => this.outbox.of(one.number)?.act === "confirm" && this.outbox.of(one.number)?.state !== "refused";
    const next = nextOpen(this.now.segments, number, this.now.review.tasks, waiting);
    if (next) this.choose(next.number, true);
    else this.renew();
  }

  /** @param {number} number */
  async insist(number) {
    const segment = this.segment(number);
    if (!segment) return;
    this.outbox.insist(number, segment.version);
    await this.outbox.work();
    this.choose(number, true);
  }

  /** @param {number} number */
  async yield(number) {
    this.outbox.drop(number);
    this.checked.delete(number);
    const segment = this.segment(number);
    if (segment) this.take([{ ...segment, draft: null }]);
    const dropped = this.outbox.idle().then(() => this.api.dropDraft(number).catch(() => undefined)); // what is on its way would bring it back
    this.dropping = dropped;
    this.choose(number, true);
    await dropped;
  }

  /** @param {number} number */
  async again(number) {
    const piece = this.outbox.of(number);
    if (!piece) return;
    this.outbox.insist(number, piece.base);
    await this.outbox.work();
  }

  /** Do something at the server and take what it answers. @param {() => Promise<Segment | void>} act */
  async ask(act) {
    try {
      const segment = await act();
      if (segment) this.take([segment]);
      this.put({ asking: null, failed: "" });
      void this.besides(true);
    } catch (error) {
      this.put({ asking: null, failed: await sentenceOf(error) });
    }
    this.wantsFocus = true;
    this.renew();
  }

  /** @param {number} number */
  async reopen(number) {
    const segment = this.segment(number);
    if (segment) await this.ask(() => this.api.reopen(number, segment.version));
  }

  /** Send all that was written here, and wait until it is there. */
  async settled() {
    window.clearTimeout(this.drafting);
    await this.outbox.work();
    await Promise.all([this.outbox.idle(), this.dropping]);
  }

  /** Look at the segments beside each other, once the server has all that was written here. */
  async compare() {
    await this.settled();
    try {
      const found = await this.api.across();
      this.across = new Map();
      for (const { number, finding } of found) this.across.set(number, [...(this.across.get(number) ?? []), finding]);
      const told = found.length ? t("Segments that differ from others: {count}.", { count: count(this.across.size) }) : t("Segments agree with each other.");
      this.put({ failed: "", told, compared: told, ...(found.length ? { filter: "findings" } : {}) });
    } catch (error) {
      this.put({ failed: await sentenceOf(error) });
    }
  }

  /** Cut the text anew, once the server has all that was written here. @param {readonly Segment[]} segments @param {() => Promise<Segment[]>} act @param {string} told */
  async cut(segments, act, told) {
    this.put({ asking: null });
    await this.settled();
    if (segments.some((one) => this.outbox.of(one.number))) {
      this.put({ failed: t("What you wrote in this segment is not saved yet. Try again when it is.") });
      return;
    }
    try {
      const came = await act();
      for (const one of came) this.checked.delete(one.number);
      this.take(came);
      this.put({ failed: "", told, matches: null, terms: null });
      void this.besides();
    } catch (error) {
      this.put({ failed: await sentenceOf(error) });
    }
    this.wantsFocus = true;
    this.renew();
  }

  /** @param {Segment} segment */
  canCut(segment) {
    return this.editable(segment) && taskFor(this.now.review.tasks, segment)?.kind === "post-edit";
  }

  /** @param {Segment} segment the next one of its paragraph is joined to it */
  async join(segment) {
    const next = following(this.now.segments, segment);
    if (!next || !this.canCut(segment)) return;
    const now = () => this.segment(segment.number)?.version ?? segment.version;
    await this.cut([segment, next], () => this.api.join(segment.number, now()), t("The next segment was joined with this one."));
  }

  /** @param {Segment} segment @param {number} at */
  async split(segment, at) {
    const now = () => this.segment(segment.number)?.version ?? segment.version;
    await this.cut([segment], () => this.api.split(segment.number, now(), at), t("This segment was split."));
  }

  /** @param {Task} task @param {"claim" | "complete" | "hand-back"} move */
  async move(task, move) {
    await this.settled();
    try {
      await this.api.move(task.id, move);
      this.put({ review: await this.api.review(), failed: "", told: move === "complete" ? t("Done. Thank you.") : "" });
    } catch (error) {
      this.put({ failed: await sentenceOf(error) });
      return;
    }
    const first = move === "claim" ? nextOpen(this.now.segments, 0, this.now.review.tasks) : null;
    if (first) this.choose(first.number, true);
  }

  /** @param {Match} match */
  useMatch(match) {
    const number = this.now.chosen;
    const segment = this.segment(number);
    if (!segment || number === null || !this.field) return;
    this.taken.set(number, match.unit.id);
    const exact = match.unit.source === segment.source.text && !segment.source.codes.length;
    if (match.kind === "fuzzy" && !exact) this.put({ told: t("A close match was put in. Adapt it.") });
    this.field.put({ text: match.target, codes: [] });
  }

  /** @param {string} words */
  async search(words) {
    const { source, language } = this.now.review;
    this.put({ searched: words, tab: "concordance", found: null });
    if (!words.trim()) return;
    try {
      this.put({ found: (await this.api.concordance(words, source, language)).items });
    } catch (error) {
      this.put({ found: [], failed: await sentenceOf(error) });
    }
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.isComposing || this.now.asking) return;
    const writing = isWriting(event);
    const command = commandOf(event, writing);
    if (!command) return;
    const inField = event.target instanceof HTMLElement && event.target.classList.contains("entry");
    if (writing && !inField && (command === "undo" || command === "redo" || command === "leave")) return;
    if (command === "edit" && event.target instanceof Element && event.target.closest("button, a, summary")) return;
    event.preventDefault();
    this.obey(command);
  }

  /** @param {NonNullable<ReturnType<typeof commandOf>>} command */
  obey(command) {
    if (typeof command === "object") {
      if ("match" in command) {
        const match = this.now.matches?.[command.match - 1];
        if (match) this.useMatch(match);
      } else {
        const words = offered(this.now.terms ?? [], this.now.review.language).flatMap((one) => one.words)[command.term - 1];
        if (words) this.field?.write(words.text);
      }
      return;
    }
    const segment = this.segment(this.now.chosen);
    /** @type {Record<typeof command, () => unknown>} */
    const acts = {
      confirm: () => this.confirm(true),
      "confirm-alone": () => this.confirm(false),
      next: () => this.step(1),
      previous: () => this.step(-1),
      open: () => {
        const next = nextOpen(this.now.segments, this.now.chosen ?? 0, this.now.review.tasks);
        if (next) this.choose(next.number, true);
      },
      edit: () => segment && this.choose(segment.number, true),
      source: () => segment && this.field?.put(fromServer(segment.source)),
      proposal: () => segment && this.field?.put(fromServer(segment.proposal)),
      code: () => this.field?.putCode(),
      concordance: () => this.search(this.field?.chosen || String(window.getSelection() ?? "")),
      comment: () => {
        this.put({ tab: "history" });
        requestAnimationFrame(() => document.getElementById("comment")?.focus());
      },
      "send-back": () => segment && this.canSendBack(segment) && this.put({ asking: { kind: "send-back", number: segment.number } }),
      join: () => segment && this.join(segment),
      split: () => segment && this.canCut(segment) && this.put({ asking: { kind: "split", number: segment.number } }),
      mark: () => segment && this.canSendBack(segment) && this.put({ asking: { kind: "mark", number: segment.number } }),
      undo: () => this.field?.undo(),
      redo: () => this.field?.redo(),
      leave: () => document.getElementById(`s${this.now.chosen}`)?.focus(),
      keys: () => this.put({ asking: { kind: "keys" } }),
      search: () => document.getElementById("words")?.focus(),
    };
    void acts[command]();
  }

  /** @param {Segment} segment */
  canSendBack(segment) {
    return taskFor(this.now.review.tasks, segment)?.kind === "revise";
  }

  /** @param {number} by */
  step(by) {
    const shown = this.shown();
    const place = shown.findIndex((one) => one.number === this.now.chosen);
    const next = shown[Math.max(0, Math.min(shown.length - 1, place + by))];
    if (next) this.choose(next.number, true);
  }

  shown() {
    const { filter, words, review, chosen } = this.now;
    const segments = this.now.segments.filter((one) => isLive(one) || this.outbox.of(one.number));
    if (filter === "all" && !words.trim()) return segments;
    const beside = (/** @type {Segment} */ one) => ({ ...one, findings: [...one.findings, ...(this.across.get(one.number) ?? [])] });
    return segments.filter((one) => one.number === chosen || isShown(beside(one), filter, words, review.tasks));
  }

  /** @param {Segment} segment */
  row(segment) {
    const { chosen, writers, review, terms } = this.now;
    const written = this.outbox.of(segment.number);
    const mine = segment.number === chosen;
    const editable = this.editable(segment);
    const writer = writers[segment.number] ?? "";
    const own = written?.findings.length ? written.findings : (this.checked.get(segment.number) ?? segment.findings);
    const findings = [...own, ...(this.across.get(segment.number) ?? [])];
    const stamp = JSON.stringify([segment.version, segment.seq, segment.draft?.target, mine, editable, writer, written && [written.state, written.act, written.changed, written.said], findings.map((one) => one.code + one.message), mine && terms?.length, segment.marks.length]);
    return html`<${SegmentRow} key=${segment.number} segment=${segment} target=${review.language} written=${written} chosen=${mine} editable=${editable}
      writer=${writer} findings=${findings} terms=${mine ? (terms ?? []) : []} acts=${this.acts} stamp=${stamp} />`;
  }

  render() {
    const { review, segments, loading, chosen, filter, words, online, told, failed } = this.now;
    const segment = this.segment(chosen);
    const live = segments.filter(isLive);
    const done = live.filter((one) => isDone(review.tasks, one)).length;
    const pending = this.outbox.pending;
    return html`<div class="room">
      <div class="bar card">
        ${this.tasks()}
        <div class="row">
          <div class="field"><label for="filter">${t("Show")}</label><select id="filter" value=${filter} onChange=${(/** @type {any} */ event) => this.put({ filter: event.target.value })}>
            ${[["all", t("All segments")], ["open", t("What is to be done")], ["findings", t("With findings")], ["comments", t("With comments")], ["changed", t("Changed by the reviser")], ["marked", t("With marked errors")], ["doubtful", t("Where the machine is in doubt")]].map(([value, name]) => html`<option value=${value} selected=${value === filter}>${name}</option>`)}
          </select></div>
          <div class="field grows"><label for="words">${t("Find in both texts")}</label><input class="input" id="words" type="search" dir="auto" value=${words} onInput=${(/** @type {any} */ event) => this.put({ words: event.target.value })} /></div>
          <button type="button" class="button small" onClick=${() => void this.compare()}>${icon("check")}${t("Compare all segments")}</button>
          <button type="button" class="button small" onClick=${() => this.obey("keys")}>${icon("keyboard")}${t("Keys")}</button>
        </div>
        <div class="row progressing"><progress max=${live.length || 1} value=${done} aria-label=${t("Progress")}></progress>
          <span class="note small">${t("{done} of {total} segments", { done: count(done), total: count(live.length) })}</span>
          <span class="note small" role="status">${!online ? html`${icon("warning")}${t("No connection. What you write stays here and is sent later.")}` : pending ? t("Saving") : t("Everything is saved")}</span>
          ${this.now.compared ? html`<span class="note small">${this.now.compared}</span>` : null}
        </div>
      </div>
      ${failed ? html`<${Message} kind="bad">${failed}<//>` : null}
      <div class="two">
        <div class="segments card" lang=${document.documentElement.lang}>
          <${Blocks} rows=${this.shown()} chosen=${chosen} row=${(/** @type {Segment} */ one) => this.row(one)} />
          ${loading ? html`<p class="note inside">${t("Loading")}</p>` : null}
          ${!loading && !this.shown().length ? html`<p class="note inside">${t("No segment is like that.")}</p>` : null}
        </div>
        ${segment ? this.side(segment) : null}
      </div>
      <p class="unseen" role="status">${told}</p>
      ${this.question()}
    </div>`;
  }

  tasks() {
    const { review } = this.now;
    const { works } = /** @type {RoomProps} */ (this.props);
    const open = review.tasks.filter((task) => task.state === "free" || task.state === "taken");
    if (!works || review.state !== "open" || !open.length) return null;
    return html`<ul class="my-tasks">${open
      .filter((task) => task.mine || task.state === "free")
      .map((task) => {
        const what = `${task.kind === "revise" ? t("Revision") : t("Translation")} ${count(task.first)}–${count(task.last)}`;
        return html`<li class="row"><strong>${what}</strong>
          ${task.instructions ? html`<span class="note" dir="auto">${task.instructions}</span>` : null}
          ${task.deadline ? html`<span class="note small">${icon("clock")}${new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(task.deadline))}</span>` : null}
          ${task.mine ? html`<button type="button" class="button small main" onClick=${() => void this.move(task, "complete")}>${t("Finish")}</button>
              <button type="button" class="button small" onClick=${() => void this.move(task, "hand-back")}>${t("Hand back")}</button>`
          : html`<button type="button" class="button small main" onClick=${() => void this.move(task, "claim")}>${t("Take")}</button>`}
        </li>`;
      })}</ul>`;
  }

  /** @param {Segment} segment */
  side(segment) {
    const { review, tab, matches, terms, history, searched, found } = this.now;
    const editable = this.editable(segment);
    return html`<div class="aside">
      ${editable ? html`<div class="row">
        <button type="button" class="button small main" onClick=${() => void this.confirm(true)}>${icon("check")}${t("Confirm")} <kbd dir="ltr">Ctrl ⏎</kbd></button>
        ${this.canSendBack(segment) ? html`<button type="button" class="button small" onClick=${() => this.obey("send-back")}>${icon("undo")}${t("Send back")} <kbd dir="ltr">Alt B</kbd></button>
          <button type="button" class="button small" onClick=${() => this.obey("mark")}>${icon("flag")}${t("Mark an error")} <kbd dir="ltr">Alt E</kbd></button>` : null}
        <button type="button" class="button small" onClick=${() => this.obey("proposal")}>${t("Proposal")} <kbd dir="ltr">Alt M</kbd></button>
        <button type="button" class="button small" onClick=${() => this.obey("source")}>${t("Source")} <kbd dir="ltr">Alt S</kbd></button>
        ${this.canCut(segment) && following(this.now.segments, segment) ? html`<button type="button" class="button small" onClick=${() => this.obey("join")}>${t("Join with the next one")} <kbd dir="ltr">Alt J</kbd></button>` : null}
        ${this.canCut(segment) ? html`<button type="button" class="button small" onClick=${() => this.obey("split")}>${t("Split")} <kbd dir="ltr">Alt ⇧ J</kbd></button>` : null}
      </div>` : null}
      ${Side({
        segment,
        source: segment.language,
        target: review.language,
        tab,
        matches,
        terms,
        history,
        editable,
        seq: review.seq,
        api: this.api,
        memory: /** @type {RoomProps} */ (this.props).memory,
        words: searched,
        found,
        onTab: (one) => this.put({ tab: one }),
        onMatch: (match) => this.useMatch(match),
        onTerm: (words) => this.field?.write(words),
        onSearch: (words) => void this.search(words),
        onComment: async (text) => {
          await this.api.comment(segment.number, text);
          await this.besides(true);
        },
        onRestore: (version) => this.field?.put(fromServer(version.target)),
      })}
    </div>`;
  }

  question() {
    const { asking } = this.now;
    if (!asking) return null;
    const close = () => this.put({ asking: null });
    if (asking.kind === "keys") return html`<${Dialog} label=${t("Keyboard shortcuts")} onClose=${close} wide=${true}><h2>${t("Keyboard shortcuts")}</h2>
      <dl class="keys">${keys().map(([key, what]) => html`<div><dt><kbd dir="ltr">${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
      <div class="row"><button type="button" class="button main" autofocus onClick=${close}>${t("Close")}</button></div><//>`;
    const segment = this.segment(asking.number);
    if (!segment) return null;
    if (asking.kind === "split") return html`<${SplitDialog} text=${fromServer(segment.source).text} language=${segment.language} onClose=${close} onSplit=${(/** @type {number} */ at) => void this.split(segment, at)} />`;
    if (asking.kind === "mark") return html`<${MarkDialog} onClose=${close} onMark=${(/** @type {import("./review-marks.js").MarkAsked} */ asked) => void this.ask(() => this.api.mark(segment.number, asked))} />`;
    const dismiss = asking.kind === "dismiss";
    return html`<${Reason} label=${dismiss ? t("Why may it pass?") : t("Why is it sent back?")} button=${dismiss ? t("Let it pass") : t("Send back")} onClose=${close}
      onReason=${(/** @type {string} */ reason) => void this.ask(() => (dismiss ? this.letPass(segment, asking.finding, reason) : this.api.sendBack(segment.number, segment.version, reason)))} />`;
  }

  /** @param {Segment} segment @param {Finding} finding @param {string} reason */
  async letPass(segment, finding, reason) {
    const changed = await this.api.dismiss(segment.number, finding.code, reason);
    const piece = this.outbox.of(segment.number);
    if (piece?.state === "refused" && piece.findings.every((one) => one.code in changed.dismissed)) await this.again(segment.number);
    return changed;
  }
}

/** Asks for a reason. */
class Reason extends Component {
  /** @param {{label: string, button: string, onClose: () => void, onReason: (reason: string) => void}} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.reason = "";
  }

  render() {
    const { label, button, onClose, onReason } = /** @type {{label: string, button: string, onClose: () => void, onReason: (reason: string) => void}} */ (this.props);
    return html`<${Dialog} label=${label} onClose=${onClose}>
      <form class="field" onSubmit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        onReason(this.reason);
      }}>
        <label for="reason">${label}</label>
        <textarea class="input" id="reason" rows="3" required maxlength="4000" dir="auto" autofocus onInput=${(/** @type {any} */ event) => (this.reason = event.target.value)}></textarea>
        <div class="row"><button class="button main">${button}</button><button type="button" class="button plain" onClick=${onClose}>${t("Cancel")}</button></div>
      </form>
    <//>`;
  }
}

/** @returns {[string, string][]} */
function keys() {
  return [
    ["Ctrl Enter", t("Confirm, with repetitions, and go to the next one")],
    ["Ctrl Shift Enter", t("Confirm this one alone")],
    ["Alt ↓ / Alt ↑", t("Next or previous segment")],
    ["Alt N", t("Next segment that is to be done")],
    ["Alt 1 … 9", t("Take a match of the memory")],
    ["Alt Shift 1 … 9", t("Put in a term")],
    ["Alt .", t("Put in the next missing code")],
    ["Alt M", t("Back to the proposal")],
    ["Alt S", t("Copy the source")],
    ["Alt K", t("Look for the chosen words in the memory")],
    ["Alt C", t("Comment")],
    ["Alt J", t("Join with the next one")],
    ["Alt Shift J", t("Split")],
    ["Alt B", t("Send back (revisers)")],
    ["Alt E", t("Mark an error (revisers)")],
    ["Ctrl Z / Ctrl Shift Z", t("Undo, redo")],
    ["Esc", t("Leave the field; then the arrows move, Enter goes back in")],
    ["/", t("Find in both texts")],
    ["?", t("Keyboard shortcuts")],
  ];
}

/** @returns {Storage | null} */
function storage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

const place = document.getElementById("review");
if (place) {
  const { review = "{}", works, memory } = place.dataset;
  render(html`<${Room} review=${JSON.parse(review)} works=${works === "yes"} memory=${memory === "yes"} />`, place);
}

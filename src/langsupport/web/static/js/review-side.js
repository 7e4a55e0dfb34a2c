/* Beside the segments: what memory and terms have for the chosen one, the concordance, its history and comments. */

import { dressed, icon } from "./live-parts.js";
import { html } from "./markup.js";
import { Page } from "./review-page.js";
import { Shown } from "./review-row.js";
import { actName, count, segmentName, when } from "./review-words.js";
import { differences, fromServer } from "./review-text.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./review-api.js").Match} Match */
/** @typedef {import("./review-api.js").TermHit} TermHit */
/** @typedef {import("./review-api.js").Version} Version */
/** @typedef {import("./review-model.js").Segment} Segment */
/** @typedef {"help" | "concordance" | "history" | "page"} Tab */
/**
 * @typedef {{
 *   segment: Segment, source: string, target: string, tab: Tab, matches: readonly Match[] | null, terms: readonly TermHit[] | null, history: readonly Version[] | null,
 *   seq: number, api: import("./review-api.js").ReviewApi, editable: boolean, memory: boolean, words: string, found: readonly Match["unit"][] | null,
 *   onTab: (tab: Tab) => void, onMatch: (match: Match) => void, onTerm: (words: string) => void, onSearch: (words: string) => void,
 *   onComment: (text: string) => Promise<void>, onRestore: (version: Version) => void,
 * }} SideProps
 */

/** @param {SideProps} props */
export function Side(props) {
  const tabs = /** @type {[Tab, string][]} */ ([["help", t("Memory and terms")], ...(props.memory ? [["concordance", t("Concordance")]] : []), ["history", t("History")], ["page", t("Page")]]);
  return html`<aside class="side card" aria-label=${t("Beside segment {number}", { number: segmentName(props.segment) })}>
    <div class="tabs" role="group">${tabs.map(([tab, name]) => html`<button type="button" aria-pressed=${tab === props.tab ? "true" : "false"} onClick=${() => props.onTab(tab)}>${name}</button>`)}</div>
    <div class="inside">${inside(props)}</div>
  </aside>`;
}

/** @param {SideProps} props */
function inside(props) {
  if (props.tab === "concordance") return html`<${Concordance} ...${props} />`;
  if (props.tab === "history") return html`<${History} ...${props} />`;
  if (props.tab === "page") return html`<${Page} number=${props.segment.number} seq=${props.seq} api=${props.api} />`;
  return html`${matches(props)}${terms(props)}`;
}

/** @param {string} before @param {string} after @param {string} language */
function Compared(before, after, language) {
  return html`<p class="small" ...${dressed(language)}>${differences(before, after).map(({ text, kind }) => (kind === "same" ? text : kind === "gone" ? html`<del>${text}</del>` : html`<ins>${text}</ins>`))}</p>`;
}

/** @param {SideProps} props */
function matches({ matches: found, segment, source, target, editable, onMatch, memory }) {
  if (!memory) return null;
  return html`<section aria-label=${t("Translation memory")}>
    <h2>${t("Translation memory")}</h2>
    ${found === null ? html`<p class="note small">…</p>` : null}
    ${found?.length === 0 ? html`<p class="note small">${t("Nothing alike yet.")}</p>` : null}
    <ol class="matches">${found?.map(
      (match, index) => html`<li>
        <p class="row small"><span class="tag ${match.score >= 100 ? "good" : match.score >= 85 ? "busy" : ""}">${count(match.score)} %</span>
          ${match.kind === "context" ? html`<span>${t("same place")}</span>` : null}<span class="note">${match.unit.document || match.unit.by}${match.unit.at ? ` · ${when(match.unit.at)}` : ""}</span></p>
        ${match.kind === "fuzzy" ? Compared(match.unit.source, fromServer(segment.source).text, source) : null}
        <p ...${dressed(target)}>${match.target}</p>
        ${match.substituted.length ? html`<p class="note small">${t("Numbers replaced:")} ${match.substituted.map((one) => `${one.old} → ${one.new}`).join(", ")}</p>` : null}
        ${editable ? html`<button type="button" class="button small" onClick=${() => onMatch(match)}>${t("Take it")} <kbd dir="ltr">Alt ${index + 1}</kbd></button>` : null}
      </li>`,
    )}</ol>
  </section>`;
}

/** The terms of a segment with what they are in the target language. @param {readonly TermHit[]} hits @param {string} target */
export function offered(hits, target) {
  const concepts = [...new Map(hits.map((hit) => [hit.concept.key, hit])).values()];
  return concepts.map((hit) => ({ hit, words: hit.concept.terms.filter((term) => term.language === target && term.status !== "forbidden"), never: hit.concept.terms.filter((term) => term.language === target && term.status === "forbidden") }));
}

/** @param {SideProps} props */
function terms({ terms: hits, target, editable, onTerm }) {
  let place = 0;
  return html`<section aria-label=${t("Terms")}>
    <h2>${t("Terms")}</h2>
    ${hits?.length === 0 ? html`<p class="note small">${t("No terms in this segment.")}</p>` : null}
    <dl class="terms-here">${offered(hits ?? [], target).map(
      ({ hit, words, never }) => html`<div><dt>${hit.text}${hit.concept.definition ? html`<span class="note small">${hit.concept.definition}</span>` : null}</dt>
        <dd ...${dressed(target)}>${words.map((term) => {
          place += 1;
          return editable ? html`<button type="button" class="button small" onClick=${() => onTerm(term.text)}>${term.text} <kbd dir="ltr">Alt ⇧ ${place}</kbd></button>` : html`<span>${term.text}</span>`;
        })}${never.map((term) => html`<s class="small">${term.text}</s>`)}</dd></div>`,
    )}</dl>
  </section>`;
}

class Concordance extends Component {
  /** @param {SideProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.words = props.words;
  }

  render() {
    const { words, found, source, target, onSearch, editable, onTerm } = /** @type {SideProps} */ (this.props);
    return html`<form class="field" onSubmit=${(/** @type {Event} */ event) => {
      event.preventDefault();
      onSearch(this.words);
    }}>
      <label for="concordance">${t("Words in either language")}</label>
      <div class="row"><input class="input" id="concordance" dir="auto" value=${words} maxlength="500" onInput=${(/** @type {any} */ event) => (this.words = event.target.value)} /><button class="button">${icon("search")}${t("Find")}</button></div>
    </form>
    ${found?.length === 0 ? html`<p class="note small">${t("Nothing was found.")}</p>` : null}
    <ol class="matches">${found?.map(
      (unit) => html`<li><p class="small" ...${dressed(source)}>${unit.source}</p><p ...${dressed(target)}>${unit.target}</p>
        <p class="row small"><span class="note">${unit.document || unit.by}</span>${editable ? html`<button type="button" class="button small" onClick=${() => onTerm(unit.target)}>${t("Put it in")}</button>` : null}</p></li>`,
    )}</ol>`;
  }
}

class History extends Component {
  /** @param {SideProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.state = { text: "", busy: false };
  }

  /** @param {Event} event */
  async send(event) {
    event.preventDefault();
    const text = String(this.state.text).trim();
    if (!text || this.state.busy) return;
    this.setState({ busy: true });
    try {
      await /** @type {SideProps} */ (this.props).onComment(text);
      this.setState({ text: "", busy: false });
    } catch {
      this.setState({ busy: false });
    }
  }

  render() {
    const { history, segment, target, editable, onRestore } = /** @type {SideProps} */ (this.props);
    const proposal = fromServer(segment.proposal).text;
    let before = proposal;
    const entries = (history ?? []).map((version) => {
      const text = fromServer(version.target).text;
      const entry = { version, text, before };
      before = text;
      return entry;
    });
    return html`<form class="field" onSubmit=${(/** @type {Event} */ event) => void this.send(event)}>
        <label for="comment">${t("Comment")}</label>
        <textarea class="input" id="comment" rows="2" maxlength="4000" dir="auto" value=${this.state.text} onInput=${(/** @type {any} */ event) => this.setState({ text: event.target.value })}></textarea>
        <div><button class="button small" disabled=${this.state.busy}>${t("Say it")}</button></div>
      </form>
      <ol class="history">
        ${entries.reverse().map(
          ({ version, text, before: old }) => html`<li>
            <p class="small"><strong>${actName(version.act)}</strong> <span class="note">${version.by} · ${when(version.at)}</span></p>
            ${version.text ? html`<p dir="auto">${version.text}</p>` : null}
            ${version.act === "comment" || version.act === "dismiss" || text === old ? null : Compared(old, text, target)}
            ${editable && text !== fromServer(segment.target).text ? html`<button type="button" class="button small plain" onClick=${() => onRestore(version)}>${icon("undo")}${t("Put this text back")}</button>` : null}
          </li>`,
        )}
        <li><p class="small"><strong>${t("Proposal")}</strong> <span class="note">${segment.model}</span></p><p class="small" ...${dressed(target)}>${Shown({ text: fromServer(segment.proposal) })}</p></li>
      </ol>`;
  }
}

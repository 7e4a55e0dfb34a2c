/* One segment in the editor: source, translation, what the checks found, and what is on its way. */

import { dressed, icon } from "./live-parts.js";
import { html } from "./markup.js";
import { TargetField } from "./review-field.js";
import { Marks } from "./review-marks.js";
import { count, codeName, confidenceName, originName, percent, segmentName, stateName } from "./review-words.js";
import { fromServer, label, lacking, pieces } from "./review-text.js";
import { isMachine } from "./review-model.js";
import { explain } from "./problems.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./review-model.js").Segment} Segment */
/** @typedef {import("./review-model.js").Written} Written */
/** @typedef {import("./review-model.js").Finding} Finding */
/** @typedef {import("./review-text.js").Coded} Coded */
/** @typedef {import("./review-text.js").Code} Code */
/** @typedef {import("./review-api.js").TermHit} TermHit */
/**
 * @typedef {{
 *   choose: (number: number) => void, edit: (number: number) => void, input: (number: number, text: Coded) => void, insist: (number: number) => void,
 *   yield: (number: number) => void, again: (number: number) => void, dismiss: (number: number, finding: Finding) => void, reopen: (number: number) => void, unmark: (number: number, mark: import("./review-marks.js").Mark) => void,
 *   field: (field: TargetField, there: boolean) => void, code: (code: Code) => void,
 * }} RowActs
 */
/**
 * @typedef {{
 *   segment: Segment, target: string, written: Written | null, chosen: boolean, editable: boolean, writer: string, findings: Finding[],
 *   terms: readonly TermHit[], acts: RowActs, stamp: string,
 * }} RowProps `stamp` tells whether anything changed
 */

/** A text that is only read. @param {{text: Coded, marks?: readonly {start: number, end: number, title?: string, forbidden?: boolean}[], onCode?: (code: Code) => void}} props */
export function Shown({ text, marks = [], onCode }) {
  return html`${pieces(text, marks).map((piece) => {
    if ("code" in piece) {
      const { code } = piece;
      if (onCode) return html`<button type="button" class="chip ${code.kind}" tabindex="-1" title=${codeName(code)} aria-label=${codeName(code)} onClick=${() => onCode(code)}>${label(code)}</button>`;
      return html`<span class="chip ${code.kind}" title=${codeName(code)}>${label(code)}</span>`;
    }
    const mark = piece.mark === undefined ? null : marks[piece.mark];
    return mark ? html`<mark class=${mark.forbidden ? "forbidden" : "term"} title=${mark.title ?? ""}>${piece.text}</mark>` : piece.text;
  })}`;
}

/** Where terms stand in a source, as the page counts. @param {string} text @param {readonly TermHit[]} terms */
function termMarks(text, terms) {
  const points = [...text];
  /** @param {number} at */
  const units = (at) => points.slice(0, at).join("").length;
  return terms.map((hit) => ({ start: units(hit.start), end: units(hit.end), title: hit.concept.definition || hit.concept.key }));
}

/** How sure the machine is of its text: in words where the segment is chosen, else the figure. @param {{level: "sure" | "fair" | "doubtful", confidence: number, chosen: boolean}} props */
function Sureness({ level, confidence, chosen }) {
  const said = confidenceName(level, confidence);
  if (chosen) return html`<span class="small note">${said}</span>`;
  return html`<span class="sureness ${level}" title=${said}><span class="unseen">${said}</span><span aria-hidden="true">${percent(confidence)}</span></span>`;
}

export class SegmentRow extends Component {
  /** @param {RowProps} props */
  constructor(props) {
    super(props);
    this.props = props;
  }

  /** @param {RowProps} next */
  shouldComponentUpdate(next) {
    return next.stamp !== /** @type {RowProps} */ (this.props).stamp;
  }

  render() {
    const { segment, target, written, chosen, editable, writer, acts, terms } = /** @type {RowProps} */ (this.props);
    const { number, state } = segment;
    const source = fromServer(segment.source);
    const text = fromServer(written?.target ?? segment.draft?.target ?? segment.target);
    const editing = chosen && editable;
    const { confidence_level: level, confidence } = segment;
    const sure = isMachine(segment) && !written && level && confidence !== null ? { level, confidence } : null;
    const called = segmentName(segment);
    const name = t("Translation of segment {number}", { number: called });
    return html`<li id="s${number}" class="segment ${state}${chosen ? " chosen" : ""}${written ? ` ${written.state}` : ""}" aria-current=${chosen ? "true" : null} tabindex=${chosen ? "0" : "-1"} aria-label=${t("Segment {number}", { number: called })}
      onClick=${() => chosen || acts.choose(number)}>
      <span class="number">${called}</span>
      <div class="source" id="source-${number}" ...${dressed(segment.language)}>${Shown({ text: source, marks: chosen ? termMarks(source.text, terms) : [], ...(editing ? { onCode: acts.code } : {}) })}</div>
      <div class="writing">
        ${
          editing
            ? html`<${TargetField} key=${number} onField=${acts.field} number=${number} language=${target} text=${text} source=${source} label=${name}
                described="source-${number} state-${number}" onInput=${(/** @type {Coded} */ now) => acts.input(number, now)}/>`
            : segment.joined_into === null && html`<div class="target" ...${dressed(target)} onClick=${() => acts.edit(number)}>${text.text || text.codes.length ? Shown({ text }) : html`<span class="note">${t("No translation yet")}</span>`}</div>`
        }
        ${editing ? this.missing(source, text) : null}
        ${writer ? html`<p class="note small">${icon("edit")}${t("{name} is writing here", { name: writer })}</p>` : null}
        ${this.onItsWay()}
        ${chosen || written?.state === "refused" ? this.found() : null}
        ${chosen ? Marks({ marks: segment.marks, onRemove: editable ? (mark) => acts.unmark(number, mark) : null }) : null}
      </div>
      <div class="states" id="state-${number}">
        <span class="state" title=${stateName(state)}>${icon({ initial: "progress", translated: "check", reviewed: "eye", final: "flag" }[state])}<span class="unseen">${stateName(state)}</span></span>
        ${segment.marks.length ? html`<span class="small note" title=${t("Marked errors")}>${icon("flag")}<span class="unseen">${t("Marked errors")}: </span>${count(segment.marks.length)}</span>` : null}
        ${segment.comments ? html`<span class="small note" title=${t("Comments")}>${icon("text")}<span class="unseen">${t("Comments")}: </span>${count(segment.comments)}</span>` : null}
        ${sure ? Sureness({ ...sure, chosen }) : null}
        ${chosen && !(sure && segment.match === null) ? html`<span class="small note">${segment.carried_from ? t("Unchanged since the last revision") : originName(segment.origin, segment.match)}</span>` : null}
        ${chosen && editable && state !== "initial" && !written ? html`<button type="button" class="button small plain" onClick=${() => acts.reopen(number)}>${t("Open again")}</button>` : null}
      </div>
    </li>`;
  }

  /** @param {Coded} source @param {Coded} text */
  missing(source, text) {
    const codes = lacking(source, text);
    if (!codes.length) return null;
    const { acts } = /** @type {RowProps} */ (this.props);
    return html`<p class="row small note">${t("Missing:")} ${codes.map((code) => html`<button type="button" class="chip ${code.kind}" aria-label=${t("Put in: {what}", { what: codeName(code) })} onClick=${() => acts.code(code)}>${label(code)}</button>`)} <kbd dir="ltr">Alt .</kbd></p>`;
  }

  /** What the checks say; of what was just refused, that. */
  found() {
    const { segment, findings, acts, editable } = /** @type {RowProps} */ (this.props);
    const open = findings.filter((finding) => !(finding.code in segment.dismissed));
    const passed = findings.filter((finding) => finding.code in segment.dismissed);
    if (!findings.length) return null;
    return html`<ul class="found">
      ${open.map((finding) => html`<li key=${finding.code + finding.message} class=${finding.severity}>${icon(finding.severity === "error" ? "error" : finding.severity === "warning" ? "warning" : "info")}<span><${Explained} key=${finding.code + finding.message} finding=${finding} /></span>
        ${editable && finding.dismissible && finding.severity !== "info" ? html`<button type="button" class="button small plain" onClick=${() => acts.dismiss(segment.number, finding)}>${t("Let it pass")}</button>` : null}</li>`)}
      ${passed.map((finding) => html`<li key=${finding.code + finding.message} class="passed">${icon("check")}<span><s><${Explained} key=${finding.code + finding.message} finding=${finding} /></s> ${segment.dismissed[finding.code]?.reason} (${segment.dismissed[finding.code]?.by})</span></li>`)}
    </ul>`;
  }

  onItsWay() {
    const { segment, written, acts, target } = /** @type {RowProps} */ (this.props);
    if (!written) return null;
    const mine = fromServer(written.target);
    if (segment.joined_into !== null) {
      return html`<div class="message warn" role="alert">${icon("warning")}<div>
        <p>${t("This segment was joined with the one before it. This is what you had written here:")}</p>
        <p ...${dressed(target)}>${Shown({ text: mine })}</p>
        <div class="row"><button type="button" class="button small" onClick=${() => acts.yield(segment.number)}>${t("Throw mine away")}</button></div></div></div>`;
    }
    if (written.state === "refused" && written.said) {
      return html`<div class="message bad" role="alert">${icon("error")}<div><p>${t("It was not saved:")} ${written.said}</p>
        <div class="row"><button type="button" class="button small" onClick=${() => acts.again(segment.number)}>${icon("retry")}${t("Try again")}</button>
        <button type="button" class="button small plain" onClick=${() => acts.yield(segment.number)}>${t("Throw mine away")}</button></div></div></div>`;
    }
    if (written.state === "conflict") {
      return html`<div class="message warn conflict" role="alert">${icon("warning")}<div>
        <p>${t("Somebody else changed this segment meanwhile. Which text holds?")}</p>
        <dl><dt>${t("Mine")}</dt><dd ...${dressed(target)}>${Shown({ text: mine })}</dd><dt>${t("Now")}</dt><dd ...${dressed(target)}>${Shown({ text: fromServer(segment.target) })}</dd></dl>
        <div class="row"><button type="button" class="button small main" onClick=${() => acts.insist(segment.number)}>${t("Go on with mine")}</button>
        <button type="button" class="button small" onClick=${() => acts.yield(segment.number)}>${t("Keep it as it is now")}</button></div>
      </div></div>`;
    }
    if (written.act === "confirm" && written.state !== "refused") return html`<p class="small note">${icon("clock")}${t("Waiting to be sent")}</p>`;
    return null;
  }
}

/** A finding's sentence in the reader's language; the server knows it. */
class Explained extends Component {
  /** @param {{finding: Finding}} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.state = { said: props.finding.message };
  }

  async componentDidMount() {
    const { template, fields, message } = /** @type {{finding: Finding}} */ (this.props).finding;
    this.setState({ said: await explain({ template, fields, detail: message }) });
  }

  render() {
    return this.state.said;
  }
}

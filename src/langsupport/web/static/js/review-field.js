/* The field in which a translation is written: text between chips, with its own undoing, for chips and matches too. */

import { dressed } from "./live-parts.js";
import { html } from "./markup.js";
import { codeName } from "./review-words.js";
import { caretOf, lacking, paint, putCaret, readFrom, replaced, same } from "./review-text.js";
import { Component } from "../vendor/preact.mjs";

/** @typedef {import("./review-text.js").Coded} Coded */
/** @typedef {import("./review-text.js").Code} Code */
/** @typedef {{number: number, language: string, text: Coded, source: Coded, label: string, onInput: (text: Coded) => void, onField: (field: TargetField, there: boolean) => void, described: string}} FieldProps */

const MOST_UNDO = 200;
const TOGETHER_MS = 700;

export class TargetField extends Component {
  /** @param {FieldProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    /** @type {HTMLElement | null} */
    this.place = null;
    /** @type {Coded} */
    this.text = props.text;
    /** @type {Coded[]} */
    this.past = [];
    /** @type {Coded[]} */
    this.future = [];
    this.typed_ms = 0;
    /** Where the caret was last, for what a button puts in. */
    this.caret = { start: props.text.text.length, end: props.text.text.length, codes: props.text.codes.length, text: "" };
    this.remember = () => {
      const found = this.place && caretOf(this.place);
      if (found) this.caret = found;
    };
  }

  componentDidMount() {
    if (!this.place) return;
    paint(this.place, this.text, codeName);
    /** @type {FieldProps} */ (this.props).onField(this, true);
    document.addEventListener("selectionchange", this.remember);
  }

  componentWillUnmount() {
    /** @type {FieldProps} */ (this.props).onField(this, false);
    document.removeEventListener("selectionchange", this.remember);
  }

  /** The field is the browser's to change; only another text from outside is painted. @param {FieldProps} next */
  shouldComponentUpdate(next) {
    const changed = next.described !== /** @type {FieldProps} */ (this.props).described || next.label !== /** @type {FieldProps} */ (this.props).label;
    if (!same(next.text, this.text)) this.show(next.text);
    return changed;
  }

  /** @param {Coded} text */
  show(text) {
    this.text = text;
    if (this.place) paint(this.place, text, codeName);
  }

  focus() {
    this.place?.focus();
    if (this.place) putCaret(this.place, this.text.text.length, this.text.codes.length);
  }

  /** What is chosen in the field. */
  get chosen() {
    return this.caret.text;
  }

  input() {
    if (!this.place) return;
    const now = readFrom(this.place);
    if (same(now, this.text)) return;
    const time = Date.now();
    if (time - this.typed_ms > TOGETHER_MS || !this.past.length) this.past = [...this.past, this.text].slice(-MOST_UNDO);
    this.typed_ms = time;
    this.future = [];
    this.take(now);
  }

  /** @param {Coded} text */
  take(text) {
    this.text = text;
    /** @type {FieldProps} */ (this.props).onInput(text);
  }

  /** Another text, as one step to undo. @param {Coded} text @param {number} at where the caret goes @param {number} codes chips before it */
  put(text, at = text.text.length, codes = text.codes.length) {
    this.past = [...this.past, this.text].slice(-MOST_UNDO);
    this.future = [];
    this.typed_ms = 0;
    this.show(text);
    this.place?.focus();
    if (this.place) putCaret(this.place, at, codes);
    this.take(text);
  }

  /** Words at the caret. @param {string} words */
  write(words) {
    this.remember();
    const { start, end, codes } = this.caret;
    this.put(replaced(this.text, start, end, { text: words, codes: [] }), start + words.length, codes);
  }

  /** A code at the caret; the next one that is missing, where none is named. @param {Code} [code] */
  putCode(code) {
    const found = code ?? lacking(/** @type {FieldProps} */ (this.props).source, this.text)[0];
    if (!found) return;
    this.remember();
    const { start, codes } = this.caret;
    const before = this.text.codes.slice(0, codes);
    const text = { text: this.text.text, codes: [...before, { ...found, at: start }, ...this.text.codes.slice(codes)] };
    this.put(text, start, codes + 1);
  }

  undo() {
    const before = this.past.pop();
    if (!before) return;
    this.future.push(this.text);
    this.back(before);
  }

  redo() {
    const after = this.future.pop();
    if (!after) return;
    this.past.push(this.text);
    this.back(after);
  }

  /** @param {Coded} text */
  back(text) {
    const at = commonLength(this.text.text, text.text);
    this.typed_ms = 0;
    this.show(text);
    if (this.place) putCaret(this.place, at, text.codes.filter((code) => code.at <= at).length);
    this.take(text);
  }

  /** @param {InputEvent} event */
  before(event) {
    if (event.inputType.startsWith("format") || event.inputType === "insertParagraph" || event.inputType === "insertLineBreak") event.preventDefault();
    if (event.inputType === "deleteContentBackward" || event.inputType === "deleteContentForward") this.takeChip(event);
    if (event.inputType === "historyUndo" || event.inputType === "historyRedo") {
      event.preventDefault();
      if (event.inputType === "historyUndo") this.undo();
      else this.redo();
    }
  }

  /** Backspace and Delete beside a chip take it out whole. @param {InputEvent} event */
  takeChip(event) {
    const caret = this.place && caretOf(this.place);
    if (!caret || caret.text || caret.start !== caret.end) return;
    const index = event.inputType === "deleteContentBackward" ? caret.codes - 1 : caret.codes;
    if (this.text.codes[index]?.at !== caret.start) return;
    event.preventDefault();
    const codes = this.text.codes.filter((_, place) => place !== index);
    this.put({ text: this.text.text, codes }, caret.start, Math.min(index, caret.codes));
  }

  /** Words only: what is copied elsewhere brings no formatting along. @param {DataTransfer | null} from @param {Event} event */
  paste(from, event) {
    event.preventDefault();
    const words = from?.getData("text/plain").replace(/\s*[\r\n]+\s*/g, " ") ?? "";
    this.remember();
    if (words) this.write(words);
  }

  render() {
    const { language, label, described } = /** @type {FieldProps} */ (this.props);
    return html`<div class="target entry" contenteditable="true" role="textbox" aria-multiline="true" aria-label=${label} aria-describedby=${described}
      spellcheck="true" ...${dressed(language)} ref=${(/** @type {HTMLElement | null} */ found) => (this.place = found)}
      onInput=${() => this.input()} onBeforeInput=${(/** @type {InputEvent} */ event) => this.before(event)}
      onPaste=${(/** @type {ClipboardEvent} */ event) => this.paste(event.clipboardData, event)}
      onDrop=${(/** @type {DragEvent} */ event) => event.preventDefault()}></div>`;
  }
}

/** @param {string} one @param {string} other where the text after the change ends that both end with */
function commonLength(one, other) {
  let same = 0;
  while (same < one.length && same < other.length && one.at(-1 - same) === other.at(-1 - same)) same += 1;
  return other.length - same;
}

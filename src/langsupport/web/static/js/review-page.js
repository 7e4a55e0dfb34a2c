/* The real page of the document beside the editor: a picture of it as it would be now, the writer's drafts in it. */

import { icon } from "./live-parts.js";
import { html } from "./markup.js";
import { sentenceOf } from "./json-api.js";
import { count } from "./review-words.js";
import { t } from "./strings.js";
import { Component } from "../vendor/preact.mjs";

const SETTLED_MS = 2500; // after the last change: the document is made anew each time

/** @typedef {{stamp: string, pages: number, page: number}} Look */
/** @typedef {{number: number, seq: number, api: import("./review-api.js").ReviewApi}} PageProps */
/** @typedef {{look: Look | null, page: number, said: string, busy: boolean}} PageState */

export class Page extends Component {
  /** @param {PageProps} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.state = { look: null, page: 0, said: "", busy: true };
    this.timer = 0;
    this.asked = 0;
  }

  componentDidMount() {
    void this.look();
  }

  componentWillUnmount() {
    window.clearTimeout(this.timer);
    this.asked += 1;
  }

  /** @param {PageProps} before */
  componentDidUpdate(before) {
    const { number, seq } = /** @type {PageProps} */ (this.props);
    if (before.number === number && before.seq === seq) return;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.look(), before.seq === seq ? 200 : SETTLED_MS);
  }

  async look() {
    const { api, number } = /** @type {PageProps} */ (this.props);
    const mine = (this.asked += 1);
    this.setState({ busy: true });
    try {
      const look = await api.preview(number);
      if (mine === this.asked) this.setState({ look, page: look.page, said: "", busy: false });
    } catch (error) {
      const said = await sentenceOf(error);
      if (mine === this.asked) this.setState({ said, busy: false });
    }
  }

  /** @param {number} by */
  turn(by) {
    const { look, page } = /** @type {PageState} */ (this.state);
    if (look) this.setState({ page: Math.max(1, Math.min(look.pages, page + by)) });
  }

  render() {
    const { look, page, said, busy } = /** @type {PageState} */ (this.state);
    const { api } = /** @type {PageProps} */ (this.props);
    const name = look ? t("Page {page} of {pages}", { page: count(page), pages: count(look.pages) }) : t("Page");
    return html`<div class="paper" aria-busy=${busy ? "true" : "false"}>
      <div class="row small">
        <button type="button" class="button small" aria-label=${t("Page before")} disabled=${!look || page <= 1} onClick=${() => this.turn(-1)}><span class="turns">${icon("back")}</span></button>
        <span role="status">${busy && !look ? t("The page is being made …") : name}</span>
        <button type="button" class="button small" aria-label=${t("Next page")} disabled=${!look || page >= look.pages} onClick=${() => this.turn(1)}><span class="turns">${icon("next")}</span></button>
        <button type="button" class="button small plain" onClick=${() => void this.look()}>${icon("retry")}${t("Renew")}</button>
      </div>
      ${said ? html`<p class="note">${said}</p>` : null}
      ${look ? html`<a href=${api.pictureOf(page, look.stamp)} target="_blank" rel="noopener"><img src=${api.pictureOf(page, look.stamp)} alt=${name} /></a>` : null}
    </div>`;
  }
}

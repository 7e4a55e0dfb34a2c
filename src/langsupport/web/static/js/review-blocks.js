/* A long list of which only the part around the reader stands in the page: blocks of rows, the others as empty space. */

import { html } from "./markup.js";
import { Component } from "../vendor/preact.mjs";

const ROWS = 40;
const ROW_PIXELS = 76;
const AHEAD = "1200px 0px";

/** @template T @param {readonly T[]} rows @returns {T[][]} */
export function blocksOf(rows) {
  /** @type {T[][]} */
  const found = [];
  for (let start = 0; start < rows.length; start += ROWS) found.push(rows.slice(start, start + ROWS));
  return found;
}

export class Blocks extends Component {
  /** @param {{rows: readonly {number: number}[], row: (row: any) => any, chosen: number | null}} props */
  constructor(props) {
    super(props);
    this.props = props;
    this.state = { seen: /** @type {ReadonlySet<number>} */ (new Set([0])) };
    /** @type {Map<number, number>} */
    this.heights = new Map();
    /** @type {Map<number, Element>} */
    this.places = new Map();
    /** @type {IntersectionObserver | null} */
    this.observer = null;
  }

  componentDidMount() {
    this.observer = new IntersectionObserver((entries) => this.look(entries), { rootMargin: AHEAD });
    for (const place of this.places.values()) this.observer.observe(place);
  }

  componentWillUnmount() {
    this.observer?.disconnect();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  look(entries) {
    const seen = new Set(/** @type {ReadonlySet<number>} */ (this.state.seen));
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      const index = Number(/** @type {HTMLElement} */ (target).dataset.block);
      if (isIntersecting) seen.add(index);
      else if (seen.delete(index)) this.heights.set(index, boundingClientRect.height);
    }
    this.setState({ seen });
  }

  /** @param {number} index @param {HTMLElement | null} place */
  placed(index, place) {
    const before = this.places.get(index);
    if (before === place) return;
    if (before) this.observer?.unobserve(before);
    if (place) {
      this.places.set(index, place);
      this.observer?.observe(place);
    } else this.places.delete(index);
  }

  render() {
    const { rows, row, chosen } = /** @type {{rows: readonly {number: number}[], row: (row: any) => any, chosen: number | null}} */ (this.props);
    const seen = /** @type {ReadonlySet<number>} */ (this.state.seen);
    return blocksOf(rows).map((block, index) => {
      const shown = seen.has(index) || block.some((one) => one.number === chosen);
      const height = this.heights.get(index) ?? block.length * ROW_PIXELS;
      return html`<ol class="block" key=${index} data-block=${index} ref=${(/** @type {HTMLElement | null} */ place) => this.placed(index, place)}
        style=${shown ? {} : { blockSize: `${height}px` }}>${shown ? block.map(row) : null}</ol>`;
    });
  }
}

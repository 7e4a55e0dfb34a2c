/* The live edge: a page that follows it, and a reader who scrolls back and must not be moved. */

const EDGE_PX = 96; // so near to the end counts as being there
const TOP_PX = 900; // so near to the beginning earlier captions are fetched

export class LiveEdge {
  /**
   * @param {{rows: () => Element[], moved: (atEdge: boolean) => void, nearTop: () => void}} options `rows` gives the rows on
   *   the page in order, each with its key in data-key
   */
  constructor(options) {
    this.options = options;
    this.atEdge = true;
    this.seen_px = scrollY;
    addEventListener("scroll", () => this.look(), { passive: true });
    addEventListener("resize", () => this.atEdge && this.follow(false));
  }

  /** @returns {number} */
  get left_px() {
    const { scrollHeight } = document.documentElement;
    return scrollHeight - innerHeight - scrollY;
  }

  look() {
    const back = scrollY < this.seen_px; // only a reader goes back: following goes down
    this.seen_px = scrollY;
    const atEdge = this.left_px <= EDGE_PX || (this.atEdge && !back);
    if (atEdge !== this.atEdge) {
      this.atEdge = atEdge;
      this.options.moved(atEdge);
    }
    if (!atEdge && scrollY < TOP_PX) this.options.nearTop();
  }

  /** What the reader looks at now, to be found again after a change. @returns {{key: string, top_px: number} | null} */
  hold() {
    if (this.atEdge) return null;
    for (const row of this.options.rows()) {
      const { top, bottom } = row.getBoundingClientRect();
      const key = /** @type {HTMLElement} */ (row).dataset.key;
      if (bottom > 0 && key) return { key, top_px: top };
    }
    return null;
  }

  /** After a change: on to the edge, or what was looked at back where it was. @param {{key: string, top_px: number} | null} held */
  settle(held) {
    if (this.atEdge) {
      if (this.left_px > 1) this.follow(true);
      return;
    }
    const row = held && this.options.rows().find((found) => /** @type {HTMLElement} */ (found).dataset.key === held.key);
    if (!row) return;
    const moved_px = row.getBoundingClientRect().top - held.top_px;
    if (Math.abs(moved_px) >= 1) scrollBy({ top: moved_px, behavior: "instant" });
  }

  /** To the newest caption. @param {boolean} gently */
  follow(gently) {
    const smooth = gently && this.left_px < innerHeight && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!this.atEdge) {
      this.atEdge = true;
      this.options.moved(true);
    }
    scrollTo({ top: document.documentElement.scrollHeight, behavior: smooth ? "smooth" : "instant" });
  }
}

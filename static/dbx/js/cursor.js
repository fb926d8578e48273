/**
 * The one clock of a flight page: which moment is shown and which window of time is in view.
 *
 * Everything that draws listens to it ("cursor", "window"); everything that is touched writes to it.
 * The cursor stays where it was put; hovering shows another moment for as long as the pointer is there.
 */

const SHORTEST_WINDOW_S = 0.2;

/** @param {number} value @param {number} low @param {number} high */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export class Timeline extends EventTarget {
  /** @param {number} startS @param {number} endS first and last moment of the log, boot seconds */
  constructor(startS, endS) {
    super();
    this.startS = startS;
    this.endS = Math.max(endS, startS + SHORTEST_WINDOW_S);
    this.from = this.startS;
    this.to = this.endS;
    this.cursor = startS;
    /** @type {number | null} */
    this.hover = null;
  }

  /** The moment every chart, the map and the read-outs show. */
  get shown() {
    return this.hover ?? this.cursor;
  }

  get isZoomed() {
    return this.from > this.startS || this.to < this.endS;
  }

  /** @param {number} timeS */
  setCursor(timeS) {
    this.cursor = clamp(timeS, this.startS, this.endS);
    this.hover = null;
    this.dispatchEvent(new Event("cursor"));
  }

  /** @param {number | null} timeS null when the pointer has left */
  setHover(timeS) {
    this.hover = timeS === null ? null : clamp(timeS, this.startS, this.endS);
    this.dispatchEvent(new Event("cursor"));
  }

  /** @param {number} from @param {number} to kept inside the log, never shorter than 0.2 s */
  setWindow(from, to) {
    const width = clamp(to - from, SHORTEST_WINDOW_S, this.endS - this.startS);
    const middle = (from + to) / 2;
    this.from = clamp(middle - width / 2, this.startS, this.endS - width);
    this.to = this.from + width;
    this.dispatchEvent(new Event("window"));
  }

  /** @param {number} factor below 1 zooms in @param {number} aroundS stays where it is */
  zoom(factor, aroundS = this.shown) {
    const fixed = clamp(aroundS, this.from, this.to);
    this.setWindow(fixed - (fixed - this.from) * factor, fixed + (this.to - fixed) * factor);
  }

  /** @param {number} seconds positive shows later */
  pan(seconds) {
    this.setWindow(this.from + seconds, this.to + seconds);
  }

  showAll() {
    this.setWindow(this.startS, this.endS);
  }

  /** Brings the cursor into view by turning the page, as a replay does. */
  reveal() {
    const width = this.to - this.from;
    if (this.cursor < this.from || this.cursor > this.to) {
      this.setWindow(this.cursor - width * 0.1, this.cursor + width * 0.9);
    }
  }
}

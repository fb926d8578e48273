/** A mouse and fingers on anything that has time from left to right. They only write to the timeline. */

const CLICK_TOLERANCE_PX = 4;
const CLOSEST_FINGERS_PX = 12;

/**
 * @typedef {{left: number, right: number}} Margins pixels beside the plot
 * @typedef {{
 *   element: HTMLElement, timeline: import("./cursor.js").Timeline, margins: () => Margins,
 *   onSelect?: (fromX: number | null, toX: number) => void,
 * }} Surface
 */

/**
 * @param {Surface} surface
 * @param {number} clientX
 * @returns {number} boot seconds under the pointer
 */
export function timeAt(surface, clientX) {
  const box = surface.element.getBoundingClientRect();
  const { left, right } = surface.margins();
  const { from, to } = surface.timeline;
  return from + ((clientX - box.left - left) / (box.width - left - right)) * (to - from);
}

/** @param {Surface} surface @param {number} pixels @returns {number} seconds */
export const secondsFor = (surface, pixels) => timeAt(surface, pixels) - timeAt(surface, 0);

/** Moving shows, a click pins, dragging zooms, Shift + drag pans, a double click shows all. */
class Mouse {
  /** @param {Surface} surface */
  constructor(surface) {
    this.surface = surface;
    this.timeline = surface.timeline;
    /** @type {{startX: number, lastX: number, isPan: boolean} | null} */
    this.drag = null;
    this.on("pointerdown", (event) => this.press(event));
    this.on("pointermove", (event) => this.move(event));
    this.on("pointerup", (event) => this.release(event));
    this.on("pointercancel", () => this.forget());
    this.on("pointerleave", () => this.drag || this.timeline.setHover(null));
    surface.element.addEventListener("dblclick", () => this.timeline.showAll());
  }

  /** @param {string} name @param {(event: PointerEvent) => void} act */
  on(name, act) {
    this.surface.element.addEventListener(name, (event) => event.pointerType !== "touch" && act(event));
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0) return;
    this.drag = { startX: event.clientX, lastX: event.clientX, isPan: event.shiftKey };
    this.surface.element.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.drag?.isPan) this.timeline.setHover(timeAt(this.surface, event.clientX));
    if (!this.drag) return;
    if (this.drag.isPan) this.timeline.pan(-secondsFor(this.surface, event.clientX - this.drag.lastX));
    else this.showSelection(event);
    this.drag.lastX = event.clientX;
  }

  /** @param {PointerEvent} event */
  showSelection(event) {
    const { left } = this.surface.element.getBoundingClientRect();
    this.surface.onSelect?.(this.drag.startX - left, event.clientX - left);
  }

  /** @param {PointerEvent} event */
  release(event) {
    if (!this.drag) return;
    const { startX, isPan } = this.drag;
    const ends = [timeAt(this.surface, startX), timeAt(this.surface, event.clientX)];
    this.forget();
    if (Math.abs(event.clientX - startX) < CLICK_TOLERANCE_PX) this.timeline.setCursor(ends[1]);
    else if (!isPan) this.timeline.setWindow(Math.min(...ends), Math.max(...ends));
  }

  forget() {
    this.drag = null;
    this.surface.onSelect?.(null, 0);
  }
}

/** One finger moves the cursor, two pinch and pan; up and down stays the page's. */
class Fingers {
  /** @param {Surface} surface */
  constructor(surface) {
    this.surface = surface;
    this.timeline = surface.timeline;
    /** @type {Map<number, number>} where each finger is, by its id */
    this.places = new Map();
    this.spread = { middle: 0, width: 0 };
    const { element } = surface;
    element.addEventListener("pointerdown", (event) => event.pointerType === "touch" && this.press(event));
    element.addEventListener("pointermove", (event) => this.places.has(event.pointerId) && this.move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      element.addEventListener(end, (event) => this.places.delete(event.pointerId));
    }
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.places.set(event.pointerId, event.clientX);
    if (this.places.size === 2) this.spread = this.measure();
    else this.timeline.setCursor(timeAt(this.surface, event.clientX));
  }

  /** @param {PointerEvent} event */
  move(event) {
    this.places.set(event.pointerId, event.clientX);
    if (this.places.size === 2) this.pinch();
    else this.timeline.setCursor(timeAt(this.surface, event.clientX));
  }

  measure() {
    const [a, b] = [...this.places.values()];
    return { middle: (a + b) / 2, width: Math.max(Math.abs(a - b), CLOSEST_FINGERS_PX) };
  }

  pinch() {
    const now = this.measure();
    this.timeline.pan(-secondsFor(this.surface, now.middle - this.spread.middle));
    this.timeline.zoom(this.spread.width / now.width, timeAt(this.surface, now.middle));
    this.spread = now;
  }
}

/** @param {Surface} surface */
export function attachPointers(surface) {
  new Mouse(surface);
  new Fingers(surface);
}

/** Wheel and keys on anything that has time from left to right, beside mouse and fingers. */

import { attachPointers, secondsFor, timeAt } from "./pointers.js";

const WHEEL_STEP = 0.0018;
const PAGE_STEPS = 10;
const STEPS_PER_WINDOW = 200;

/** @typedef {import("./pointers.js").Surface} Surface */

/**
 * Ctrl + wheel (a trackpad's pinch) zooms, sideways pans; a plain wheel scrolls the page.
 * @param {Surface} surface
 */
function attachWheel(surface) {
  const { element, timeline } = surface;
  element.addEventListener("wheel", (event) => {
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!event.ctrlKey && !event.metaKey && !isSideways) return;
    event.preventDefault();
    if (isSideways) timeline.pan(secondsFor(surface, event.deltaX || event.deltaY));
    else timeline.zoom(Math.exp(event.deltaY * WHEEL_STEP), timeAt(surface, event.clientX));
  }, { passive: false });
}

/** @param {import("./cursor.js").Timeline} timeline @param {number} seconds */
function step(timeline, seconds) {
  timeline.setCursor(timeline.cursor + seconds);
  timeline.reveal();
}

/**
 * @param {import("./cursor.js").Timeline} timeline
 * @param {KeyboardEvent} event
 * @returns {(() => void) | undefined}
 */
function actionFor(timeline, event) {
  const stride = ((timeline.to - timeline.from) / STEPS_PER_WINDOW) * (event.shiftKey ? PAGE_STEPS : 1);
  return {
    ArrowLeft: () => step(timeline, -stride),
    ArrowRight: () => step(timeline, stride),
    PageDown: () => step(timeline, -stride * PAGE_STEPS),
    PageUp: () => step(timeline, stride * PAGE_STEPS),
    Home: () => step(timeline, -Infinity),
    End: () => step(timeline, Infinity),
    "+": () => timeline.zoom(0.6, timeline.cursor),
    "=": () => timeline.zoom(0.6, timeline.cursor),
    "-": () => timeline.zoom(1 / 0.6, timeline.cursor),
    0: () => timeline.showAll(),
  }[event.key];
}

/** @param {Surface} surface */
function attachKeys(surface) {
  surface.element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actionFor(surface.timeline, event);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** @param {Surface} surface */
export function attachGestures(surface) {
  attachPointers(surface);
  attachWheel(surface);
  attachKeys(surface);
}

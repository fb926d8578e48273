/**
 * Fetches the stored history of the stretch in view once the window rests, and draws it with the overview.
 *
 * One request at a time, for the channels of open panels that the overview shows coarsely. Where it
 * fails, the overview stays and a note says so.
 */

import { rangeOf, refine } from "./samples.js";

const REST_MS = 250;
const HISTORY_HZ = 10;
const MARGIN_SHARE = 0.5;
const MOST_ROWS = 4000;
const FAILED = "Finer data could not be loaded; the curves show the overview.";

/**
 * @typedef {{from: number, to: number, names: string[]}} Ask
 * @typedef {Ask & {isThinned: boolean}} Loaded
 */

/**
 * @param {import("./samples.js").Channel} channel
 * @param {{from: number, to: number}} view
 * @param {number} pixels across which it is drawn
 */
function isCoarse(channel, { from, to }, pixels) {
  const [first, last] = rangeOf({ ...channel, ...channel.overview }, from, to);
  return last - first + 1 < Math.min((to - from) * HISTORY_HZ, pixels);
}

export class FinerSamples {
  /**
   * @param {string} address of the flight's history
   * @param {import("./cursor.js").Timeline} timeline
   * @param {import("./chart.js").ChartPanel[]} panels
   * @param {HTMLElement} note
   */
  constructor(address, timeline, panels, note) {
    this.address = address;
    this.timeline = timeline;
    this.panels = panels;
    this.note = note;
    this.resting = 0;
    /** @type {AbortController | null} */
    this.request = null;
    /** @type {Loaded | null} */
    this.loaded = null;
    timeline.addEventListener("window", () => this.afterRest());
    for (const panel of panels) panel.element.addEventListener("toggle", () => this.afterRest());
  }

  /** What is on its way is for a window that has gone. */
  afterRest() {
    this.request?.abort();
    window.clearTimeout(this.resting);
    this.resting = window.setTimeout(() => this.load(), REST_MS);
  }

  /** @returns {import("./samples.js").Channel[]} */
  coarseChannels() {
    const open = this.panels.filter((panel) => panel.element.open);
    return open.flatMap(({ lines, plot }) => (
      lines.map((line) => line.channel).filter((channel) => isCoarse(channel, this.timeline, plot.clientWidth))
    ));
  }

  /** @param {string[]} names */
  isAtHand(names) {
    if (!this.loaded) return false;
    const { from, to, isThinned } = this.loaded;
    const isInside = this.timeline.from >= from && this.timeline.to <= to;
    return isInside && !isThinned && names.every((name) => this.loaded.names.includes(name));
  }

  async load() {
    const channels = this.timeline.isZoomed ? this.coarseChannels() : [];
    const names = channels.map((channel) => channel.name);
    if (!names.length || this.isAtHand(names)) return;
    const { from, to } = this.timeline;
    const margin = (to - from) * MARGIN_SHARE;
    this.request = new AbortController();
    try {
      await this.fetchInto(channels, { from: from - margin, to: to + margin, names }, this.request.signal);
      this.note.hidden = true;
    } catch (error) {
      if (error.name !== "AbortError") this.explain();
    }
  }

  /** @param {import("./samples.js").Channel[]} channels @param {Ask} ask @param {AbortSignal} signal */
  async fetchInto(channels, ask, signal) {
    const query = new URLSearchParams({
      start_s: ask.from.toFixed(3), end_s: ask.to.toFixed(3), channels: ask.names.join(","), max_points: String(MOST_ROWS),
    });
    const options = { headers: { Accept: "application/json" }, credentials: "same-origin", signal };
    const answer = await fetch(`${this.address}?${query}`, options);
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    const rows = await answer.json();
    for (const channel of channels) refine(channel, rows.time_s, rows.channels[channel.name]);
    this.loaded = { ...ask, isThinned: rows.is_downsampled };
    for (const panel of this.panels) panel.schedule();
  }

  explain() {
    this.note.textContent = FAILED;
    this.note.hidden = false;
  }
}

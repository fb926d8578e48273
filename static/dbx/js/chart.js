/**
 * One chart panel: title, legend with the values at the cursor, and a canvas.
 *
 * Two canvases lie on each other: the lines, drawn when the window changes, and the cursor, drawn
 * when it moves. A closed panel, or one out of sight, draws nothing.
 */

import { element, icon } from "./dom.js";
import { attachGestures } from "./gestures.js";
import { drawAxes, drawBegins, drawCursor, drawLine, drawSelection, drawShades, freshContext, MARGIN } from "./plot.js";
import { extentOf, valueAt } from "./samples.js";
import { bootTime, reading } from "./ticks.js";

const SERIES_COLORS = 8;
const PEEK_CHANNELS = 3;

/**
 * A wanted value wears the colour of the value it is wanted for, dashed.
 * @param {import("./samples.js").Channel[]} channels
 */
function styleLines(channels) {
  const actual = channels.filter((channel) => !channel.name.includes("_setpoint_"));
  return channels.map((channel) => {
    const base = channel.name.replace("_setpoint_", "_");
    const index = actual.findIndex((other) => other.name === base);
    const isWanted = base !== channel.name;
    const color = Math.max(index, 0) % SERIES_COLORS;
    return { channel, color, isDashed: isWanted || index >= SERIES_COLORS, isShown: true };
  });
}

/** @param {string} label @param {string} title of the panel @returns {string} "Motor 1" for Motor speed 1 under Motor speed */
function shortened(label, title) {
  return label.startsWith(`${title} `) ? title.split(" ")[0] + label.slice(title.length) : label;
}

export class ChartPanel {
  /**
   * @param {import("./panels.js").Panel} group
   * @param {import("./cursor.js").Timeline} timeline
   * @param {{theme: any, shades: any[], begins: any[], sprite: string}} look shared by all panels; its colours may change
   */
  constructor(group, timeline, look) {
    this.group = group;
    this.timeline = timeline;
    this.look = look;
    this.lines = styleLines(group.channels);
    this.isVisible = false;
    this.selection = null;
    this.build();
    this.listen();
  }

  build() {
    this.plot = element("canvas", { "aria-hidden": "true" });
    this.overlay = element("canvas", {
      tabindex: "0", role: "slider",
      "aria-label": `${this.group.label}: moment in the log. Left and right move, plus and minus zoom.`,
      "aria-valuemin": this.timeline.startS.toFixed(1), "aria-valuemax": this.timeline.endS.toFixed(1),
    });
    this.peek = element("span", { class: "panel-peek" });
    const title = element("span", { class: "panel-title" }, this.group.label, element("small", {}, this.group.unit));
    const isSingle = this.lines.length === 1;
    this.element = element(
      "details",
      { class: `card panel${isSingle ? " is-single" : ""}`, "data-testid": "chart-panel", "data-group": this.group.name },
      element("summary", {}, icon(this.look.sprite, "chevron"), title, this.peek),
      element("div", { class: "legend" }, ...this.lines.map((line) => this.legendEntry(line))),
      element("div", { class: "plot" }, this.plot, this.overlay),
    );
    this.element.open = this.group.isOpen;
  }

  /** @param {ReturnType<typeof styleLines>[number]} line */
  legendEntry(line) {
    line.reading = element("b");
    const swatch = element("span", { class: `swatch s${line.color + 1}${line.isDashed ? " is-dashed" : ""}` });
    const label = element("span", {}, shortened(line.channel.label, this.group.label));
    const button = element(
      "button", { type: "button", "aria-pressed": "true", title: "Show or hide" }, swatch, label, line.reading,
    );
    button.addEventListener("click", () => {
      line.isShown = !line.isShown;
      button.setAttribute("aria-pressed", String(line.isShown));
      this.draw();
    });
    return button;
  }

  listen() {
    attachGestures({
      element: this.overlay, timeline: this.timeline, margins: () => MARGIN,
      onSelect: (fromX, toX) => {
        this.selection = fromX === null ? null : [fromX, toX];
        this.drawCursor();
      },
    });
    this.timeline.addEventListener("window", () => this.schedule());
    this.timeline.addEventListener("cursor", () => this.drawCursor());
    this.element.addEventListener("toggle", () => this.draw());
    window.addEventListener("beforeprint", () => {
      this.isVisible = true;
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(this.plot);
    new IntersectionObserver(([entry]) => {
      this.isVisible = entry.isIntersecting;
      this.draw();
    }, { rootMargin: "200px" }).observe(this.element);
  }

  open() {
    this.element.open = true;
  }

  /** Many window changes within one frame are one drawing. */
  schedule() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.draw();
    });
  }

  get shownLines() {
    return this.lines.filter((line) => line.isShown);
  }

  draw() {
    if (this.isVisible && this.element.open && this.plot.clientWidth) this.drawPlot();
    this.drawCursor();
  }

  drawPlot() {
    const { from, to } = this.timeline;
    const { theme, shades, begins } = this.look;
    const [low, high] = extentOf(this.shownLines.map((line) => line.channel), from, to);
    const frame = { width: this.plot.clientWidth, height: this.plot.clientHeight, from, to, low, high };
    const context = freshContext(this.plot);
    drawShades(context, frame, shades, theme);
    drawAxes(context, frame, theme);
    drawBegins(context, frame, begins, theme);
    for (const line of this.shownLines) drawLine(context, frame, { ...line, color: theme.series[line.color] });
    this.frame = frame;
  }

  drawCursor() {
    if (!this.isVisible) return;
    const at = this.timeline.shown;
    const values = this.lines.map((line) => valueAt(line.channel, at));
    this.writePeek(values);
    if (!this.element.open || !this.frame) return;
    this.lines.forEach((line, i) => { line.reading.textContent = reading(line.channel, values[i]); });
    this.writeSlider(at);
    const { series } = this.look.theme;
    const dots = this.lines.map((line, i) => ({ color: series[line.color], value: line.isShown ? values[i] : null }));
    const context = freshContext(this.overlay);
    drawCursor(context, this.frame, at, dots, this.look.theme);
    if (this.selection) drawSelection(context, this.frame, ...this.selection, this.look.theme);
  }

  /** @param {(number | null)[]} values */
  writePeek(values) {
    const shown = this.lines.slice(0, PEEK_CHANNELS);
    this.peek.textContent = shown.map((line, i) => reading(line.channel, values[i])).join(" · ");
  }

  /** @param {number} at */
  writeSlider(at) {
    const words = this.shownLines.map((line) => `${line.channel.label} ${line.reading.textContent}`);
    this.overlay.setAttribute("aria-valuenow", at.toFixed(1));
    this.overlay.setAttribute("aria-valuetext", [bootTime(at), ...words].join(", "));
  }
}

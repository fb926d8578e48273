/** What happened when, above the charts and on their time axis: phases, modes, findings, gaps. */

import { element } from "./dom.js";
import { attachGestures } from "./gestures.js";
import { bootTime } from "./ticks.js";

const RIGHT_MARGIN = 12;
const SEVERITIES = [["critical", "Critical"], ["warning", "Warnings"], ["info", "Notes"]];

/** @typedef {{start: number, end: number, text: string, kind: string, jump?: () => void}} Span */

/**
 * @param {number[][]} stretches
 * @param {number[][]} holes
 * @returns {number[][]} what is left of the stretches
 */
function outside(stretches, holes) {
  return holes.reduce((left, [from, to]) => left.flatMap(([start, end]) => (
    to <= start || from >= end ? [[start, end]] : [[start, from], [to, end]].filter(([a, b]) => b > a)
  )), stretches);
}

/** @param {number[][]} stretches @param {string} text @param {string} kind @returns {Span[]} */
const spansOf = (stretches, text, kind) => stretches.map(([start, end]) => ({ start, end, text, kind }));

/** @param {any} finding @param {(finding: any) => void} jump @returns {Span} */
function markOf(finding, jump) {
  const { start_s: start, end_s: end, title: text, severity } = finding;
  return { start, end, text, kind: `mark ${severity}`, jump: () => jump(finding) };
}

/**
 * @param {any} flight
 * @param {(finding: any) => void} jump
 * @returns {[string, Span[]][]} the lanes that hold anything
 */
function lanesOf(flight, jump) {
  const { armed = [], flying = [] } = flight.phases;
  const longestFirst = [...flight.findings].sort((a, b) => b.end_s - b.start_s - (a.end_s - a.start_s));
  const all = longestFirst.map((finding) => markOf(finding, jump));
  const marks = (severity) => all.filter((mark) => mark.kind === `mark ${severity}`);
  /** @type {[string, Span[]][]} */
  const lanes = [
    ["Phase", [...spansOf(outside(armed, flying), "Armed", "armed"), ...spansOf(flying, "Flying", "flying")]],
    ["Mode", flight.modes.map((mode) => ({ start: mode.start_s, end: mode.end_s, text: mode.name, kind: "mode" }))],
    ...SEVERITIES.map(([severity, name]) => [name, marks(severity)]),
    ["Gaps", spansOf(flight.gaps, "No data", "gap")],
  ];
  return lanes.filter(([, spans]) => spans.length);
}

/** @param {[string, Span[]][]} lanes @returns {string} the strip in words */
function inWords(lanes) {
  const words = lanes.flatMap(([, spans]) => spans.map((s) => `${s.text} ${bootTime(s.start)} to ${bootTime(s.end)}`));
  return `Events: ${words.join("; ")}`;
}

export class EventStrip {
  /**
   * @param {HTMLElement} card
   * @param {any} flight
   * @param {import("./cursor.js").Timeline} timeline
   * @param {(finding: any) => void} jump
   */
  constructor(card, flight, timeline, jump) {
    this.timeline = timeline;
    this.lanes = lanesOf(flight, jump);
    this.cursor = element("div", { class: "strip-cursor" });
    this.strip = element("div", { class: "strip", role: "img", "aria-label": inWords(this.lanes) });
    this.spans = [];
    this.strip.append(...this.lanes.map(([name, spans]) => this.lane(name, spans)), this.cursor);
    card.append(this.strip);
    card.hidden = this.lanes.length === 0;
    attachGestures({ element: this.strip, timeline, margins: () => this.margins() });
    timeline.addEventListener("window", () => this.layOut());
    timeline.addEventListener("cursor", () => this.placeCursor());
    new ResizeObserver(() => this.placeCursor()).observe(this.strip);
    this.layOut();
  }

  /** @param {string} name @param {Span[]} spans */
  lane(name, spans) {
    const track = element("div", { class: "lane-track" }, ...spans.map((span) => this.span(span)));
    return element("div", { class: "lane" }, element("span", { class: "lane-name" }, name), track);
  }

  /** @param {Span} span */
  span(span) {
    const title = `${span.text}, ${bootTime(span.start)}${span.end > span.start ? ` to ${bootTime(span.end)}` : ""}`;
    const label = span.jump || span.kind === "gap" ? "" : span.text;
    const made = element("div", { class: `event ${span.kind}`, title }, label);
    if (span.jump) this.makeClickable(made, span.jump);
    this.spans.push({ ...span, made });
    return made;
  }

  /** A mark is clicked, not dragged: the strip's own gestures must not see it. */
  makeClickable(made, jump) {
    made.addEventListener("pointerdown", (event) => event.stopPropagation());
    made.addEventListener("click", jump);
  }

  margins() {
    const name = this.strip.querySelector(".lane-name");
    return { left: name ? name.offsetWidth : 0, right: RIGHT_MARGIN };
  }

  layOut() {
    const { from, to } = this.timeline;
    const share = (t) => ((t - from) / (to - from)) * 100;
    for (const { start, end, made } of this.spans) {
      const left = Math.max(share(start), -0.5);
      made.style.left = `${left}%`;
      made.style.width = `${Math.max(Math.min(share(end), 100.5) - left, 0)}%`;
      made.hidden = end < from || start > to;
    }
    this.placeCursor();
  }

  placeCursor() {
    const { from, to, shown } = this.timeline;
    const { left, right } = this.margins();
    const x = left + ((shown - from) / (to - from)) * (this.strip.clientWidth - left - right);
    this.cursor.hidden = shown < from || shown > to;
    this.cursor.style.left = `${x}px`;
  }
}

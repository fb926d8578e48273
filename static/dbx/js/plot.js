/** Drawing of one chart on a canvas. No state: everything comes in, pixels go out. */

import { rangeOf } from "./samples.js";
import { niceStep, niceTimeStep, tickLabel, ticks } from "./ticks.js";

export const MARGIN = { left: 62, right: 12, top: 6, bottom: 22 };
const AXIS_FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif';

/**
 * @typedef {{width: number, height: number, from: number, to: number, low: number, high: number}} Frame
 * what part of the world stands where, in CSS pixels
 * @typedef {{start_s: number, end_s: number, severity: string}} Shade
 */

/** @param {Frame} f @param {number} t */
export const xOf = (f, t) => MARGIN.left + ((t - f.from) / (f.to - f.from)) * (f.width - MARGIN.left - MARGIN.right);

/** @param {Frame} f @param {number} v */
export function yOf(f, v) {
  const share = (v - f.low) / (f.high - f.low);
  return f.height - MARGIN.bottom - share * (f.height - MARGIN.top - MARGIN.bottom);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D} cleared, in CSS pixels, sharp on any screen
 */
export function freshContext(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}

/** @param {CanvasRenderingContext2D} c @param {Frame} f */
function clipToPlot(c, f) {
  c.beginPath();
  c.rect(MARGIN.left, MARGIN.top, f.width - MARGIN.left - MARGIN.right, f.height - MARGIN.top - MARGIN.bottom);
  c.clip();
}

/** @param {CanvasRenderingContext2D} c @param {Frame} f @param {Record<string, string>} theme */
function drawValueAxis(c, f, theme) {
  const step = niceStep(f.high - f.low, (f.height - 28) / 34);
  c.textAlign = "right";
  c.textBaseline = "middle";
  for (const value of ticks(f.low, f.high, step)) {
    const y = Math.round(yOf(f, value)) + 0.5;
    c.strokeStyle = theme.grid;
    c.beginPath();
    c.moveTo(MARGIN.left, y);
    c.lineTo(f.width - MARGIN.right, y);
    c.stroke();
    c.fillStyle = theme.ink;
    c.fillText(tickLabel(value, step), MARGIN.left - 8, y);
  }
}

/** @param {CanvasRenderingContext2D} c @param {Frame} f @param {Record<string, string>} theme */
function drawTimeAxis(c, f, theme) {
  const step = niceTimeStep(f.to - f.from, (f.width - 74) / 90);
  c.textBaseline = "top";
  for (const t of ticks(f.from, f.to, step)) {
    const x = Math.round(xOf(f, t)) + 0.5;
    c.strokeStyle = theme.grid;
    c.beginPath();
    c.moveTo(x, MARGIN.top);
    c.lineTo(x, f.height - MARGIN.bottom);
    c.stroke();
    c.fillStyle = theme.ink;
    c.textAlign = x > f.width - 30 ? "right" : "center";
    c.fillText(`${tickLabel(t, step)} s`, Math.min(x, f.width - 4), f.height - MARGIN.bottom + 6);
  }
}

/** @param {CanvasRenderingContext2D} c @param {Frame} f @param {Record<string, string>} theme */
export function drawAxes(c, f, theme) {
  c.font = AXIS_FONT;
  c.lineWidth = 1;
  drawValueAxis(c, f, theme);
  drawTimeAxis(c, f, theme);
}

/** Stretches behind the lines: findings in their severity's colour, gaps in grey. */
export function drawShades(c, f, shades, theme) {
  c.save();
  clipToPlot(c, f);
  for (const shade of shades) {
    if (shade.end_s < f.from || shade.start_s > f.to) continue;
    const left = xOf(f, shade.start_s);
    c.globalAlpha = shade.severity === "gap" ? 0.22 : 0.14;
    c.fillStyle = theme[shade.severity] ?? theme.info;
    c.fillRect(left, MARGIN.top, Math.max(xOf(f, shade.end_s) - left, 2), f.height - MARGIN.top - MARGIN.bottom);
  }
  c.restore();
}

/** A thin line where each finding began. */
export function drawBegins(c, f, findings, theme) {
  c.save();
  clipToPlot(c, f);
  c.globalAlpha = 0.7;
  for (const { start_s: start, severity } of findings) {
    c.fillStyle = theme[severity] ?? theme.info;
    c.fillRect(xOf(f, start) - 0.75, MARGIN.top, 1.5, f.height - MARGIN.top - MARGIN.bottom);
  }
  c.restore();
}

/**
 * @param {Path2D | CanvasRenderingContext2D} path
 * @param {Frame} f
 * @param {import("./samples.js").Channel} channel
 */
function trace(path, f, channel) {
  const { time, value, isBroken, is_stepped: isStepped } = channel;
  const [first, last] = rangeOf(channel, f.from, f.to);
  for (let i = first; i <= last; i += 1) {
    const x = xOf(f, time[i]);
    const y = yOf(f, value[i]);
    if (i === first || isBroken[i]) path.moveTo(x, y);
    else if (isStepped) path.lineTo(x, yOf(f, value[i - 1]));
    path.lineTo(x, y);
  }
  if (isStepped && last >= 0 && time[last] < f.to) path.lineTo(xOf(f, f.to), yOf(f, value[last]));
}

/** @param {{channel: import("./samples.js").Channel, color: string, isDashed: boolean}} line */
export function drawLine(c, f, line) {
  c.save();
  clipToPlot(c, f);
  c.beginPath();
  trace(c, f, line.channel);
  c.strokeStyle = line.color;
  c.lineWidth = 1.5;
  c.lineJoin = "round";
  c.setLineDash(line.isDashed ? [5, 4] : []);
  c.stroke();
  c.restore();
}

/** The cursor's line with a dot on each curve. @param {{color: string, value: number | null}[]} dots */
export function drawCursor(c, f, timeS, dots, theme) {
  if (timeS < f.from || timeS > f.to) return;
  const x = xOf(f, timeS);
  c.strokeStyle = theme.cursor;
  c.lineWidth = 1.25;
  c.beginPath();
  c.moveTo(x, MARGIN.top);
  c.lineTo(x, f.height - MARGIN.bottom);
  c.stroke();
  for (const { color, value } of dots) {
    if (value === null || value < f.low || value > f.high) continue;
    c.beginPath();
    c.arc(x, yOf(f, value), 3.5, 0, 7);
    c.fillStyle = color;
    c.fill();
    c.strokeStyle = theme.surface;
    c.stroke();
  }
}

/** The stretch being dragged out for a zoom. */
export function drawSelection(c, f, fromX, toX, theme) {
  c.globalAlpha = 0.18;
  c.fillStyle = theme.accent;
  c.fillRect(Math.min(fromX, toX), MARGIN.top, Math.abs(toX - fromX), f.height - MARGIN.top - MARGIN.bottom);
  c.globalAlpha = 1;
}

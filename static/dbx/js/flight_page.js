/**
 * Puts a flight page together: loads the chart data once and ties charts, map, replay and findings to one clock.
 */

import { followAddress } from "./address.js";
import { ChartPanel } from "./chart.js";
import { Timeline } from "./cursor.js";
import { EventStrip } from "./event_strip.js";
import { channelsPointedAt, Findings } from "./findings.js";
import { FinerSamples } from "./finer_samples.js";
import { panelsOf } from "./panels.js";
import { Replay } from "./replay.js";
import { prepare } from "./samples.js";
import { onThemeChange, readTheme } from "./theme.js";
import { TrackMap } from "./track_map.js";

const FLIGHT_MARGIN_S = 3;
const LONGEST_STRETCH_SHARE = 0.4;

/** @param {string} address @returns {Promise<any>} @throws {Error} in words for the page */
async function load(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  return answer.json();
}

/** @param {any} flight @returns {any} with typed, cut-at-gaps channels */
function prepared(flight) {
  const gaps = flight.gaps ?? [];
  const holdsAny = (channel) => channel.time.length > 0;
  const ready = (channels) => channels.map((channel) => prepare(channel, gaps)).filter(holdsAny);
  const groups = flight.groups.map((group) => ({ ...group, channels: ready(group.channels) }));
  const { findings = [], modes = [], phases = {} } = flight;
  return { ...flight, gaps, groups, findings, modes, phases };
}

/**
 * What is worth a colour on charts and map: not mere notes. What holds for most of the log is marked
 * where it began only, as its whole stretch would paint everything and show nothing.
 * @param {any} flight
 */
function seriousFindings(flight) {
  const longest = (flight.end_s - flight.start_s) * LONGEST_STRETCH_SHARE;
  const serious = flight.findings.filter((finding) => finding.severity !== "info");
  return serious.map((finding) => ({ ...finding, isLong: finding.end_s - finding.start_s > longest }));
}

/**
 * Findings that overlap are one stretch per severity: shade upon shade would hide the curve.
 * @param {any[]} findings
 */
function merged(findings) {
  const stretches = [];
  for (const { start_s, end_s, severity } of [...findings].sort((a, b) => a.start_s - b.start_s)) {
    const open = stretches.find((each) => each.severity === severity && each.end_s >= start_s);
    if (open) open.end_s = Math.max(open.end_s, end_s);
    else stretches.push({ start_s, end_s, severity });
  }
  return stretches;
}

/** @param {any} flight */
function shadesOf(flight) {
  const gaps = flight.gaps.map(([start, end]) => ({ start_s: start, end_s: end, severity: "gap" }));
  return [...gaps, ...merged(seriousFindings(flight).filter((finding) => !finding.isLong))];
}

/**
 * @param {HTMLElement} root
 * @param {any} flight
 * @param {Timeline} timeline
 * @param {any} look
 * @returns {ChartPanel[]}
 */
function addCharts(root, flight, timeline, look) {
  const panels = panelsOf(flight.groups, channelsPointedAt(root)).map((group) => new ChartPanel(group, timeline, look));
  if (panels.length) root.querySelector("[data-charts]").replaceChildren(...panels.map((panel) => panel.element));
  else root.querySelector("[data-chart-status]").textContent = "This log holds no channel that can be drawn.";
  const setAll = (isOpen) => panels.forEach((panel) => { panel.element.open = isOpen; });
  root.querySelector("[data-open-all]").addEventListener("click", () => setAll(true));
  root.querySelector("[data-close-all]").addEventListener("click", () => setAll(false));
  root.querySelector("[data-chart-tools]").hidden = panels.length === 0;
  return panels;
}

/**
 * @param {HTMLElement} root
 * @param {any} flight
 * @param {Timeline} timeline
 * @param {any} look
 * @returns {TrackMap | null}
 */
function addMap(root, flight, timeline, look) {
  const note = root.querySelector("[data-map-note]");
  if (!flight.track?.time_s?.length) {
    note.textContent = "This log holds no position, so there is no track to show.";
    return null;
  }
  note.hidden = true;
  const heading = flight.groups.flatMap((group) => group.channels).find((channel) => channel.name === "yaw_deg");
  const shown = { ...flight, findings: seriousFindings(flight) };
  return new TrackMap(root.querySelector("[data-map]"), shown, timeline, look, heading);
}

/** @param {HTMLElement} root @param {any} flight @param {Timeline} timeline */
function addZoomButtons(root, flight, timeline) {
  const on = (name, action) => root.querySelector(`[data-zoom-${name}]`).addEventListener("click", action);
  const flying = flight.phases.flying ?? [];
  on("in", () => timeline.zoom(0.5, timeline.cursor));
  on("out", () => timeline.zoom(2, timeline.cursor));
  on("all", () => timeline.showAll());
  on("flight", () => timeline.setWindow(flying[0][0] - FLIGHT_MARGIN_S, flying.at(-1)[1] + FLIGHT_MARGIN_S));
  root.querySelector("[data-zoom-flight]").hidden = flying.length === 0;
}

/**
 * @param {HTMLElement} root
 * @param {any} flight
 * @returns {number | null} null where the date is only the day of upload
 */
function bootMoment(root, flight) {
  return flight.boot_at && !root.hasAttribute("data-undated") ? Date.parse(flight.boot_at) : null;
}

/** @param {HTMLElement} root @param {any} flight */
function assemble(root, flight) {
  const timeline = new Timeline(flight.start_s, flight.end_s);
  const look = {
    theme: readTheme(), shades: shadesOf(flight), begins: seriousFindings(flight), sprite: root.dataset.icons,
  };
  const panels = addCharts(root, flight, timeline, look);
  const findings = new Findings(root, timeline, panels);
  new EventStrip(root.querySelector("[data-strip]"), flight, timeline, (finding) => findings.show(finding.id));
  new Replay(root.querySelector("[data-replay]"), timeline, bootMoment(root, flight));
  addZoomButtons(root, flight, timeline);
  new FinerSamples(root.dataset.telemetryUrl, timeline, panels, root.querySelector("[data-finer-note]"));
  const map = addMap(root, flight, timeline, look);
  root.classList.add("is-live");
  followAddress(timeline, flight.phases.flying?.[0]?.[0] ?? flight.start_s);
  onThemeChange(() => {
    look.theme = readTheme();
    panels.forEach((panel) => panel.draw());
    map?.recolour();
  });
}

/** @param {HTMLElement} root @param {Error} error */
function explain(root, error) {
  const status = root.querySelector("[data-chart-status]");
  const again = document.createElement("button");
  Object.assign(again, { type: "button", className: "button quiet", textContent: "Try again" });
  again.addEventListener("click", () => start(root));
  status?.replaceChildren(`The charts could not be loaded. ${error.message} `, again);
}

/** @param {HTMLElement} root */
async function start(root) {
  const status = root.querySelector("[data-chart-status]");
  status.hidden = false;
  if (!root.dataset.chartUrl) {
    status.textContent = "This flight has no telemetry, so there is nothing to draw.";
    return;
  }
  status.textContent = "Loading the charts…";
  try {
    assemble(root, prepared(await load(root.dataset.chartUrl)));
  } catch (error) {
    explain(root, error);
    throw error;
  }
}

/** @param {HTMLButtonElement | null} button */
function offerPrinting(button) {
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

offerPrinting(document.querySelector("[data-print]"));
const root = document.querySelector("[data-flight]");
if (root) start(root);

/**
 * The track on a map: where the aircraft was, coloured by what it did and what was found, and where
 * it is at the cursor. Tiles only when the page names an address for them.
 */

import { element } from "./dom.js";
import { addGrid, addNorthAndScale } from "./map_grid.js";
import { indexBefore, valueAt } from "./samples.js";

const CLICK_REACH_PX = 24;
const SHORTEST_MARK_S = 1;
const PLANE = '<svg viewBox="-17 -17 34 34" aria-hidden="true"><path d="M0-14 9 11 0 6-9 11z" fill="currentColor"'
  + ' stroke="#fff" stroke-width="1.8" stroke-linejoin="round"/></svg>';

/** @typedef {{time_s: number[], latitude: number[], longitude: number[], altitude_m: number[]}} Track */

/**
 * @param {Track} track
 * @param {number} at
 * @returns {[number, number]} between the two fixes around the moment
 */
function positionAt(track, at) {
  const last = track.time_s.length - 1;
  const i = Math.min(Math.max(indexBefore(track.time_s, at), 0), last);
  const next = Math.min(i + 1, last);
  const span = track.time_s[next] - track.time_s[i];
  const share = span > 0 ? Math.min(Math.max((at - track.time_s[i]) / span, 0), 1) : 0;
  const between = (values) => values[i] + (values[next] - values[i]) * share;
  return [between(track.latitude), between(track.longitude)];
}

/**
 * @param {Track} track
 * @param {number} from
 * @param {number} to
 * @returns {[number, number][]} with both ends, though no fix stands there
 */
function stretch(track, from, to) {
  const first = indexBefore(track.time_s, from) + 1;
  const last = indexBefore(track.time_s, to);
  const fix = (_, i) => [track.latitude[first + i], track.longitude[first + i]];
  const inside = track.time_s.slice(first, last + 1).map(fix);
  return [positionAt(track, from), ...inside, positionAt(track, to)];
}

/**
 * @param {Track} track
 * @param {number} at
 * @returns {number} degrees clockwise from north, from one fix to the next
 */
function courseAt(track, at) {
  const i = Math.min(Math.max(indexBefore(track.time_s, at), 0), Math.max(track.time_s.length - 2, 0));
  const next = Math.min(i + 1, track.time_s.length - 1);
  const east = (track.longitude[next] - track.longitude[i]) * Math.cos((track.latitude[i] * Math.PI) / 180);
  return (Math.atan2(east, track.latitude[next] - track.latitude[i]) * 180) / Math.PI;
}

/**
 * @param {any} a
 * @param {any} b
 * @param {any} point
 * @returns {number} how far along from a to b the point is nearest, 0 to 1
 */
function nearestShare(a, b, point) {
  const [x, y] = [b.x - a.x, b.y - a.y];
  const length = x * x + y * y;
  return length ? Math.min(Math.max(((point.x - a.x) * x + (point.y - a.y) * y) / length, 0), 1) : 0;
}

export class TrackMap {
  /**
   * @param {HTMLElement} box @param {any} flight the chart data @param {import("./cursor.js").Timeline} timeline
   * @param {{theme: any}} look @param {import("./samples.js").Channel | undefined} heading
   */
  constructor(box, flight, timeline, look, heading) {
    this.L = window.L;
    this.box = box;
    this.flight = flight;
    this.track = flight.track;
    this.timeline = timeline;
    this.look = look;
    this.heading = heading;
    this.build();
  }

  build() {
    const { L, box } = this;
    this.map = L.map(box, {
      preferCanvas: true, zoomSnap: 0.25, zoomDelta: 0.5, maxZoom: 24, scrollWheelZoom: false,
      attributionControl: Boolean(box.dataset.tileUrl),
    });
    this.wheelOnceFocused();
    const all = stretch(this.track, -Infinity, Infinity);
    this.bounds = L.latLngBounds(all).pad(0.12);
    this.fit();
    if (box.dataset.tileUrl) this.addTiles(box.dataset);
    else this.redrawGrid = addGrid(L, this.map, all[0], () => this.look.theme);
    addNorthAndScale(L, this.map);
    this.addLegend();
    this.drawTrack();
    this.addPlane();
    this.map.on("click", (event) => this.jumpTo(event.containerPoint));
    this.timeline.addEventListener("cursor", () => this.movePlane());
    new ResizeObserver(() => this.fit()).observe(box);
    const touched = () => { this.isTouched = true; };
    for (const touch of ["pointerdown", "wheel"]) box.addEventListener(touch, touched, { passive: true });
  }

  /** @param {DOMStringMap} data */
  addTiles({ tileUrl, tileAttribution = "" }) {
    const options = { attribution: tileAttribution, maxZoom: 24, maxNativeZoom: 19 };
    this.L.tileLayer(tileUrl, options).addTo(this.map);
  }

  /** The whole track, in whatever room there is now, paper included, until somebody moves the map. */
  fit() {
    this.map.invalidateSize({ animate: false });
    if (!this.isTouched) this.map.fitBounds(this.bounds, { maxZoom: 21, animate: false });
  }

  /** A page is scrolled over the map; only one that was clicked takes the wheel. */
  wheelOnceFocused() {
    this.map.on("focus", () => this.map.scrollWheelZoom.enable());
    this.map.on("blur", () => this.map.scrollWheelZoom.disable());
  }

  drawTrack() {
    const { L, track } = this;
    const { theme } = this.look;
    this.layer?.remove();
    this.layer = L.layerGroup().addTo(this.map);
    const line = (from, to, color, weight) => {
      const points = stretch(track, from, to);
      const halo = { color: theme.surface, weight: weight + 3, opacity: 0.8, interactive: false };
      L.polyline(points, halo).addTo(this.layer);
      L.polyline(points, { color, weight, interactive: false }).addTo(this.layer);
    };
    line(-Infinity, Infinity, theme.onGround, 2);
    for (const [from, to] of this.flight.phases.flying ?? []) line(from, to, theme.flying, 3);
    for (const finding of this.marked()) this.drawFinding(finding, line);
  }

  /** The gravest last, so that it lies on top. */
  marked() {
    return [...this.flight.findings].sort((a, b) => (a.severity === "critical") - (b.severity === "critical"));
  }

  drawFinding(finding, line) {
    const color = this.look.theme[finding.severity];
    if (!finding.isLong) line(finding.start_s, Math.max(finding.end_s, finding.start_s + SHORTEST_MARK_S), color, 5);
    const dot = this.L.circleMarker(positionAt(this.track, finding.start_s), {
      radius: 6, color: this.look.theme.surface, weight: 2, fillColor: color, fillOpacity: 1,
    });
    dot.bindTooltip(document.createTextNode(`${finding.title}, ${finding.start_s.toFixed(1)} s`));
    dot.on("click", (event) => {
      this.L.DomEvent.stopPropagation(event);
      this.timeline.setCursor(finding.start_s);
      this.timeline.reveal();
    });
    dot.addTo(this.layer);
  }

  addLegend() {
    const legend = this.box.closest(".map-card").querySelector("[data-map-legend]");
    const entries = [["flying", "Flying"], ["ground", "On the ground"]];
    for (const [severity, word] of [["warning", "Warning"], ["critical", "Critical"]]) {
      if (this.flight.findings.some((finding) => finding.severity === severity)) entries.push([severity, word]);
    }
    const grid = element("span", { class: "grid-size" });
    this.map.on("gridchange", ({ stepM }) => {
      grid.textContent = stepM < 1000 ? `Grid ${stepM} m` : `Grid ${stepM / 1000} km`;
    });
    const entry = ([kind, word]) => element("span", { class: kind }, element("i"), element("b", {}, word));
    legend.replaceChildren(...entries.map(entry), grid);
    legend.hidden = false;
    this.redrawGrid?.();
  }

  addPlane() {
    const icon = this.L.divIcon({ className: "plane", html: PLANE, iconSize: [34, 34], iconAnchor: [17, 17] });
    const options = { icon, interactive: false, keyboard: false, zIndexOffset: 1000 };
    this.plane = this.L.marker([0, 0], options).addTo(this.map);
    this.movePlane();
  }

  movePlane() {
    const at = this.timeline.shown;
    const position = positionAt(this.track, at);
    const heading = (this.heading && valueAt(this.heading, at)) ?? courseAt(this.track, at);
    this.plane.setLatLng(position);
    this.plane.getElement().firstElementChild.style.transform = `rotate(${heading}deg)`;
    const isPinned = this.timeline.hover === null;
    if (isPinned && !this.map.getBounds().contains(position)) this.map.panTo(position, { animate: false });
  }

  /** @param {any} point a click near the track moves the cursor there */
  jumpTo(point) {
    const { time_s: times, latitude, longitude } = this.track;
    const pixels = times.map((_, i) => this.map.latLngToContainerPoint([latitude[i], longitude[i]]));
    let best = { distance: CLICK_REACH_PX, timeS: null };
    for (let i = 1; i < pixels.length; i += 1) {
      const share = nearestShare(pixels[i - 1], pixels[i], point);
      const distance = pixels[i - 1].add(pixels[i].subtract(pixels[i - 1]).multiplyBy(share)).distanceTo(point);
      if (distance < best.distance) best = { distance, timeS: times[i - 1] + (times[i] - times[i - 1]) * share };
    }
    if (best.timeS === null) return;
    this.timeline.setCursor(best.timeS);
    this.timeline.reveal();
  }

  recolour() {
    this.drawTrack();
    this.redrawGrid?.();
  }
}

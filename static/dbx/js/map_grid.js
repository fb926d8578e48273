/**
 * A plain grid in metres under the track, for a map without tiles: lines at round distances from
 * the first point, a note of their spacing, a scale bar and an arrow to the north.
 */

import { niceStep } from "./ticks.js";

const METRES_PER_DEGREE = 111_320;
const LINES_ACROSS = 6;
const ARROW = '<svg viewBox="0 0 20 34" aria-hidden="true"><path d="M10 1 16 17 10 13.5 4 17z" fill="currentColor"/>'
  + '<path d="M6 32V22l8 10V22" fill="none" stroke="currentColor" stroke-width="2"/></svg>';

/** @param {number} low @param {number} high @param {number} step @returns {number[]} */
function multiples(low, high, step) {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(Math.floor(high / step) - first + 1, 0) }, (_, i) => (first + i) * step);
}

/**
 * @param {any} map
 * @param {{lat: number, lng: number}} origin
 * @returns {[number, number][][]} the lines in view, as [lat, lng] pairs
 */
function linesInView(map, origin, stepM) {
  const bounds = map.getBounds().pad(0.1);
  const perLat = METRES_PER_DEGREE;
  const perLng = METRES_PER_DEGREE * Math.cos((origin.lat * Math.PI) / 180);
  const [south, north, west, east] = [bounds.getSouth(), bounds.getNorth(), bounds.getWest(), bounds.getEast()];
  const across = multiples((south - origin.lat) * perLat, (north - origin.lat) * perLat, stepM)
    .map((m) => [[origin.lat + m / perLat, west], [origin.lat + m / perLat, east]]);
  const along = multiples((west - origin.lng) * perLng, (east - origin.lng) * perLng, stepM)
    .map((m) => [[south, origin.lng + m / perLng], [north, origin.lng + m / perLng]]);
  return [...across, ...along];
}

/**
 * @param {any} map
 * @param {{lat: number, lng: number}} origin
 * @returns {number} a round spacing for what is in view
 */
function spacing(map, origin) {
  const bounds = map.getBounds();
  const acrossM = (bounds.getEast() - bounds.getWest()) * METRES_PER_DEGREE * Math.cos((origin.lat * Math.PI) / 180);
  return niceStep(acrossM, LINES_ACROSS);
}

/** @param {any} L @param {any} map Adds the arrow and the scale bar. */
export function addNorthAndScale(L, map) {
  const north = L.control({ position: "topright" });
  north.onAdd = () => {
    const box = L.DomUtil.create("div", "north");
    box.innerHTML = ARROW;
    box.title = "North is up";
    return box;
  };
  north.addTo(map);
  L.control.scale({ imperial: false, maxWidth: 120 }).addTo(map);
}

/**
 * @param {any} L
 * @param {any} map
 * @param {[number, number]} start
 * @param {() => Record<string, string>} theme
 * @returns {() => void} draws the grid anew
 */
export function addGrid(L, map, start, theme) {
  const origin = L.latLng(start);
  const pane = map.createPane("grid");
  pane.style.zIndex = "250";
  const layer = L.layerGroup().addTo(map);
  const renderer = L.svg({ pane: "grid", padding: 0.5 });
  const style = { weight: 1, opacity: 0.45, interactive: false, pane: "grid", renderer };
  const draw = () => {
    if (!map.getSize().x) return; // hidden, or between screen and paper: nothing to measure by
    const stepM = spacing(map, origin);
    layer.clearLayers();
    for (const line of linesInView(map, origin, stepM)) {
      L.polyline(line, { ...style, color: theme().line }).addTo(layer);
    }
    map.fire("gridchange", { stepM });
  };
  map.on("moveend zoomend resize", draw);
  draw();
  return draw;
}

/** The map of the fleet: every mark, what is in view, and which aircraft the view follows. */

import { Mark } from "./live_marks.js";
import { ageOf, ago, figuresOf, isLow, stateOf } from "./live_words.js";
import { addGrid, addNorthAndScale } from "./map_grid.js";
import { readTheme } from "./theme.js";

const CLOSE_ZOOM = 16;
const FIRST_ZOOM = 17;
const ROOM_PX = [75, 60];
/** @typedef {import("./live_words.js").Aircraft} Aircraft */

/** @param {Aircraft} aircraft */
const hasPlace = ({ latitude, longitude }) => latitude !== null && longitude !== null;

export class FleetMap extends EventTarget {
  /**
   * Fires "chosen" with an aircraft's key, and "released" when the person moves the map away.
   * @param {HTMLElement} box @param {{staleS: number, lostS: number, trailS: number}} limits @param {HTMLElement} grid
   */
  constructor(box, limits, grid) {
    super();
    Object.assign(this, { L: window.L, box, limits, grid });
    this.marks = new Map();
    this.trails = new Map();
    this.theme = readTheme();
  }

  /** The map begins where the first aircraft is. @param {[number, number]} place */
  begin(place) {
    const { L, box } = this;
    const { tileUrl, tileAttribution = "" } = box.dataset;
    this.map = L.map(box, { zoomSnap: 0.25, zoomDelta: 0.5, maxZoom: 22, attributionControl: Boolean(tileUrl) });
    this.map.setView(place, FIRST_ZOOM, { animate: false });
    this.map.on("gridchange", ({ stepM }) => {
      this.grid.textContent = stepM < 1000 ? `Grid ${stepM} m` : `Grid ${stepM / 1000} km`;
    });
    if (tileUrl) L.tileLayer(tileUrl, { attribution: tileAttribution, maxZoom: 22, maxNativeZoom: 19 }).addTo(this.map);
    else this.redrawGrid = addGrid(L, this.map, place, () => this.theme);
    addNorthAndScale(L, this.map);
    this.map.on("dragstart", () => this.release());
    new ResizeObserver(() => this.map.invalidateSize({ animate: false })).observe(box);
    for (const touch of ["pointerdown", "wheel", "keydown"]) {
      box.addEventListener(touch, () => { this.isTouched = true; }, { passive: true });
    }
  }

  /** @param {Aircraft[]} fleet @param {number} nowS @param {string | null} followed key */
  show(fleet, nowS, followed) {
    const placed = fleet.filter(hasPlace);
    if (!this.map && placed.length) this.begin([placed[0].latitude, placed[0].longitude]);
    const here = new Set(placed.map(({ key }) => key));
    const isNew = placed.some(({ key }) => !this.marks.has(key));
    for (const [key, mark] of this.marks) if (!here.has(key)) { mark.remove(); this.marks.delete(key); }
    for (const aircraft of placed) this.place(aircraft);
    this.fleet = placed;
    this.age(nowS, followed);
    if (isNew && !this.isTouched && followed === null) this.showAll();
    else this.follow(followed);
  }

  /** @param {Aircraft} aircraft */
  place(aircraft) {
    const { key, flight } = aircraft;
    let mark = this.marks.get(key);
    if (!mark) {
      mark = new Mark(this.L, this.map, aircraft, () => this.dispatchEvent(new CustomEvent("chosen", { detail: key })));
      this.marks.set(key, mark);
    }
    if (mark.flight !== flight) { mark.trail = []; mark.flight = flight; }
    if (this.trails.has(flight)) {
      mark.setTrail(this.trails.get(flight));
      this.trails.delete(flight);
    }
    mark.move(aircraft, this.limits.trailS);
  }

  /** @param {Record<string, [number, number, number][]>} trails by flight; drawn with the next positions */
  setTrails(trails) {
    this.trails = new Map(Object.entries(trails));
    for (const aircraft of this.fleet ?? []) this.place(aircraft);
  }

  /** Time passes. @param {number} nowS @param {string | null} followed */
  age(nowS, followed) {
    for (const aircraft of this.fleet ?? []) {
      const ageS = ageOf(aircraft, nowS);
      const state = stateOf(ageS, this.limits);
      const figures = figuresOf(aircraft).map((pair) => pair.join(" ")).join(", ");
      const low = isLow(aircraft) && `battery ${aircraft.battery_percentage.toFixed(0)} %`;
      const more = state === "fresh" ? low : ago(ageS);
      const label = more ? `${aircraft.label} · ${more}` : aircraft.label;
      const heard = state === "fresh" ? "heard just now" : `${state === "lost" ? "lost, heard" : "heard"} ${ago(ageS)}`;
      const words = `${aircraft.label}, ${heard}, ${figures}`;
      const mark = this.marks.get(aircraft.key);
      mark?.show(state, label, words, aircraft.key === followed, this.theme);
      mark?.box.classList.toggle("is-low", isLow(aircraft));
    }
  }

  /** @param {string | null} key */
  follow(key) {
    const mark = key === null ? null : this.marks.get(key);
    if (mark) this.map.panTo(mark.marker.getLatLng(), { animate: false });
  }

  /** @param {string} key closer than before, where the view is wide */
  approach(key) {
    const mark = this.marks.get(key);
    if (mark) this.map.setView(mark.marker.getLatLng(), Math.max(this.map.getZoom(), CLOSE_ZOOM), { animate: false });
  }

  release() {
    this.isTouched = true;
    this.dispatchEvent(new CustomEvent("released"));
  }

  showAll() {
    const places = (this.fleet ?? []).map(({ latitude, longitude }) => [latitude, longitude]);
    if (!places.length) return;
    this.isTouched = false;
    this.map.fitBounds(this.L.latLngBounds(places), { padding: ROOM_PX, maxZoom: FIRST_ZOOM, animate: false });
  }

  recolour() {
    this.theme = readTheme();
    this.redrawGrid?.();
  }
}

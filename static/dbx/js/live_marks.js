/** The aircraft on the map: an arrow with its name, and the way it came. */

import { element } from "./dom.js";

const ARROW = '<svg viewBox="-17 -17 34 34" aria-hidden="true"><path d="M0-14 9 11 0 6-9 11z" fill="currentColor"'
  + ' stroke="#fff" stroke-width="1.8" stroke-linejoin="round"/></svg>';
const DOT = '<svg viewBox="-17 -17 34 34" aria-hidden="true"><circle r="7" fill="currentColor"'
  + ' stroke="#fff" stroke-width="1.8"/></svg>';
const COLOUR = { fresh: "accent", stale: "onGround", lost: "line" };
const LAYERS = { fresh: 200, stale: 100, lost: 0 };

/** @typedef {import("./live_words.js").Aircraft} Aircraft @typedef {import("./live_words.js").State} State */

/** One aircraft: its marker and its trail. */
export class Mark {
  /** @param {any} L @param {any} map @param {Aircraft} aircraft @param {() => void} onChosen */
  constructor(L, map, aircraft, onChosen) {
    this.trail = [];
    this.line = L.polyline([], { weight: 2.5, opacity: 0.75, interactive: false }).addTo(map);
    const icon = L.divIcon({ className: "live-plane", html: "", iconSize: [34, 34], iconAnchor: [17, 17] });
    const place = [aircraft.latitude, aircraft.longitude];
    this.marker = L.marker(place, { icon, keyboard: true, riseOnHover: true }).addTo(map);
    this.marker.on("click", onChosen);
    this.box = this.marker.getElement();
    this.box.dataset.aircraft = aircraft.key;
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      onChosen();
    });
    this.name = element("span", { class: "live-label" });
    this.sign = element("span", { class: "live-sign" });
    this.box.replaceChildren(this.sign, this.name);
  }

  /** @param {[number, number, number][]} trail seconds, latitude, longitude; newer ones of our own stay */
  setTrail(trail) {
    const newest = trail.at(-1)?.[0] ?? -Infinity;
    this.trail = [...trail, ...this.trail.filter(([at]) => at > newest)];
  }

  /** @param {Aircraft} aircraft @param {number} trailS */
  move(aircraft, trailS) {
    const { at, latitude, longitude } = aircraft;
    if (at > (this.trail.at(-1)?.[0] ?? -Infinity)) this.trail.push([at, latitude, longitude]);
    while (this.trail.length && this.trail[0][0] < at - trailS) this.trail.shift();
    this.line.setLatLngs(this.trail.map(([, lat, lng]) => [lat, lng]));
    this.marker.setLatLng([latitude, longitude]);
    this.turn(aircraft.yaw_deg);
  }

  /** @param {number | null} heading degrees; a dot where nobody knows */
  turn(heading) {
    const shape = heading === null ? DOT : ARROW;
    if (this.shape !== shape) this.sign.innerHTML = this.shape = shape;
    this.sign.firstElementChild.style.transform = heading === null ? "" : `rotate(${heading}deg)`;
  }

  /** @param {State} state @param {string} label @param {string} words @param {boolean} isFollowed @param {any} theme */
  show(state, label, words, isFollowed, theme) {
    this.box.classList.remove("is-fresh", "is-stale", "is-lost");
    this.box.classList.add(`is-${state}`);
    this.box.classList.toggle("is-followed", isFollowed);
    this.box.setAttribute("aria-label", words);
    this.box.setAttribute("aria-pressed", String(isFollowed));
    if (this.name.textContent !== label) this.name.textContent = label;
    this.marker.setZIndexOffset(isFollowed ? 1000 : LAYERS[state]);
    this.line.setStyle({ color: theme[COLOUR[state]], dashArray: state === "fresh" ? null : "4 5" });
  }

  remove() {
    this.line.remove();
    this.marker.remove();
  }
}

/** The aircraft beside the map, one row each; pressing one follows it. */

import { element } from "./dom.js";
import { ageOf, ago, figuresOf, isLow, noteOf, stateOf } from "./live_words.js";

/** @typedef {import("./live_words.js").Aircraft} Aircraft */

/** @param {HTMLElement} box @param {string} text written only where it changed: a reader is not disturbed */
function write(box, text) {
  if (box.textContent !== text) box.textContent = text;
}

class Row {
  /** @param {string} key @param {(key: string) => void} onPressed */
  constructor(key, onPressed) {
    this.name = element("b");
    this.more = element("span", { class: "muted ellipsis" });
    this.age = element("span", { class: "live-age" });
    this.figures = element("span", { class: "live-figures" });
    this.note = element("span", { class: "live-note" });
    this.button = element("button", { type: "button", class: "live-row", "data-aircraft": key },
      element("span", { class: "live-name" }, this.name, " ", this.more), this.age, this.figures, this.note);
    this.button.addEventListener("click", () => onPressed(key));
    this.link = element("a", { class: "live-open" }, "Flight");
    this.element = element("li", { "data-testid": "live-aircraft" }, this.button, this.link);
  }

  /** @param {Aircraft} aircraft @param {string} flightUrl */
  fill(aircraft, flightUrl) {
    write(this.name, aircraft.label);
    write(this.more, aircraft.name);
    write(this.note, noteOf(aircraft));
    this.link.href = flightUrl;
    this.link.setAttribute("aria-label", `Flight of ${aircraft.label}`);
    const figures = figuresOf(aircraft);
    const text = figures.flat().join(" ");
    if (this.figures.dataset.text === text) return;
    this.figures.dataset.text = text;
    this.figures.replaceChildren(...figures.map(([name, value]) => {
      const low = name === "Battery" && isLow(aircraft);
      return element("span", low ? { class: "is-low" } : {}, element("small", {}, name), low ? `${value}, low` : value);
    }));
  }

  /** @param {number} ageS @param {string} state @param {boolean} isFollowed */
  mark(ageS, state, isFollowed) {
    write(this.age, state === "lost" ? `Lost, ${ago(ageS)}` : ago(ageS));
    this.element.className = `is-${state}${isFollowed ? " is-followed" : ""}`;
    this.button.setAttribute("aria-pressed", String(isFollowed));
  }
}

export class FleetList {
  /**
   * @param {HTMLElement} root @param {{staleS: number, lostS: number}} limits
   * @param {(key: string) => void} onPressed
   */
  constructor(root, limits, onPressed) {
    Object.assign(this, { limits, onPressed, flightsUrl: root.dataset.flightsUrl });
    this.list = root.querySelector("[data-live-list]");
    this.count = root.querySelector("[data-live-count]");
    this.empty = root.querySelector("[data-live-empty]");
    this.rows = new Map();
  }

  /** @param {Aircraft[]} fleet @param {number} nowS @param {string | null} followed */
  show(fleet, nowS, followed) {
    this.fleet = fleet;
    const here = new Set(fleet.map(({ key }) => key));
    for (const [key, row] of this.rows) if (!here.has(key)) { row.element.remove(); this.rows.delete(key); }
    for (const aircraft of fleet) this.rowOf(aircraft.key).fill(aircraft, `${this.flightsUrl}${aircraft.flight}/`);
    this.empty.hidden = fleet.length > 0;
    this.age(nowS, followed);
  }

  /** @param {string} key */
  rowOf(key) {
    if (!this.rows.has(key)) this.rows.set(key, new Row(key, this.onPressed));
    return this.rows.get(key);
  }

  /** @param {number} nowS @param {string | null} followed */
  age(nowS, followed) {
    const fleet = this.fleet ?? [];
    const states = new Map(fleet.map((each) => [each.key, stateOf(ageOf(each, nowS), this.limits)]));
    for (const aircraft of fleet) {
      this.rowOf(aircraft.key).mark(ageOf(aircraft, nowS), states.get(aircraft.key), aircraft.key === followed);
    }
    this.order(fleet, states);
    const heard = [...states.values()].filter((state) => state !== "lost").length;
    write(this.count, fleet.length ? `${heard} of ${fleet.length} heard` : "");
  }

  /** By name, the lost ones last; rows move only when their place changed, so that the focus stays. */
  order(fleet, states) {
    const isLost = ({ key }) => states.get(key) === "lost";
    const wanted = [...fleet.filter((each) => !isLost(each)), ...fleet.filter(isLost)];
    wanted.forEach(({ key }, at) => {
      const { element: item } = this.rowOf(key);
      if (this.list.children[at] !== item) this.list.insertBefore(item, this.list.children[at] ?? null);
    });
  }
}

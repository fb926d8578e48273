/** The live map page: what the feed brings goes to the map and to the list; one aircraft may be followed. */

import { element } from "./dom.js";
import { Feed } from "./live_feed.js";
import { FleetMap } from "./live_fleet_map.js";
import { FleetList } from "./live_list.js";
import { onThemeChange } from "./theme.js";

const TRAILS_AGAIN_MS = 2500;
const CUT_OFF = "No connection to the server. What you see is old; trying again.";

/** @param {string} address @returns {Promise<any>} */
async function loadTrails(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  return (await answer.json()).trails;
}

class LivePage {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.state = document.querySelector("[data-live-state]");
    this.all = document.querySelector("[data-live-all]");
    this.note = root.querySelector("[data-live-note]");
    this.fleet = [];
    this.followed = null;
    this.trailed = new Set();
    const limits = {
      staleS: Number(root.dataset.staleS), lostS: Number(root.dataset.lostS), trailS: Number(root.dataset.trailS),
    };
    this.map = new FleetMap(root.querySelector("[data-live-map]"), limits, root.querySelector("[data-live-grid]"));
    this.list = new FleetList(root, limits, (key) => this.choose(key));
    this.feed = new Feed(root.dataset.positionsUrl);
    this.listen();
  }

  listen() {
    this.feed.addEventListener("positions", ({ detail }) => this.show(detail));
    this.feed.addEventListener("lost", () => this.sayLost());
    this.feed.addEventListener("back", () => this.sayBack());
    this.feed.addEventListener("ended", ({ detail }) => this.sayEnded(detail));
    this.map.addEventListener("chosen", ({ detail }) => this.choose(detail));
    this.map.addEventListener("released", () => this.follow(null));
    this.all.addEventListener("click", () => { this.follow(null); this.map.showAll(); });
    document.addEventListener("keydown", ({ key }) => { if (key === "Escape") this.follow(null); });
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.refreshTrails(); });
    window.setInterval(() => this.tick(), 1000);
    onThemeChange(() => { this.map.recolour(); this.tick(); });
  }

  start() {
    this.feed.wake();
    this.refreshTrails();
  }

  async refreshTrails() {
    try {
      const trails = await loadTrails(this.root.dataset.trailsUrl);
      for (const flight of Object.keys(trails)) this.trailed.add(flight);
      this.map.setTrails(trails);
    } catch {
      // Trails then begin where the aircraft are now; a lost connection is told by the feed.
    }
  }

  /** A flight that is new here has a way behind it too; the server may tell it a moment later. */
  askForNewTrails() {
    const fresh = this.fleet.filter(({ flight }) => !this.trailed.has(flight));
    if (!fresh.length) return;
    for (const { flight } of fresh) this.trailed.add(flight);
    window.setTimeout(() => this.refreshTrails(), TRAILS_AGAIN_MS);
  }

  /** @param {import("./live_words.js").Aircraft[]} fleet */
  show(fleet) {
    this.fleet = fleet;
    this.root.classList.add("is-live");
    const hasPlace = fleet.some(({ latitude }) => latitude !== null);
    this.note.hidden = hasPlace;
    this.note.textContent = fleet.length ? "No aircraft has sent its position yet." : "Waiting for the first aircraft.";
    this.all.hidden = !hasPlace;
    this.list.show(fleet, this.feed.nowS(), this.followed);
    this.map.show(fleet, this.feed.nowS(), this.followed);
    this.askForNewTrails();
  }

  tick() {
    if (document.hidden) return;
    this.map.age(this.feed.nowS(), this.followed);
    this.list.age(this.feed.nowS(), this.followed);
    if (this.lostAtMs) this.sayLost();
  }

  /** @param {string} key pressed again, it is let go */
  choose(key) {
    const isSame = this.followed === key;
    this.follow(isSame ? null : key);
    if (!isSame) this.map.approach(key);
  }

  /** @param {string | null} key */
  follow(key) {
    if (this.followed === key) return;
    this.followed = key;
    this.tick();
  }

  sayLost() {
    this.lostAtMs ??= Date.now();
    const seconds = Math.round((Date.now() - this.lostAtMs) / 1000);
    this.root.classList.add("is-cut-off");
    this.say("critical", CUT_OFF, seconds > 4 ? ` ${seconds} s` : "");
  }

  sayBack() {
    this.lostAtMs = null;
    this.root.classList.remove("is-cut-off");
    this.say("", "");
    this.refreshTrails();
  }

  /** @param {string} reason */
  sayEnded(reason) {
    this.lostAtMs = null;
    this.root.classList.add("is-cut-off");
    this.say("critical", `${reason} What you see is old.`, "");
    this.state.append(" ", element("a", { href: window.location.href }, "Open the page again"));
  }

  /**
   * The sentence is read out, the seconds are not.
   * @param {string} kind @param {string} words @param {string} seconds
   */
  say(kind, words, seconds = "") {
    this.state.className = `live-state ${kind}`;
    if (this.said !== words) this.state.replaceChildren(words, element("span", { "aria-hidden": "true" }));
    this.said = words;
    const count = this.state.querySelector("span");
    if (count) count.textContent = seconds;
  }
}

const root = document.querySelector("[data-live]");
if (root) {
  root.hidden = false;
  new LivePage(root).start();
}

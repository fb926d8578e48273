/** A finding in the list, or its mark in the strip, brings cursor and zoom to its second. */

const SHORTEST_CONTEXT_S = 5;
const LONGEST_CONTEXT_S = 30;
const NARROW = window.matchMedia("(max-width: 1100px)");

/** Where a finding's component is drawn, when its name is not a chart group's. */
const GROUP_OF = {
  motor: "propulsion", control_surface: "attitude", power: "battery", barometer: "position", radio: "state",
  autopilot: "state",
};

/** @param {HTMLElement} root @returns {string[]} channels in which something serious was found, in the list's order */
export function channelsPointedAt(root) {
  const links = [...root.querySelectorAll("li:is(.critical, .warning) > [data-finding]")];
  return links.map((link) => link.dataset.channel).filter(Boolean);
}

export class Findings {
  /**
   * @param {HTMLElement} root @param {import("./cursor.js").Timeline} timeline
   * @param {import("./chart.js").ChartPanel[]} panels
   */
  constructor(root, timeline, panels) {
    this.timeline = timeline;
    this.panels = panels;
    this.root = root;
    this.links = [...root.querySelectorAll("[data-finding]")];
    for (const link of this.links) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.follow(link);
      });
    }
    timeline.addEventListener("cursor", () => this.mark());
  }

  /** @param {string} id of a finding */
  show(id) {
    const link = this.links.find((each) => each.dataset.finding === id);
    if (link) this.follow(link);
  }

  /** @param {HTMLElement} link */
  follow(link) {
    const panel = this.panelOf(link);
    panel?.open();
    this.jump(Number(link.dataset.start), Number(link.dataset.end));
    const shown = NARROW.matches ? this.root.querySelector(".map-card") : panel?.element;
    shown?.scrollIntoView({ block: NARROW.matches ? "start" : "nearest" });
  }

  /** @param {HTMLElement} link @returns {import("./chart.js").ChartPanel | undefined} where its channel is drawn */
  panelOf({ dataset: { channel, component } }) {
    const holdsIt = (panel) => panel.group.channels.some(({ name }) => name === channel);
    const group = GROUP_OF[component] ?? component;
    return this.panels.find(holdsIt) ?? this.panels.find((panel) => panel.group.name === group);
  }

  /** @param {number} startS @param {number} endS */
  jump(startS, endS) {
    const context = Math.min(Math.max(endS - startS, SHORTEST_CONTEXT_S), LONGEST_CONTEXT_S);
    this.timeline.setWindow(startS - context, Math.min(endS, startS + LONGEST_CONTEXT_S) + context);
    this.timeline.setCursor(startS);
  }

  /** Marks what holds at the cursor. */
  mark() {
    const at = this.timeline.cursor;
    for (const link of this.links) {
      const isCurrent = at >= Number(link.dataset.start) - 0.05 && at <= Number(link.dataset.end) + 0.05;
      link.closest("li").classList.toggle("is-current", isCurrent);
      link.toggleAttribute("aria-current", isCurrent);
    }
  }
}

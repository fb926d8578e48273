/** Play, pause, speed and scrub: moves the cursor as time goes by. */

import { bootTime, utcTime } from "./ticks.js";

const TYPED_IN = "input, select, textarea, button, a, summary, [role=slider]";

export class Replay {
  /**
   * @param {HTMLElement} bar
   * @param {import("./cursor.js").Timeline} timeline
   * @param {number | null} bootAtMs
   */
  constructor(bar, timeline, bootAtMs) {
    const find = (name) => bar.querySelector(`[data-${name}]`);
    this.timeline = timeline;
    this.bootAtMs = bootAtMs;
    this.button = find("play");
    this.speed = find("speed");
    this.scrub = find("scrub");
    this.boot = find("boot-time");
    this.utc = find("utc-time");
    this.isPlaying = false;
    this.listen();
    this.show();
    bar.hidden = false;
  }

  listen() {
    Object.assign(this.scrub, { min: this.timeline.startS.toFixed(1), max: this.timeline.endS.toFixed(1) });
    this.button.addEventListener("click", () => this.toggle());
    this.scrub.addEventListener("input", () => {
      this.timeline.setCursor(Number(this.scrub.value));
      this.timeline.reveal();
    });
    this.timeline.addEventListener("cursor", () => this.show());
    document.addEventListener("keydown", (event) => {
      if (event.key !== " " || event.target.closest(TYPED_IN)) return;
      event.preventDefault();
      this.toggle();
    });
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  play() {
    if (this.timeline.cursor >= this.timeline.endS) this.timeline.setCursor(this.timeline.startS);
    this.mark(true);
    let before = performance.now();
    const tick = (now) => {
      if (!this.isPlaying) return;
      this.timeline.setCursor(this.timeline.cursor + ((now - before) / 1000) * Number(this.speed.value));
      this.timeline.reveal();
      before = now;
      if (this.timeline.cursor >= this.timeline.endS) this.pause();
      else requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  pause() {
    this.mark(false);
  }

  /** @param {boolean} isPlaying */
  mark(isPlaying) {
    this.isPlaying = isPlaying;
    this.button.setAttribute("aria-pressed", String(isPlaying));
    this.button.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  }

  show() {
    const at = this.timeline.shown;
    this.boot.textContent = bootTime(at);
    this.utc.textContent = utcTime(this.bootAtMs, at);
    this.scrub.value = String(at);
    this.scrub.setAttribute("aria-valuetext", `${this.boot.textContent}, ${this.utc.textContent}`);
  }
}

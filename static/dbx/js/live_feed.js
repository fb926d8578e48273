/** Asks the server about once a second where the aircraft are; says so when it does not answer. */

const EVERY_MS = 800;
const LONGEST_WAIT_MS = 5000;
const PATIENCE_MS = 8000;
const FORGIVEN_FAILURES = 1;

/** @param {string} address @param {string} etag */
function ask(address, etag) {
  return fetch(address, {
    headers: { Accept: "application/json", ...(etag && { "If-None-Match": etag }) },
    credentials: "same-origin", cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS),
  });
}

/** The person may no longer look; asking again would not help. */
class Ended extends Error {}

/** @param {Response} answer @throws {Error} for anything that is neither new nor unchanged */
function check(answer) {
  if (answer.ok || answer.status === 304) return;
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new Ended("You are signed out.");
  if (answer.status === 403 || answer.status === 404) throw new Ended("You may no longer see this map.");
  const error = new Error(`The server answered ${answer.status}.`);
  error.waitMs = 1000 * Number(answer.headers.get("Retry-After") ?? 0);
  throw error;
}

export class Feed extends EventTarget {
  /**
   * Fires "positions" with what the server sent, "lost" when it falls silent, "back" when it
   * answers again, "ended" with the reason when it refuses.
   * @param {string} address
   */
  constructor(address) {
    super();
    this.address = address;
    this.etag = "";
    this.failures = 0;
    this.aheadMs = 0;
    this.timer = 0;
    document.addEventListener("visibilitychange", () => this.wake());
    window.addEventListener("online", () => this.wake());
  }

  /** @returns {number} the server's clock, in Unix seconds */
  nowS() {
    return (Date.now() + this.aheadMs) / 1000;
  }

  /** Ask at once, unless nobody looks or an answer is on its way. */
  wake() {
    window.clearTimeout(this.timer);
    if (!document.hidden && !this.isAsking && !this.isEnded) this.turn();
  }

  async turn() {
    const began = performance.now();
    this.isAsking = true;
    const waitMs = await this.once().catch((error) => this.failed(error));
    this.isAsking = false;
    if (this.isEnded || document.hidden) return;
    this.timer = window.setTimeout(() => this.turn(), waitMs ?? Math.max(EVERY_MS - (performance.now() - began), 50));
  }

  async once() {
    const answer = await ask(this.address, this.etag);
    check(answer);
    if (answer.status !== 304) {
      const sent = await answer.json();
      this.aheadMs = sent.now * 1000 - Date.now();
      this.etag = answer.headers.get("ETag") ?? "";
      this.dispatchEvent(new CustomEvent("positions", { detail: sent.aircraft }));
    }
    if (this.failures > FORGIVEN_FAILURES) this.dispatchEvent(new CustomEvent("back"));
    this.failures = 0;
  }

  /** @param {any} error @returns {number} milliseconds until the next try */
  failed(error) {
    if (error instanceof Ended) {
      this.isEnded = true;
      this.dispatchEvent(new CustomEvent("ended", { detail: error.message }));
      return 0;
    }
    this.failures += 1;
    if (this.failures === FORGIVEN_FAILURES + 1) this.dispatchEvent(new CustomEvent("lost"));
    return Math.max(Math.min(EVERY_MS * this.failures, LONGEST_WAIT_MS), error.waitMs || 0);
  }
}

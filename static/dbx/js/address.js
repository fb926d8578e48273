/** The moment in the page's address, `#t=93.2`: read at the start, kept up to date, good to share. */

const QUIET_MS = 300;

/** @returns {number | null} */
function moment() {
  const match = /[#&]t=(-?\d+(?:\.\d+)?)/.exec(window.location.hash);
  return match ? Number(match[1]) : null;
}

/**
 * @param {import("./cursor.js").Timeline} timeline
 * @param {number} fallbackS shown when the address names no moment
 */
export function followAddress(timeline, fallbackS) {
  const named = moment();
  timeline.setCursor(named ?? fallbackS);
  let last = timeline.cursor;
  let waiting = 0;
  const write = () => {
    last = timeline.cursor;
    window.history.replaceState(window.history.state, "", `#t=${last.toFixed(1)}`);
  };
  timeline.addEventListener("cursor", () => {
    if (timeline.cursor === last) return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(write, QUIET_MS);
  });
  window.addEventListener("hashchange", () => {
    const at = moment();
    if (at === null) return;
    timeline.setCursor(at);
    timeline.reveal();
  });
}

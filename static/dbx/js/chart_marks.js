/**
 * Charts come drawn from the server, their marks are links. This adds what a link alone cannot: the
 * value under the pointer in words, one stop of the Tab key a chart with arrows inside it, and on a
 * touch screen a first tap that reads and a second that opens.
 */

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 7, PageUp: -7 };

/** @param {Element} mark @returns {string} its words, which it has for screen readers too */
const wordsOf = (mark) => mark.getAttribute("aria-label") ?? mark.querySelector("title")?.textContent ?? "";

/** @param {Element} chart */
function enliven(chart) {
  const readout = chart.querySelector("[data-readout]");
  const links = [...chart.querySelectorAll("a.mark")];
  if (!readout) return;
  chart.classList.add("is-live");
  const tell = (mark) => {
    readout.textContent = mark ? wordsOf(mark) : "";
  };
  for (const mark of chart.querySelectorAll(".mark")) {
    mark.querySelector("title")?.remove(); // the readout takes its place
    mark.addEventListener("pointerenter", () => tell(mark));
    mark.addEventListener("focus", () => tell(mark));
  }
  for (const plot of chart.querySelectorAll(".chart-plot")) {
    plot.addEventListener("pointerleave", () => tell(links.find((each) => each === document.activeElement)));
    plot.addEventListener("focusout", () => tell(null));
  }
  walkByArrows(links);
  for (const link of links) readBeforeOpening(link);
}

/** @param {SVGAElement[]} links the last is where a person begins: the newest day */
function walkByArrows(links) {
  const stopAt = (chosen) => links.forEach((each) => each.setAttribute("tabindex", each === chosen ? "0" : "-1"));
  stopAt(links.at(-1));
  links.forEach((link, index) => {
    link.addEventListener("focus", () => stopAt(link));
    link.addEventListener("keydown", (event) => {
      const last = links.length - 1;
      const aims = { Home: 0, End: last };
      const aim = aims[event.key] ?? (event.key in STEPS ? index + STEPS[event.key] : null);
      if (aim === null || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      links[Math.min(Math.max(aim, 0), last)].focus();
    });
  });
}

/** @param {SVGAElement} link */
function readBeforeOpening(link) {
  let wasFocused = false;
  link.addEventListener("pointerdown", () => {
    wasFocused = document.activeElement === link;
  });
  link.addEventListener("click", (event) => {
    if (event.pointerType !== "touch" || wasFocused) return;
    event.preventDefault();
    link.focus();
  });
}

for (const chart of document.querySelectorAll("[data-chart]")) enliven(chart);

/** The style sheet's colours for canvas and map, and word when light turns to dark. */

const NAMES = {
  surface: "--surface", line: "--line-strong", grid: "--chart-grid", ink: "--chart-ink", cursor: "--cursor",
  accent: "--accent", info: "--info", warning: "--warning-mark", critical: "--critical-mark", gap: "--line-strong",
  flying: "--series-1", onGround: "--series-7",
};

/** @returns {Record<string, string> & {series: string[]}} */
export function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const theme = Object.fromEntries(Object.entries(NAMES).map(([key, name]) => [key, read(name)]));
  return { ...theme, series: Array.from({ length: 8 }, (_, i) => read(`--series-${i + 1}`)) };
}

/** @param {() => void} listener called when the colours may have changed: dark mode, and paper */
export function onThemeChange(listener) {
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    window.matchMedia(query).addEventListener("change", listener);
  }
}

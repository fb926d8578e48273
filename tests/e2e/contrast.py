"""Which text of a page is hard to read: WCAG's contrast, worked out from what is drawn."""

from __future__ import annotations

from playwright.sync_api import Page

LEAST, LEAST_LARGE = 4.5, 3.0
LARGE_PX = 24

# A colour goes through a canvas because style sheets write it in many ways. Text on a picture, and
# the letters that an icon font draws as icons, have no colour behind them that could be compared.
FAINT = """([least, leastLarge, largePx]) => {
  const dot = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    dot.clearRect(0, 0, 1, 1);
    dot.fillStyle = color;
    dot.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = dot.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, below) => below.map((v, i) => top[i] * top[3] + v * (1 - top[3]));
  const light = (color) => {
    const linear = (v) => (v <= 10 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = color.map(linear);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.backgroundImage !== "none") return null;
      layers.unshift(rgba(style.backgroundColor));
      if (layers[0][3] === 1) break;
    }
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const faint = {};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const words = texts.currentNode.textContent.trim();
    const isSeen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (!words || !isSeen) continue;
    if (element.closest("script, style, svg, option, [class*=material-symbols]")) continue;
    const below = ground(element);
    if (!below) continue;
    const style = getComputedStyle(element);
    const [low, high] = [light(below), light(over(rgba(style.color), below))].sort((a, b) => a - b);
    const ratio = Math.round(((high + 0.05) / (low + 0.05)) * 10) / 10;
    const isLarge = parseFloat(style.fontSize) >= largePx;
    if (ratio < (isLarge ? leastLarge : least)) faint[words] = ratio;
  }
  return faint;
}"""


def faint_texts(page: Page) -> dict[str, float]:
    """The contrast of each text of the page that has too little."""
    found: dict[str, float] = page.evaluate(FAINT, [LEAST, LEAST_LARGE, LARGE_PX])
    return found

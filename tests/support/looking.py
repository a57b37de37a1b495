"""Looking at a page as somebody with poor sight does: what does not stand out enough?"""

from functools import cache
from pathlib import Path
from typing import Any

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}

#: WCAG 2.2, 1.4.3: 4.5 to 1, for large words 3 to 1. Colours are read as the browser paints them.
_FAINT = """() => {
  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const painted = (colour) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data].map((part) => part / 255);
  };
  const over = (top, below) => below.map((part, i) => top[i] * top[3] + part * (1 - top[3]));
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.unshift(painted(getComputedStyle(at).backgroundColor));
    }
    return layers.reduce((below, top) => over(top, below), [1, 1, 1]);
  };
  const found = new Set();
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const said = words.currentNode.data.trim();
    const element = words.currentNode.parentElement;
    if (!said || element.closest("svg, script, noscript, option, [hidden]")) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.right < 0 || box.width < 2) continue;
    const style = getComputedStyle(element);
    if (style.backgroundImage !== "none" || element.closest(".entrance-head")) continue;
    const below = ground(element);
    const [a, b] = [light(over(painted(style.color), below)), light(below)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < (large ? 3 : 4.5)) found.add(`${said.slice(0, 20)} ${contrast.toFixed(2)}`);
  }
  return [...found];
}"""


def faint(page: Any) -> list[str]:
    """Returns words of a page that stand out too little from what is behind them."""
    found: list[str] = page.evaluate(_FAINT)
    return found


#: Run before a page's own scripts: sums up by how much what is shown moved without being asked to.
#: Browsers forgive whatever moves within half a second of a key or a press, which is when an answer
#: comes. This forgives only what stands in a part that htmx was told to put in anew.
WATCH_SHIFTS = """(() => {
  window.shifted = 0;
  const swapped = [];
  addEventListener("htmx:beforeSwap", (event) => swapped.push(`#${event.detail.target.id}`));
  const asked = ({ node }) => (node?.closest ? node : node?.parentElement)?.closest(`${swapped}`);
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      if (!swapped.length || !one.sources.every(asked)) window.shifted += one.value;
    }
  }).observe({ type: "layout-shift", buffered: true });
})()"""
MOST_SHIFTED = 0.01


def shifted(page: Any) -> float:
    """Returns the cumulative layout shift of a page so far, once what was drawn is painted."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found: float = page.evaluate("window.shifted")
    return found


def overflow(page: Any) -> int:
    """Returns by how many pixels a page is wider than its window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found


#: On a phone a list is a block for each row; only what is compared across, columns of numbers,
#: scrolls sideways in its frame.
_CUT = """() => [...document.querySelectorAll(".sheet-table")]
  .filter((frame) => frame.scrollWidth > frame.clientWidth + 1)
  .filter((frame) => frame.querySelectorAll("th.amount").length < 2)
  .map((frame) => `scrolls sideways: ${frame.textContent.slice(0, 60)}`)"""


def cut(page: Any) -> list[str]:
    """Returns the lists of a page of which a phone shows only the left part."""
    found: list[str] = page.evaluate(_CUT)
    return found


@cache
def _axe() -> str:
    return AXE.read_text()


#: WCAG 2.2 A and AA; what axe calls serious or critical is a barrier.
_BARRIERS = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3)}`);
}"""


def barriers(page: Any) -> list[str]:
    """Returns what keeps people with disabilities from using a page, as axe-core finds it."""
    page.evaluate(_axe())
    found: list[str] = page.evaluate(_BARRIERS)
    return found

// Keys that work while one types: F2, F8, Alt+R. Whatever has `data-key` answers to its key, and says
// so in a <kbd>; single letters are pressed in `desk.js`. `minshengKeys()` is the table of all of
// them, as the page stands, for the list of keys and the palette.
(() => {
  "use strict";
  const keyed = () => {
    const within = document.querySelector("dialog[open]") || document;
    return [...within.querySelectorAll("[data-key]")].filter(
      (one) => !one.disabled && one.checkVisibility(),
    );
  };
  const label = (element) => {
    const words = element.cloneNode(true);
    for (const part of words.querySelectorAll("kbd, svg, .number")) part.remove();
    return element.dataset.keyLabel || words.textContent.replace(/\s+/g, " ").trim();
  };
  window.minshengKeys = () =>
    keyed().map((element) => ({ key: element.dataset.key, label: label(element), element }));

  // Letters behind Alt go by their place on the keyboard, for some systems make other signs of them.
  const name = (event) =>
    event.altKey ? `Alt+${event.code.replace("Key", "")}` : /^F\d+$/.test(event.key) ? event.key : "";
  document.addEventListener("keydown", (event) => {
    const key = event.ctrlKey || event.metaKey || event.repeat ? "" : name(event);
    const element = key && keyed().find((one) => one.dataset.key === key);
    if (!element) return;
    event.preventDefault();
    element.click();
  });

  const say = (where) => {
    for (const element of where.querySelectorAll?.("[data-key]") ?? []) {
      if (!element.hasAttribute("aria-keyshortcuts")) {
        element.setAttribute("aria-keyshortcuts", element.dataset.key);
      }
    }
  };
  document.addEventListener("DOMContentLoaded", () => say(document));
  document.addEventListener("htmx:load", (event) => say(event.detail.elt));
})();

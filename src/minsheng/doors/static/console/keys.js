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

  // -- the list of keys, by "?"
  const list = () => {
    const dialog = document.getElementById("keys");
    for (const row of dialog.querySelectorAll("[data-when]")) {
      row.hidden = !document.querySelector(row.dataset.when);
    }
    dialog.querySelectorAll("[data-found]").forEach((row) => row.remove());
    for (const { key, label } of window.minshengKeys()) {
      if (key === "?" || /^⇧?\d$/.test(key)) continue;
      const row = document.createElement("div");
      row.dataset.found = "";
      const [term, words, cap] = ["dt", "dd", "kbd"].map((tag) => document.createElement(tag));
      cap.textContent = key.replace("+", " ");
      words.textContent = label;
      term.append(cap);
      row.append(term, words);
      dialog.querySelector("dl").append(row);
    }
    dialog.showModal();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-keys]")) list();
    if (event.target.closest("[data-close-keys]")) document.getElementById("keys").close();
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

// The work of one item after another, by keyboard: lists with boxes, desks, the reply editor.
// Every page also works without it.
(() => {
  "use strict";

  // -- keys: a letter presses what carries it (data-key); off by the reader's choice
  const off = () => localStorage.getItem("keys") === "off";
  const typing = (target) =>
    target.closest("textarea, select, [contenteditable]") ||
    target.closest("input:not([type=checkbox]):not([type=radio])");
  const rows = () => [...document.querySelectorAll("table.work a.title")];
  const move = (step) => {
    const all = rows();
    const at = all.findIndex((title) => title.closest("tr").contains(document.activeElement));
    all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step]?.focus();
  };
  const press = (key) => {
    // Suggestions have their numbers behind Alt (suggestions.js).
    const found = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]:not([data-accept])`)].find(
      (one) => one.checkVisibility() && one.getAttribute("aria-disabled") !== "true",
    );
    if (!found) return false;
    if (found.matches("textarea, select, input:not([type=radio]):not([type=checkbox])")) found.focus();
    else {
      found.focus();
      found.click();
    }
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const form = event.target.closest("form");
      if (form && event.target.matches("textarea, input")) {
        event.preventDefault();
        form.requestSubmit(form.querySelector("[data-send]") || undefined);
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || off()) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const box = document.activeElement?.closest("tr")?.querySelector("input[type=checkbox]");
    if (event.key === "j" || event.key === "k") {
      if (!rows().length) return;
      event.preventDefault();
      move(event.key === "j" ? 1 : -1);
    } else if (event.key === "x" && box) box.click();
    else if (event.key.length === 1 && press(event.key)) event.preventDefault();
  });
  const shown = () => {
    for (const button of document.querySelectorAll("[data-keys-switch]")) {
      button.setAttribute("aria-pressed", String(!off()));
    }
    document.documentElement.toggleAttribute("data-keys-off", off());
  };
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-keys-switch]")) return;
    localStorage.setItem("keys", off() ? "on" : "off");
    shown();
  });
  document.addEventListener("DOMContentLoaded", shown);

  // -- boxes: all of a page at once, and how many are ticked
  const boxes = (name) => [...document.querySelectorAll(`tbody input[type=checkbox][name="${name}"]`)];
  const count = (name) => {
    const all = boxes(name);
    const ticked = all.filter((box) => box.checked).length;
    for (const place of document.querySelectorAll(`[data-counted="${name}"]`)) {
      place.textContent = ticked ? `${ticked} / ${all.length}` : "";
    }
    for (const box of document.querySelectorAll(`[data-all="${name}"]`)) {
      box.checked = ticked > 0 && ticked === all.length;
      box.indeterminate = ticked > 0 && ticked < all.length;
    }
    for (const button of document.querySelectorAll(`[data-counts="${name}"]`)) {
      button.toggleAttribute("disabled", !ticked);
    }
  };
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-all]");
    if (all) for (const box of boxes(all.dataset.all)) box.checked = all.checked;
    const name = all ? all.dataset.all : event.target.name;
    if (document.querySelector(`[data-all="${CSS.escape(name || "-")}"]`)) count(name);
  });
  addEventListener("pageshow", () => {
    for (const all of document.querySelectorAll("[data-all]")) count(all.dataset.all);
  });

  // -- a reply as it is typed: kept by the server; by this browser while the network is dead
  const kept = (form) => `draft:${form.dataset.draft}`;
  const fields = (form) =>
    [...form.querySelectorAll("textarea, input[type=radio]")].filter((one) => one.name);
  const typed = (form) => {
    const at = Date.now();
    form.elements.typed_at.value = at;
    const values = {};
    for (const one of fields(form)) {
      if (one.type !== "radio" || one.checked) values[one.name] = one.value;
    }
    localStorage.setItem(kept(form), JSON.stringify({ at, values }));
    form.dispatchEvent(new Event("typed"));
  };
  for (const change of ["input", "change"]) {
    document.addEventListener(change, (event) => {
      const form = event.target.closest("form[data-draft]");
      if (form && event.target.matches("textarea, input[type=radio]")) typed(form);
    });
  }
  const local = (form) => {
    try {
      return JSON.parse(localStorage.getItem(kept(form)) || "null");
    } catch {
      return null;
    }
  };
  const say = (form, words) => {
    const place = form.querySelector("[data-kept]");
    if (place) place.textContent = words;
  };
  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("form[data-draft]");
    const copy = form && local(form);
    if (!copy) return;
    if (copy.at <= Number(form.dataset.typedAt)) return localStorage.removeItem(kept(form));
    for (const one of fields(form)) {
      if (one.type === "radio") one.checked = copy.values[one.name] === one.value;
      else if (one.name in copy.values) one.value = copy.values[one.name];
    }
    typed(form);
    say(form, form.dataset.restored);
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const form = event.detail.elt.closest("form[data-draft]");
    if (!form || event.detail.xhr.status >= 300) return;
    const copy = local(form);
    const sent = Number(event.detail.requestConfig.parameters.typed_at);
    const saved = event.detail.elt.matches("[data-saves]") ? copy && copy.at <= sent : true;
    if (saved) localStorage.removeItem(kept(form));
  });
  document.addEventListener("htmx:sendError", (event) => {
    const form = event.detail.elt.closest("form[data-draft]");
    if (form && event.detail.elt.matches("[data-saves]")) say(form, form.dataset.offline);
  });
  addEventListener("online", () => {
    const form = document.querySelector("form[data-draft]");
    if (form && local(form)) form.dispatchEvent(new Event("typed"));
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    if (!button) return;
    const field = document.getElementById(button.dataset.fill);
    field.value = field.value.trim() ? `${field.value}\n${button.dataset.text}` : button.dataset.text;
    button.closest(".templates").open = false;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
})();

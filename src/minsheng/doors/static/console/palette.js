// The command palette (Ctrl+K or /): the combobox of the ARIA Authoring Practices over a list that
// is fetched when it is first opened. What is on no list is sent to the search.
(() => {
  "use strict";
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input[name=q]");
  const form = dialog.querySelector("form");
  const place = dialog.querySelector("[data-place]");
  let lines = [];
  let shown = [];
  let at = -1;

  const mark = (next) => {
    if (shown[at]) shown[at].setAttribute("aria-selected", "false");
    at = shown.length ? (next + shown.length) % shown.length : -1;
    input.removeAttribute("aria-activedescendant");
    if (at < 0) return;
    shown[at].setAttribute("aria-selected", "true");
    shown[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", shown[at].id);
  };
  const narrow = () => {
    const parts = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const line of lines) {
      const words = line.dataset.words.toLowerCase();
      line.hidden = !parts.every((part) => words.includes(part));
    }
    shown = lines.filter((line) => !line.hidden);
    at = -1;
    lines.forEach((line) => line.setAttribute("aria-selected", "false"));
    mark(0);
  };
  const fetchList = async () => {
    const answer = await fetch(dialog.dataset.list, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return;
    place.innerHTML = await answer.text();
    lines = [...place.querySelectorAll("[role=option]")];
    narrow();
  };
  const open = () => {
    if (dialog.open || document.querySelector("dialog[open]")) return;
    dialog.showModal();
    input.value = "";
    if (lines.length) narrow();
    else fetchList().catch(() => {});
    input.focus();
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const called = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
    if (called || (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey)) {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) open();
    if (event.target === dialog) dialog.close();
  });
  place.addEventListener("click", (event) => {
    const chosen = event.target.closest("[role=option]");
    if (chosen) location.assign(chosen.dataset.href);
  });
  input.addEventListener("input", narrow);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(at + (event.key === "ArrowDown" ? 1 : -1));
    }
  });
  form.addEventListener(
    "submit",
    (event) => {
      const chosen = shown[at];
      if (!chosen && input.value.trim()) return;
      event.preventDefault();
      event.stopPropagation();
      if (chosen) location.assign(chosen.dataset.href);
    },
    true,
  );
})();

// What makes the citizens' pages easier. Every page also works without it.
(() => {
  "use strict";
  const root = document.documentElement;
  document.querySelector("main [data-focus]")?.focus();

  const theme = document.querySelector("[data-theme-switch]");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.dataset.bsTheme);
  });

  // What was chosen among the guesses stays chosen when new ones come.
  let chosen = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "hints") return;
    chosen = document.querySelector("[name=category]:checked")?.value || "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "hints") return;
    for (const guess of document.querySelectorAll("#hints [name=category]")) {
      if (guess.value === chosen) guess.checked = true;
    }
  });
})();

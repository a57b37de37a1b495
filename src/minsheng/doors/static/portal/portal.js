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
})();

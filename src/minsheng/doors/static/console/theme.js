// Light or dark, before anything is painted: what the page fixes, else what the reader chose, else
// what the system prefers.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const root = document.documentElement.dataset;
    const chosen = root.fixedTheme || localStorage.getItem("theme");
    root.bsTheme = chosen || (dark.matches ? "dark" : "light");
  };
  dark.addEventListener("change", show);
  addEventListener("storage", show);
  show();
})();

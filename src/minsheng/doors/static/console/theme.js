// Light or dark, before anything is painted: what the reader chose, else what the system prefers.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const chosen = localStorage.getItem("theme");
    document.documentElement.dataset.bsTheme = chosen || (dark.matches ? "dark" : "light");
  };
  dark.addEventListener("change", show);
  addEventListener("storage", show);
  show();
})();

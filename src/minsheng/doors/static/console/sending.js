// A whole-page form leaves the page only once the server is known to be there: on a dead network
// nothing that was typed is lost, and the reader is told. Its token makes a second try harmless.
(() => {
  "use strict";
  const WAIT = 8000; // milliseconds
  const server = document.querySelector("link[rel=icon]").href;
  const failed = () => document.querySelector("[data-failed]").dataset.failed;

  const say = (form) => {
    form.querySelector("[data-failure]")?.remove();
    const alert = document.createElement("div");
    alert.className = "alert alert-danger";
    alert.dataset.failure = "1";
    alert.setAttribute("role", "alert");
    alert.tabIndex = -1;
    alert.textContent = failed();
    form.prepend(alert);
    alert.focus();
  };

  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      if (form.method !== "post" || form.matches("[hx-post], [hx-boost]")) return;
      if (form.dataset.reached) {
        delete form.dataset.reached;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.dataset.asking) return;
      form.dataset.asking = "1";
      try {
        const signal = AbortSignal.timeout(WAIT);
        await fetch(server, { method: "HEAD", cache: "no-store", signal });
      } catch {
        delete form.dataset.asking;
        say(form);
        return;
      }
      form.dataset.reached = "1";
      form.requestSubmit(event.submitter);
    },
    true,
  );
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-asking]")) delete form.dataset.asking;
  });
})();

// What makes the pages quicker to work with. Every page also works without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const sheet = () => document.getElementById("sheet");

  // -- head: theme and menus
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-switch]")) {
      const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      root.dataset.bsTheme = theme;
      localStorage.setItem("theme", theme);
    }
    if (event.target.closest("[data-close-sheet]")) sheet().close();
    if (event.target.closest("[data-print]")) print();
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details[data-menu][open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      }
    }
  });

  // -- the sheet: forms of actions open in it, over the page that they are about
  const fields = "input:not([type=hidden]):not([hidden]), textarea, select:not([hidden])";
  const attend = (where) => {
    const first = ["[data-focus]", fields, "button"].map((what) => where.querySelector(what));
    first.find(Boolean)?.focus();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const dialog = sheet();
    if (event.detail.target !== dialog) return;
    if (!dialog.open) dialog.showModal();
    attend(dialog);
  });
  document.addEventListener("DOMContentLoaded", () => {
    const dialog = sheet();
    dialog?.addEventListener("close", () => dialog.replaceChildren());
    document.querySelector("main [data-focus]")?.focus();
    // In a row that scrolls sideways, what is open is in sight.
    for (const here of document.querySelectorAll("nav > [aria-current]")) {
      const [row, own] = [here.parentElement.getBoundingClientRect(), here.getBoundingClientRect()];
      if (own.right > row.right) here.parentElement.scrollLeft += own.right - row.right + row.width / 4;
    }
  });

  // -- sending: once, and with a word when it fails
  const buttons = (form) => [
    ...form.querySelectorAll("button:not([type=button])"),
    ...document.querySelectorAll(`button[form="${form.id || "-"}"]`),
  ];
  const release = (form) => {
    delete form.dataset.sent;
    for (const button of buttons(form)) button.removeAttribute("aria-disabled");
  };
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.method !== "post" || form.matches("[data-download]")) return;
      if (form.dataset.sent) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
      form.dataset.sent = "1";
      for (const button of buttons(form)) button.setAttribute("aria-disabled", "true");
    },
    true,
  );
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest("form");
    if (form && !event.detail.successful) release(form);
    if (event.detail.failed && !event.detail.xhr?.status) return; // told by sendError
  });
  const say = ({ elt, xhr }) => {
    if (elt.closest("[data-quiet]")) return; // tells it in its own place
    const form = elt.closest("form");
    const place = form?.querySelector(".sheet-body") || document.getElementById("messages");
    const signIn = xhr?.status === 401 && xhr.getResponseHeader("X-Location");
    const stopped = xhr?.status === 503 && isSentence(xhr.getResponseHeader("Content-Type"));
    sayFailure(place, signIn, stopped && xhr.responseText);
    if (form) release(form);
  };
  for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(failure, ({ detail }) => say(detail));
  }
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const name = "csrfmiddlewaretoken";
    if (detail.parameters[name] && freshToken()) detail.parameters[name] = freshToken();
  });

  // -- what is suggested is filled in where nothing was chosen yet
  document.addEventListener("change", (event) => {
    const item = event.target.closest("input[name=knowledge][data-answer]");
    const answer = item?.form.elements.answer;
    if (answer && (!answer.value || answer.value === answer.dataset.filled)) {
      answer.value = answer.dataset.filled = item.dataset.answer;
    }
  });

  // -- a half-filled form is not left by accident
  addEventListener("beforeunload", (event) => {
    const form = document.querySelector("form[data-keep][data-touched]:not([data-sent])");
    if (form) event.preventDefault();
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (form) form.dataset.touched = "1";
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });
})();

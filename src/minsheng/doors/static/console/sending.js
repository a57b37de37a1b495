// A form marked `data-keep` is sent without leaving the page: on a dead network, or where the answer
// is lost on its way, nothing that was typed is lost, the reader is told, and the second try carries
// the same token. Where all went well the server says where to go on (`doors.middleware.Onward`).
(() => {
  "use strict";
  const LONGEST = 120_000; // milliseconds; files take their time

  const say = (form) => {
    form.querySelector("[data-failure]")?.remove();
    const alert = document.createElement("div");
    alert.className = "alert alert-danger";
    alert.dataset.failure = "1";
    alert.setAttribute("role", "alert");
    alert.tabIndex = -1;
    alert.textContent = document.querySelector("[data-failed]").dataset.failed;
    form.prepend(alert);
    alert.focus();
  };

  const send = async (form, submitter) => {
    const body = new FormData(form);
    if (submitter?.name) body.append(submitter.name, submitter.value);
    const signal = AbortSignal.timeout(LONGEST);
    const headers = { "X-Sending": "1" };
    const answer = await fetch(form.action, { method: "POST", body, headers, signal });
    if (answer.status >= 500) throw new Error(answer.statusText);
    if (answer.status === 204) {
      location.assign(answer.headers.get("X-Location"));
      return;
    }
    const page = await answer.text();
    history.replaceState(null, "", answer.url);
    document.open();
    document.write(page);
    document.close();
  };

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches("form[data-keep][method=post]:not([hx-post])")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.dataset.sent) return;
      form.dataset.sent = "1";
      send(form, event.submitter).catch(() => {
        delete form.dataset.sent;
        say(form);
      });
    },
    true,
  );
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();

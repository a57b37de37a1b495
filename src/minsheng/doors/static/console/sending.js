// A whole-page form (`novalidate`: the server checks it) is sent without leaving the page. On a dead
// network, or where the answer is lost on its way, nothing that was typed is lost, the reader is
// told, and the second try carries the same token. Where all went well the server says where to go
// on (`doors.middleware.Onward`). Forms in sheets are htmx's, and the intake form keeps its drafts.
(() => {
  "use strict";
  const LONGEST = 120_000; // milliseconds; files take their time
  const OURS = "form[method=post][novalidate]:not([hx-post], [data-keep-at])";

  // Two tabs share a session: what is sent tells under which post its page was opened.
  document.addEventListener(
    "submit",
    ({ target: form }) => {
      const post = document.body.dataset.post;
      if (!post || form.method !== "post" || form.elements.opened_under) return;
      const field = document.createElement("input");
      form.append(Object.assign(field, { type: "hidden", name: "opened_under", value: post }));
    },
    true,
  );

  // Says what went wrong, in the place given. With an address, the reader has to sign in there (or
  // choose the post, where `said` tells of another), in a window of its own, and the form can be
  // sent again.
  const say = (place, address, said) => {
    place.querySelector("[data-failure]")?.remove();
    const words = document.querySelector("[data-failed]").dataset;
    const alert = document.createElement("div");
    alert.className = "alert alert-danger";
    alert.dataset.failure = "1";
    alert.setAttribute("role", "alert");
    alert.tabIndex = -1;
    alert.textContent = said || (address ? words.signedOut : words.failed);
    if (address) {
      const link = Object.assign(document.createElement("a"), { href: address, target: "_blank" });
      link.textContent = said ? words.changePost : words.signIn;
      alert.append(" ", link);
    }
    place.prepend(alert);
    alert.focus();
  };
  window.sayFailure = say;

  // The server says in one sentence why it keeps nothing for now (`doors.broken`); a proxy's page
  // says nothing to the reader.
  const isSentence = (type) => type?.startsWith("text/plain");
  window.isSentence = isSentence;

  // Whoever signed in anew meanwhile has another token than the form was drawn with.
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  window.freshToken = token;

  const send = async (form, submitter) => {
    const body = new FormData(form);
    if (submitter?.name) body.append(submitter.name, submitter.value);
    if (token()) body.set("csrfmiddlewaretoken", token());
    const signal = AbortSignal.timeout(LONGEST);
    const headers = { "X-Sending": "1" };
    const address = submitter?.getAttribute("formaction") || form.getAttribute("action") || "";
    const answer = await fetch(address, { method: "POST", body, headers, signal });
    const stopped = answer.status === 503 && isSentence(answer.headers.get("Content-Type"));
    if (answer.status >= 500 && !stopped) throw new Error(answer.statusText);
    const elsewhere = answer.status === 409 && answer.headers.has("X-Location");
    if (stopped || answer.status === 401 || elsewhere) {
      delete form.dataset.sent;
      say(form, answer.headers.get("X-Location"), await answer.text());
      return;
    }
    if (answer.status === 204) {
      location.assign(answer.headers.get("X-Location"));
      return;
    }
    const page = await answer.text();
    dispatchEvent(new Event("pagehide")); // what this page holds open is closed
    history.replaceState(null, "", answer.url);
    document.open();
    document.write(page);
    document.close();
  };

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.matches(OURS)) return;
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

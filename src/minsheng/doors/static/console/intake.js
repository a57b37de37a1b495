// The intake desk: what is typed is kept as it is typed, on the server, and sealed in the browser
// while the server cannot be reached. Nothing is lost by a closed window, nothing is kept twice.
(() => {
  "use strict";
  const PAUSE = 700; // ms without a key, after which what was typed is kept
  const form = document.getElementById("intake");
  const said = document.getElementById("kept");
  const prefix = "intake:";
  let timer = 0;
  let unsaved = false;
  let over = false; // the form was sent, here or in another window

  const say = (what) => (said.textContent = said.dataset[what] || "");
  const token = () => form.elements.once.value;

  // -- copies in the browser, sealed with a key that only this person's page brings
  const hex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  const key = globalThis.crypto?.subtle?.importKey("raw", hex(form.dataset.seal), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
  const seal = async (text) => {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, new TextEncoder().encode(text));
    return JSON.stringify([base64(iv), base64(new Uint8Array(sealed))]);
  };
  const unseal = async (kept) => {
    const [iv, sealed] = JSON.parse(kept).map((part) => Uint8Array.from(atob(part), (c) => c.charCodeAt(0)));
    return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await key, sealed));
  };

  // -- keeping
  const typed = () => {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    for (const name of ["csrfmiddlewaretoken", "opened_under"]) body.delete(name);
    body.set("typed_at", String(Date.now()));
    return body.toString();
  };
  const post = async (body) => {
    const answer = await fetch(form.dataset.keepAt, {
      method: "POST",
      body,
      keepalive: body.length < 60_000,
      redirect: "error", // whoever is signed out keeps nothing on the server
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CSRFToken": form.elements.csrfmiddlewaretoken.value,
      },
    });
    if (!answer.ok) throw new Error(answer.statusText);
    return (await answer.json()).sent;
  };
  const keep = async () => {
    clearTimeout(timer);
    if (over || form.dataset.sent) return;
    const body = typed();
    const place = prefix + token();
    unsaved = true;
    if (key) localStorage.setItem(place, await seal(body));
    try {
      over = Boolean(await post(body));
      localStorage.removeItem(place);
      unsaved = false;
      say(over ? "sent" : "kept");
    } catch {
      unsaved = !key;
      say(key ? "offline" : "lost");
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  addEventListener("online", keep);
  addEventListener("pagehide", () => timer && !over && !form.dataset.sent && post(typed()).catch(() => {}));
  addEventListener("beforeunload", (event) => unsaved && !form.dataset.sent && event.preventDefault());

  // -- what a dead network left in this browser goes to the server, once it is there again
  const bringIn = async () => {
    let some = false;
    for (const place of Object.keys(localStorage).filter((one) => one.startsWith(prefix))) {
      if (place === prefix + token()) continue;
      try {
        await post(await unseal(localStorage.getItem(place)));
        localStorage.removeItem(place);
        some = true;
      } catch {
        continue; // somebody else's copy, or the network is dead still
      }
    }
    if (some) htmx.trigger(document.body, "drafts-changed");
  };
  if (key) bringIn();

  // -- a button whose part of the form is still empty opens it first
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-opens]");
    const asked = button && document.getElementById(button.dataset.asks);
    if (!asked || asked.value) return;
    event.preventDefault();
    document.getElementById(button.dataset.opens).open = true;
    const query = document.getElementById("knowledge-query");
    if (button.dataset.first === query?.id && !query.value) {
      const said = form.elements.title.value || form.elements.text.value;
      query.value = said.trim().split(/[。！？；\n]/)[0].slice(0, 40);
      htmx.trigger(query, "search");
    }
    const first = document.getElementById(button.dataset.first || "") || asked;
    (document.getElementById(`${first.id}-text`) || first).focus();
  });

  // -- the first of each suggestion, for what is not filled in yet; the person looks it over. Asked
  // for before there are any, they are taken as they come.
  let awaited = false;
  const takeAll = () => {
    const groups = [...form.querySelectorAll("[data-suggestions] [role=group]")];
    awaited = !groups.length;
    for (const group of groups) {
      const first = group.querySelector("[data-accept]:not([data-words])");
      const field = first && form.elements[first.dataset.accept];
      if (field && !field.value && field.type !== "checkbox") first.click();
    }
  };
  form.addEventListener("click", (event) => event.target.closest("[data-take-all]") && takeAll());
  document.addEventListener("htmx:afterSettle", (event) => {
    if (awaited && event.detail.target.matches("[data-suggestions]")) takeAll();
  });

  // -- Enter goes on to the next field: the form is sent by its own keys only
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
    if (!field.matches("input:not([type=submit])")) return;
    event.preventDefault();
    const fields = [...form.querySelectorAll("input, select, textarea, button")].filter(
      (one) => one.tabIndex >= 0 && one.type !== "hidden" && one.checkVisibility(),
    );
    fields[fields.indexOf(field) + 1]?.focus();
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (form.elements.phone?.value && !document.querySelector("[data-focus]")) form.elements.text.focus();
  });

  // -- marking the caller closes its sheet by itself
  document.body.addEventListener("caller-marked", () => document.getElementById("sheet").close());
})();

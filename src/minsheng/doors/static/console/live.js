// Live counts: one stream while the page is looked at. A page in the background closes its stream
// and asks again when it is looked at: browsers allow few connections to one server.
(() => {
  "use strict";
  const address = document.getElementById("palette")?.dataset.live;
  if (!address || !window.EventSource) return;
  let source = null;
  let first = true;
  let pause = 0; // seconds until the next try, longer after each that failed
  let trying = 0;

  const counts = (event) => {
    for (const [code, count] of Object.entries(JSON.parse(event.data))) {
      for (const element of document.querySelectorAll(`[data-live-count="${CSS.escape(code)}"]`)) {
        if (element.textContent === String(count)) continue;
        element.textContent = count;
        element.classList.toggle("none", !count);
        if (element.dataset.tone) element.classList.toggle(element.dataset.tone, count > 0);
        if (element.closest("[aria-current]")) tell();
      }
    }
  };
  const unread = (event) => {
    const count = Number(event.data);
    for (const element of document.querySelectorAll("[data-live-unread]")) {
      element.hidden = !count;
      element.textContent = count > 99 ? "99+" : count;
      element.setAttribute("aria-label", `${count} ${element.dataset.words}`);
    }
  };
  // The list that is looked at is not pulled away: a line offers to draw it anew.
  const tell = () => {
    const line = document.getElementById("list-changed");
    if (line) line.hidden = false;
  };
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(address, { withCredentials: true });
    source.addEventListener("counts", counts);
    source.addEventListener("unread", unread);
    source.addEventListener("changed", () => {
      document.body.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
    });
    source.addEventListener("ring", () => {
      document.body.dispatchEvent(new CustomEvent("live:ring", { bubbles: true }));
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) return; // told not to ask again
      close();
      pause = Math.min(60, pause ? pause * 2 : 3);
      trying = setTimeout(open, pause * 1000 * (0.8 + 0.4 * Math.random()));
    });
    source.addEventListener("open", () => {
      pause = 0;
      document.documentElement.dataset.live = "on";
      // What happened while the page was not looked at, nobody told it.
      if (!first) document.body.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
      first = false;
    });
  };
  const close = () => {
    clearTimeout(trying);
    source?.close();
    source = null;
    delete document.documentElement.dataset.live;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
})();

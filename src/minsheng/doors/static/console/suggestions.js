// Taking a suggestion over into the form: by a press, or by Alt (and Shift) and its number.
(() => {
  "use strict";
  const ROW = 9; // keys with one modifier

  // Words are put in as if typed, so that Ctrl+Z takes them back.
  const type = (field, words, replacing) => {
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    field.setSelectionRange(replacing ? 0 : field.value.length, field.value.length);
    const before = replacing || !field.value.trim() ? "" : "\n";
    document.execCommand("insertText", false, before + words);
  };

  const fill = (field, value) => {
    if (!field) return;
    if (field instanceof RadioNodeList) field.value = value;
    else if (field.type === "checkbox") field.checked = true;
    else if (field.multiple) {
      const values = value.split(",");
      for (const option of field.options) option.selected = values.includes(option.value);
    } else field.value = value;
    const first = field instanceof RadioNodeList ? field[0] : field;
    first.dispatchEvent(new Event("pick:redraw"));
    first.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // The item that an answer rests on is shown where one looks items up.
  const rest = (code) => {
    const query = document.getElementById("knowledge-query");
    if (!query) return;
    htmx.ajax("GET", `${query.getAttribute("hx-get")}?knowledge=${encodeURIComponent(code)}`, "#knowledge-found");
  };

  // What leaves no trace of its own in the form says by `taken` that it was taken.
  const taken = (form) => [...form.querySelectorAll("input[name=taken]")];
  const note = (form, said, several) => {
    const same = several ? said : `${said.split(":")[0]}:`;
    taken(form).filter((one) => one.value.startsWith(same)).forEach((one) => one.remove());
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "taken", value: said });
    form.append(input);
  };
  const mark = () => {
    for (const button of document.querySelectorAll("[data-suggestions] [data-taken]")) {
      const mine = taken(button.form).some((one) => one.value === button.dataset.taken);
      button.setAttribute("aria-pressed", String(mine));
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-suggestions] [data-accept]");
    if (!button) return;
    const { form } = button;
    const fields = form.elements;
    const { accept, value, assists, area, basis, words, replaces, knowledge } = button.dataset;
    if (assists !== undefined) fill(fields.assists, assists);
    if (area && !fields.district?.value) fill(fields.district, area);
    if (basis) fill(fields.basis, basis);
    if (knowledge) rest(knowledge);
    if (words) type(fields[accept], words, replaces !== undefined);
    else if (accept) {
      fields[accept]?.closest?.("details")?.setAttribute("open", "");
      fill(fields[accept], value);
    }
    if (button.dataset.title) fill(fields.title, button.dataset.title);
    if (button.dataset.taken) note(form, button.dataset.taken, "several" in button.dataset);
    mark();
  });

  // Numbers stand on the buttons in the order in which they are read.
  const number = () => {
    document.querySelectorAll("[data-suggestions] [data-accept]").forEach((button, i) => {
      if (i >= 2 * ROW) return;
      const digit = String((i % ROW) + 1);
      button.dataset.key = i < ROW ? digit : `⇧${digit}`;
      button.setAttribute("aria-keyshortcuts", i < ROW ? `Alt+${digit}` : `Alt+Shift+${digit}`);
    });
    mark();
  };
  document.addEventListener("DOMContentLoaded", number);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.closest("[data-suggestions]")) number();
  });
  document.addEventListener("keydown", (event) => {
    const digit = event.altKey && !event.ctrlKey && /^Digit([1-9])$/.exec(event.code);
    const key = digit && (event.shiftKey ? `⇧${digit[1]}` : digit[1]);
    const button = key && document.querySelector(`[data-suggestions] [data-key="${key}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
})();

// Taking a suggestion over into the form: by a press, or by Alt and its number.
(() => {
  "use strict";
  const panel = () => document.querySelector("[data-suggestions]");

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

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-suggestions] [data-accept]");
    if (!button) return;
    const fields = button.closest("form").elements;
    if (button.dataset.assists !== undefined) fill(fields.assists, button.dataset.assists);
    if (button.dataset.area && !fields.district?.value) fill(fields.district, button.dataset.area);
    if (button.dataset.basis) fill(fields.basis, button.dataset.basis);
    fields[button.dataset.accept]?.closest?.("details")?.setAttribute("open", "");
    fill(fields[button.dataset.accept], button.dataset.value);
  });

  // Numbers stand on the buttons in the order in which they are read.
  const number = () => {
    panel()?.querySelectorAll("[data-accept]").forEach((button, i) => {
      if (i > 8) return;
      button.setAttribute("aria-keyshortcuts", `Alt+${i + 1}`);
      button.dataset.key = String(i + 1);
    });
  };
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === panel()) number();
  });
  document.addEventListener("keydown", (event) => {
    const digit = event.altKey && !event.ctrlKey && /^Digit([1-9])$/.exec(event.code);
    const button = digit && panel()?.querySelector(`[data-key="${digit[1]}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
})();

// A long <select data-pick> becomes a field to type into: any part of the words finds the line.
// Follows the combobox pattern of the ARIA Authoring Practices; the <select> keeps the value.
(() => {
  "use strict";
  const MOST = 60; // lines shown at once
  let count = 0;

  const enhance = (select) => {
    if (select.dataset.picked) return;
    select.dataset.picked = "1";
    const id = `pick-${++count}`;
    const many = select.multiple;
    const lines = [...select.options].filter((option) => option.value);
    const blank = [...select.options].find((option) => !option.value);

    const box = document.createElement("div");
    box.className = "combo";
    const chips = document.createElement("div");
    chips.className = "combo-chips";
    const input = document.createElement("input");
    input.id = `${select.id}-text`;
    input.type = "text";
    input.className = "form-control combo-input";
    input.autocomplete = "off";
    input.placeholder = blank?.text || select.dataset.pick || "";
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", id);
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    const list = document.createElement("ul");
    list.id = id;
    list.className = "combo-list";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    const label = document.querySelector(`label[for="${select.id}"]`);
    if (label) {
      label.htmlFor = input.id;
      label.id ||= `${id}-label`;
      list.setAttribute("aria-labelledby", label.id);
    }
    select.hidden = true;
    select.after(box);
    box.append(...(many ? [chips] : []), input, list);

    let shown = [];
    let at = -1;
    const words = () => (many ? "" : select.selectedOptions[0]?.value ? select.selectedOptions[0].text : "");
    const close = () => {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const mark = (next) => {
      if (!shown.length) return;
      at = (next + shown.length) % shown.length;
      [...list.children].forEach((line, i) => line.setAttribute("aria-selected", String(i === at)));
      list.children[at].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", list.children[at].id);
    };
    const open = (query) => {
      const parts = query.toLowerCase().split(/\s+/).filter(Boolean);
      const fits = (option) => {
        const text = `${option.text} ${option.value}`.toLowerCase();
        return parts.every((part) => text.includes(part));
      };
      shown = lines.filter((o) => !(many && o.selected) && !o.disabled && fits(o)).slice(0, MOST);
      list.replaceChildren(
        ...shown.map((option, i) => {
          const line = document.createElement("li");
          line.id = `${id}-${i}`;
          line.setAttribute("role", "option");
          line.setAttribute("aria-selected", "false");
          line.textContent = option.text;
          line.addEventListener("mousedown", (event) => {
            event.preventDefault();
            choose(option);
          });
          return line;
        }),
      );
      list.hidden = !shown.length;
      at = -1;
      input.setAttribute("aria-expanded", String(!list.hidden));
    };
    const tell = () => {
      select.dispatchEvent(new Event("input", { bubbles: true }));
      select.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const draw = () => {
      input.value = words();
      if (!many) return;
      chips.replaceChildren(
        ...lines
          .filter((option) => option.selected)
          .map((option) => {
            const chip = document.createElement("button");
            chip.type = "button";
            chip.className = "combo-chip";
            chip.textContent = `${option.text} ×`;
            chip.addEventListener("click", () => {
              option.selected = false;
              draw();
              tell();
              input.focus();
            });
            return chip;
          }),
      );
    };
    const choose = (option) => {
      if (many) option.selected = true;
      else select.value = option.value;
      draw();
      close();
      tell();
    };

    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => open(""));
    input.addEventListener("input", (event) => {
      event.stopPropagation();
      open(input.value);
      if (shown.length && input.value) mark(0);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) open(input.value === words() ? "" : input.value);
        else mark(at + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && !list.hidden) {
        event.preventDefault();
        if (at >= 0) choose(shown[at]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        draw();
        close();
      } else if (event.key === "Backspace" && many && !input.value) {
        const last = lines.filter((option) => option.selected).at(-1);
        if (last) {
          last.selected = false;
          draw();
          tell();
        }
      }
    });
    input.addEventListener("blur", () => {
      if (!many && !input.value.trim() && select.value && blank) {
        select.value = "";
        tell();
      } else if (!list.hidden && at >= 0 && input.value !== words()) {
        choose(shown[at]);
      }
      draw();
      close();
    });
    select.addEventListener("pick:redraw", draw);
    draw();
  };

  const all = (where) => {
    if (where.matches?.("select[data-pick]")) enhance(where);
    where.querySelectorAll?.("select[data-pick]").forEach(enhance);
  };
  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:load", (event) => all(event.detail.elt));
})();

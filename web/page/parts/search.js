// A field that a list is searched with as one types; Esc empties it.
import { h, icon } from "../dom.js";

/**
 * @param {{label: string, placeholder: string, value: string, onInput: (text: string) => void, shortcut?: string|null,
 *   onSubmit?: (text: string) => void}} props  `shortcut`: the key that leads here, shown in the empty field
 * @returns {{element: Element, update: (props: object) => void, focus: () => void}}
 */
export function search(props) {
  let now = { shortcut: "/", onSubmit: () => {}, ...props };
  const input = h("input", {
    type: "search", autocomplete: "off", spellcheck: "false", autocapitalize: "off", maxlength: 256,
    "aria-label": now.label, "aria-keyshortcuts": now.shortcut,
    on: { input: () => now.onInput(input.value), keydown },
  });
  const hint = now.shortcut ? h("kbd", { "aria-hidden": "true" }, now.shortcut) : null;
  const element = h("label", { class: "search" }, icon("search"), input, hint);

  function keydown(event) {
    if (event.key === "Enter") now.onSubmit(input.value);
    if (event.key !== "Escape" || !input.value) return;
    event.preventDefault();
    event.stopPropagation();
    input.value = "";
    now.onInput("");
  }

  function update(more) {
    now = { ...now, ...more };
    input.placeholder = now.placeholder;
    if (input.value !== now.value && document.activeElement !== input) input.value = now.value;
  }

  update({});
  return {
    element,
    update,
    focus() {
      input.focus();
      input.select();
    },
  };
}

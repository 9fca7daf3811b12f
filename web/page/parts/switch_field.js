// A switch with what it is called and what it means when it is off.

import { h } from "../dom.js";

/** props: {id, label, note, checked, changed, disabled, onChange(checked)}. */
export function switchField(props) {
  const input = h("input", {
    type: "checkbox",
    role: "switch",
    id: props.id,
    class: "switch_field-input",
    "aria-describedby": `${props.id}-note`,
    on: { change: () => props.onChange(input.checked) },
  });
  const element = h(
    "div",
    { class: "switch_field" },
    h("label", { class: "switch_field-label", for: props.id }, props.label),
    h("p", { class: "switch_field-note", id: `${props.id}-note` }, props.note),
    input,
  );
  function update(next) {
    input.checked = next.checked;
    input.disabled = Boolean(next.disabled);
    element.classList.toggle("is-changed", Boolean(next.changed));
  }
  update(props);
  return { element, update };
}

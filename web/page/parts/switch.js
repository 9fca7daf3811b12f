// Something that is on or off.
import { h } from "../dom.js";

/**
 * @param {{label: Node|string, checked: boolean, onChange: (checked: boolean) => void, disabled?: boolean,
 *   describedBy?: string, shortcut?: string}} props
 * @returns {{element: HTMLButtonElement, update: (props: object) => void}}
 */
export function switchControl(props) {
  let now = props;
  const label = h("span", { class: "switch-label" });
  const track = h("span", { class: "switch-track", "aria-hidden": "true" });
  const press = () => now.onChange(!now.checked);
  const element = h("button", {
    type: "button", class: "switch", role: "switch", "aria-describedby": props.describedBy,
    "aria-keyshortcuts": props.shortcut, on: { click: press },
  }, track, label);

  function update(more) {
    now = { ...now, ...more };
    element.setAttribute("aria-checked", String(now.checked));
    element.disabled = Boolean(now.disabled);
    if (label.textContent !== now.label) label.replaceChildren(now.label);
  }

  update({});
  return { element, update };
}

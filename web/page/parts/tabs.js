// Tabs over one table: which of its rows are shown. Arrows go from one to the next.
import { h } from "../dom.js";

/**
 * @param {{label: string, tabs: {key: string, label: string, count?: string|null}[], selected: string, controls?: string,
 *   onSelect: (key: string) => void}} props  `count`: as it is shown; `controls`: id of what the tabs are over
 * @returns {{element: Element, update: (props: object) => void}}
 */
export function tabs(props) {
  let now = props;
  const element = h("div", { class: "tabs", role: "tablist", "aria-label": props.label });
  const list = () => [...element.children];

  function tab({ key, label, count }) {
    const isSelected = key === now.selected;
    const attributes = {
      type: "button", role: "tab", data: { tab: key }, tabindex: isSelected ? 0 : -1,
      "aria-selected": String(isSelected), "aria-controls": now.controls, on: { click: () => now.onSelect(key) },
    };
    return h("button", attributes, h("span", { class: "tabs-label" }, label),
      count == null ? null : h("span", { class: "tabs-count" }, count));
  }

  element.addEventListener("keydown", (event) => {
    const at = list().indexOf(document.activeElement);
    const last = list().length - 1;
    const goes = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last };
    if (!(event.key in goes)) return;
    event.preventDefault();
    now.onSelect(now.tabs[goes[event.key]].key);
    list()[goes[event.key]]?.focus();
  });

  function update(more) {
    now = { ...now, ...more };
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.tab : null;
    const made = now.tabs.map(tab);
    if (made.length === list().length && made.every((one, place) => one.isEqualNode(list()[place]))) return;
    element.replaceChildren(...made);
    if (focused !== null) list().find((one) => one.dataset.tab === focused)?.focus();
    const chosen = list().find((one) => one.dataset.tab === now.selected);
    if (chosen && element.scrollWidth > element.clientWidth) {
      element.scrollLeft = chosen.offsetLeft - (element.clientWidth - chosen.offsetWidth) / 2;
    }
  }

  update({});
  return { element, update };
}

// A button that opens a list of things to do.
import { h, icon } from "../dom.js";
import { floatingAt } from "./placement.js";

/**
 * @param {{label: Node|string, name?: string, align?: "start"|"end", head?: Node|null,
 *   items: ({key: string, label: string, icon?: string, href?: string, hint?: Node|string, checked?: boolean,
 *   onSelect?: () => void}|null)[]}} props
 *   `label`: what the button shows; `name`: what it is called where that is not enough; `head`: what stands above the
 *   items; an item that is null: a line between two
 * @returns {{element: Element, update: (props: object) => void, open: () => void, close: () => void}}
 */
export function menu(props) {
  let now = { align: "start", head: null, ...props };
  const button = h("button", { type: "button", class: "button" });
  const list = h("div", { class: "menu" });
  const popover = floatingAt(button, list, { align: now.align, onOpen: () => go(checkedOr(0)) });
  const element = h("div", { class: "menu-place" }, button, list);

  const items = () => [...list.querySelectorAll("[role^=menuitem]")];
  const checkedOr = (place) => Math.max(place, items().findIndex((item) => item.ariaChecked === "true"));
  const go = (place) => items().at(place % Math.max(1, items().length))?.focus();

  function itemElement(item) {
    if (item === null) return h("div", { class: "menu-rule", role: "separator" });
    const role = item.checked === undefined ? "menuitem" : "menuitemradio";
    const state = item.checked === undefined ? {} : { "aria-checked": String(item.checked) };
    const press = () => {
      popover.close();
      item.onSelect?.();
    };
    const attributes = { class: "menu-item", role, tabindex: -1, ...state, data: { item: item.key }, on: { click: press } };
    const content = [item.icon ? icon(item.icon) : null, h("span", { class: "menu-label" }, item.label), item.hint ?? null];
    const tick = item.checked ? icon("check") : null;
    return item.href
      ? h("a", { ...attributes, href: item.href }, content, tick)
      : h("button", { type: "button", ...attributes }, content, tick);
  }

  list.addEventListener("keydown", (event) => {
    const at = items().indexOf(document.activeElement);
    const goes = { ArrowDown: () => go(at + 1), ArrowUp: () => go(at - 1), Home: () => go(0), End: () => go(-1) };
    if (event.key === "Tab") popover.close();
    else if (goes[event.key]) {
      event.preventDefault();
      goes[event.key]();
    } else if (/^\p{L}$/u.test(event.key) && !event.ctrlKey && !event.metaKey) {
      event.stopPropagation();
      const begins = (item) => item.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase());
      (items().slice(at + 1).find(begins) ?? items().find(begins))?.focus();
    }
  });

  function update(more) {
    now = { ...now, ...more };
    button.replaceChildren(h("span", { class: "menu-label" }, now.label), icon("chevron_down"));
    button.setAttribute("aria-haspopup", "menu");
    if (now.name) button.setAttribute("aria-label", now.name);
    const body = h("div", { role: "menu", "aria-label": now.name ?? button.textContent }, now.items.map(itemElement));
    list.replaceChildren(...(now.head ? [now.head, h("div", { class: "menu-rule" })] : []), body);
  }

  update({});
  return { element, update, open: popover.open, close: popover.close };
}

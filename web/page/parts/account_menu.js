// Whose figures these are, and what belongs to the person: theme, keys, the API's pages, signing out.

import { h, icon } from "../dom.js";
import { ROLES } from "../words.js";
import { place } from "./tooltip.js";

const THEMES = [["system", "System"], ["light", "Light"], ["dark", "Dark"]];

/** me: as `/v1/me`; theme: "system", "light" or "dark". */
export function accountMenu({ me, theme, onTheme, onKeys, onSignOut }) {
  const about = `${ROLES[me.role] ?? me.role} · ${me.time_zone}`;
  const element = h("button", { class: "account_menu", type: "button", popovertarget: "account", "aria-haspopup": "true" },
    h("span", {}, h("span", { class: "account_menu-name name" }, me.account),
      h("span", { class: "account_menu-about" }, about)), icon("chevron_down"));
  const themes = h("select", { id: "theme", on: { change: (event) => onTheme(event.target.value) }, value: theme },
    THEMES.map(([value, label]) => h("option", { value }, label)));
  const item = (label, onClick, end) => h("button", { class: "menu-item", type: "button",
    on: { click: () => { menu.hidePopover(); onClick(); } } }, h("span", {}, label), end);
  const menu = h("div", { class: "menu", id: "account", popover: "auto" },
    h("div", { class: "account-about" }, h("b", { class: "name" }, me.account),
      me.name && h("div", { class: "name" }, me.name), h("div", {}, about), h("div", {}, me.currency)),
    h("div", { class: "menu-rule" }),
    h("div", { class: "menu-item" }, h("label", { for: "theme" }, "Theme"), themes),
    item("Keyboard shortcuts", onKeys, h("kbd", {}, "?")),
    h("a", { class: "menu-item", href: "docs" }, "API reference"),
    h("div", { class: "menu-rule" }),
    item("Sign out", onSignOut));
  menu.addEventListener("toggle", (event) => event.newState === "open" && place(menu, element, { align: "end" }));
  return { element: h("div", { class: "account" }, element, menu) };
}

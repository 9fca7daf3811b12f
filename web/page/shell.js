// The frame around every view: skip link, mark, navigation, freshness, account, and where the view stands.

import { chosenTheme, chooseTheme } from "./appearance.js";
import { h, icon, setAttribute } from "./dom.js";
import { accountMenu } from "./parts/account_menu.js";
import { freshness } from "./parts/freshness.js";
import { mark } from "./parts/mark.js";
import { href } from "./router.js";

const NAV = [["overview", "Overview"], ["campaigns", "Campaigns"], ["orders", "Orders"], ["settings", "Settings"]];

/** `main`: where views are mounted; `follow(freshness)`; `setView(name)` marks it in the navigation. */
export function shell({ me, onTryNow, onKeys, onSignOut }) {
  const links = new Map(NAV.map(([view, label]) => [view, h("a", { href: href(view) }, icon(view), label)]));
  const fresh = freshness({ onTryNow });
  const main = h("main", { class: "main", id: "main", "aria-labelledby": "heading" });
  const menu = accountMenu({ me, theme: chosenTheme(), onTheme: chooseTheme, onKeys, onSignOut });
  const header = h("header", { class: "header" },
    h("div", { class: "header-row" }, mark(href("overview")),
      h("nav", { class: "nav", "aria-label": "Views" }, [...links.values()]), fresh.element, menu.element),
    fresh.strip);
  const skip = h("a", { class: "skip", href: "#main", on: { click: (event) => {
    event.preventDefault();
    main.querySelector("#heading")?.focus();
  } } }, "Skip to the content");
  return {
    elements: [skip, header, main],
    main,
    showFreshness(state) {
      fresh.update(state);
      setAttribute(main, "data-strip", ["catching_up", "stale"].includes(state.state));
    },
    setView(view) {
      const owner = { campaign: "campaigns", why: "orders", first_steps: "overview" }[view] ?? view;
      for (const [name, link] of links) setAttribute(link, "aria-current", name === owner ? "page" : null);
    },
    destroy: fresh.destroy,
  };
}

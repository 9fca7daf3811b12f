// The latest who bought: a line each, that leads to why the order was credited.

import { h, replace, setText } from "../dom.js";
import { dayTime, money, timeTitle } from "../format.js";
import { afterTouch } from "../words.js";

const HIDDEN = "Hidden";

/** props: `{purchases: rows of the purchases report, href(order) → address, empty, hidden: sentence or null}`. */
export function latestBuyers(first) {
  const list = h("ol", { class: "latest_buyers-rows" });
  const note = h("p", { class: "note latest_buyers-note" });
  const nothing = h("p", { class: "latest_buyers-empty" });
  const element = h("div", { class: "latest_buyers" }, list, nothing, note);

  function update({ purchases, href, empty, hidden }) {
    replace(list, purchases.map((purchase) => row(purchase, href(purchase.order), hidden !== null)));
    setText(nothing, purchases.length ? "" : empty);
    setText(note, purchases.length && hidden ? hidden : "");
  }

  update(first);
  return { element, update };
}

function row(purchase, address, isHidden) {
  const { amount, currency, ordered_at: at, touched_at: touched, event } = purchase;
  const who = isHidden ? HIDDEN : nameOf(purchase);
  const touch = touched ? `, ${afterTouch(at, touched, event)}` : "";
  return h("li", {}, h("a", { class: "latest_buyers-row", href: address },
    h("span", { class: isHidden ? "name quiet" : "name", title: who }, who),
    h("span", { class: "latest_buyers-amount" }, money(amount, currency)),
    h("time", { class: "latest_buyers-about", datetime: at, title: timeTitle(at) }, dayTime(at) + touch)));
}

/** A person as well as the order tells: by name, else by address, else by id. */
function nameOf({ first_name: first, last_name: last, email, phone, contact, order }) {
  return [first, last].filter(Boolean).join(" ") || email || phone || contact || `Order ${order}`;
}

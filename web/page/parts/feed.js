// The latest orders as they come: new ones on top, but none moves while the list is read.

import { channel, UNATTRIBUTED } from "../channels.js";
import { h, setText } from "../dom.js";
import { money, time, timeTitle } from "../format.js";
import { afterTouch, STATUSES } from "../words.js";
import { arrange } from "./arrange.js";
import { lightUp } from "./live_text.js";

const REASONS = {
  no_eligible_touch: "no touch within a window",
  not_delivered: "no touch within a window, on its way",
  contact_unknown: "contact unknown",
  sales_hidden: "settings show no sales",
};
const NO_ORDER = new Set(["CANCELLED", "ABANDONED_SHOPPING_CART"]);

/**
 * props: `{orders: rows of orders, newest first, nameOf(channel, campaign) → text, href(order) → address, most, empty}`.
 * `expected` of an order that is on its way is the touch it would be credited to.
 */
export function feed(first) {
  let props = first;
  let waiting = false;
  const list = h("ol", { class: "feed-rows" });
  const more = h("button", { type: "button", class: "feed-more", hidden: true, on: { click: showAll } });
  const nothing = h("p", { class: "feed-empty", hidden: true });
  const element = h("div", { class: "feed" }, more, list, nothing);
  const rows = new Map();

  const isRead = () => list.matches(":hover") || list.contains(document.activeElement);

  function showAll() {
    waiting = false;
    render(true);
    list.querySelector("a")?.focus();
  }

  function render(forced = false) {
    const orders = props.orders.slice(0, props.most);
    const fresh = orders.filter(({ order }) => !rows.has(order)).length;
    if (fresh > 0 && rows.size > 0 && !forced && isRead()) {
      waiting = true;
      setText(more, `${fresh} new`);
      more.hidden = false;
      for (const one of orders) rows.get(one.order)?.update(one, props);
      return;
    }
    more.hidden = true;
    const isFirst = rows.size === 0;
    const nodes = orders.map((one) => {
      if (!rows.has(one.order)) {
        rows.set(one.order, feedRow());
        if (!isFirst) lightUp(rows.get(one.order).element);
      }
      const row = rows.get(one.order);
      row.update(one, props);
      return row.element;
    });
    for (const [order, { element: node }] of rows) if (!nodes.includes(node)) rows.delete(order);
    arrange(list, nodes);
    nothing.hidden = nodes.length > 0;
    setText(nothing, props.empty);
  }

  const left = () => requestAnimationFrame(() => waiting && !isRead() && showLater());
  function showLater() {
    waiting = false;
    render();
  }
  element.addEventListener("pointerleave", left);
  element.addEventListener("focusout", left);

  render();
  return {
    element,
    update(next) {
      props = next;
      render();
    },
  };
}

function feedRow() {
  const glyph = h("span", { class: "feed-glyph" });
  const name = h("span", { class: "feed-name" });
  const words = h("span", { class: "feed-words" });
  const amount = h("span", { class: "feed-amount" });
  const at = h("time", { class: "feed-time" });
  const link = h("a", { class: "feed-row" }, glyph, name, amount, words, at);
  let shownChannel = null;
  return {
    element: h("li", {}, link),
    update(order, { nameOf, href }) {
      const touch = touchOf(order);
      const of = touch ? touch.channel : UNATTRIBUTED;
      if (of !== shownChannel) {
        glyph.replaceChildren(channel(of).glyph());
        shownChannel = of;
      }
      link.href = href(order.order);
      link.classList.toggle("is-unattributed", !touch);
      link.classList.toggle("is-expected", order.expected !== null);
      setText(name, touch ? nameOf(touch.channel, touch.campaign) : headOf(order));
      name.title = name.textContent;
      setText(words, wordsOf(order, touch));
      setText(amount, money(order.amount, order.currency));
      setText(at, time(order.ordered_at));
      at.dateTime = order.ordered_at;
      at.title = timeTitle(order.ordered_at);
    },
  };
}

/** The touch that an order is credited to, or would be. */
function touchOf(order) {
  return order.channel === null ? order.expected : order;
}

function headOf({ status }) {
  return NO_ORDER.has(status) ? STATUSES[status].label : "Unattributed";
}

function wordsOf(order, touch) {
  if (!touch) return NO_ORDER.has(order.status) ? "earns no campaign anything" : (REASONS[order.reason] ?? "");
  const after = afterTouch(order.ordered_at, touch.touched_at, touch.event);
  return order.expected ? `${after}, on its way` : after;
}

// The latest orders as they come: new ones on top, but none while the list is read.

import { channel, UNATTRIBUTED } from "../channels.js";
import { h, setText } from "../dom.js";
import { money, time, timeTitle } from "../format.js";
import { afterTouch, STATUSES } from "../words.js";
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
 * Each place keeps its element and is given another order's words: nothing on the page moves.
 */
export function feed(first) {
  let props = first;
  let shown = [];
  let waits = false;
  const rows = Array.from({ length: first.most }, feedRow);
  const list = h("ol", { class: "feed-rows" }, rows.map((row) => row.element));
  const more = h("button", { type: "button", class: "feed-more", hidden: true, on: { click: showNew } });
  const nothing = h("p", { class: "feed-empty", hidden: true });
  const element = h("div", { class: "feed" }, more, list, nothing);

  const isRead = () => list.matches(":hover") || list.contains(document.activeElement);
  const latest = () => props.orders.slice(0, props.most);
  const isNew = ({ order }) => !shown.some((one) => one.order === order);

  function showNew() {
    show();
    rows[0].link.focus();
  }

  function show() {
    const orders = latest();
    const fresh = orders.map((order) => shown.length > 0 && isNew(order));
    shown = orders;
    waits = false;
    more.hidden = true;
    rows.forEach((row, index) => {
      row.element.hidden = index >= orders.length;
      if (index < orders.length) row.update(orders[index], props);
      if (fresh[index]) lightUp(row.element);
    });
    nothing.hidden = orders.length > 0;
    setText(nothing, props.empty);
  }

  /** Of the orders that are read only what is new about them; how many newer ones there are is said above them. */
  function hold(fresh) {
    waits = true;
    setText(more, `${fresh} new`);
    more.hidden = false;
    shown.forEach((one, index) => rows[index].update(props.orders.find(({ order }) => order === one.order) ?? one, props));
  }

  const left = () => requestAnimationFrame(() => waits && !isRead() && show());
  element.addEventListener("pointerleave", left);
  element.addEventListener("focusout", left);

  function update(next) {
    props = next;
    const fresh = latest().filter(isNew).length;
    if (fresh > 0 && shown.length > 0 && isRead()) hold(fresh);
    else show();
  }

  show();
  return { element, update };
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
    link,
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
export function touchOf(order) {
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

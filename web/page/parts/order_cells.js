// What stands in the columns of the list of orders.

import { nameOf } from "../campaign_names.js";
import { channel as channelOf } from "../channels.js";
import { amount as bareAmount, currencySign, dayTime, money, timeTitle } from "../format.js";
import { h, icon } from "../dom.js";
import { uncredited } from "../order_words.js";
import { orderStatus } from "./order_status.js";

/** props: {currency: the report's, hidesPeople, hrefOf(order), onContact(contact, button) (null: the role may not)}. */
export function orderColumns({ currency, hidesPeople, hrefOf, onContact }) {
  const text = (key, label, cell, more = {}) => ({ key, label, align: "text", cell, value: (row) => row[key], ...more });
  return [
    text("order", "Order", (row) => h("a", { class: "orders-name orders-id", href: hrefOf(row.order), title: row.order }, row.order), { class: "orders-order" }),
    text("ordered_at", "Ordered", (row) => h("span", { class: "second", title: timeTitle(row.ordered_at) }, dayTime(row.ordered_at))),
    text("status", "Status", (row) => orderStatus(row.status)),
    text("contact", "Contact", (row) => contactCell(row, { hidesPeople, onContact }), { class: "orders-contact" }),
    { key: "amount", label: `Amount, ${currencySign(currency)}`, align: "number", value: (row) => Number(row.amount), cell: (row) => amountText(row, currency), class: "orders-amount" },
    text("campaign", "Credited to", creditCell, { class: "orders-campaign" }),
    text("why", "Why", (row) => whyLink(row, hrefOf), { labelHidden: true, class: "orders-why" }),
  ];
}

/** A row of two lines, for narrow screens: nodes of one link. */
export function orderItem(row, currency) {
  return [
    h("span", { class: "order_item-id orders-name" }, row.order),
    h("span", { class: "order_item-amount" }, row.currency === currency ? money(row.amount, currency) : amountText(row, currency)),
    h("span", { class: "order_item-when" }, orderStatus(row.status), dayTime(row.ordered_at)),
    h("span", { class: "order_item-credit" }, creditCell(row)),
  ];
}

function amountText(row, currency) {
  const isEarning = row.status !== "CANCELLED" && row.status !== "ABANDONED_SHOPPING_CART";
  const words = row.currency === currency ? bareAmount(row.amount, currency) : money(row.amount, row.currency);
  return h("span", { class: isEarning ? "orders-figure" : "second" }, words);
}

function contactCell(row, { hidesPeople, onContact }) {
  if (row.contact === null) return h("span", { class: "quiet" }, hidesPeople && row.reason !== "contact_unknown" ? "Hidden" : "–");
  const id = h("span", { class: "orders-name second", title: row.contact }, row.contact);
  if (!onContact) return id;
  const eye = h("button", { type: "button", class: "orders-eye", "aria-label": `Preview contact ${row.contact}`, on: { click: () => onContact(row.contact, eye) } }, icon("eye"));
  return h("span", { class: "orders-contact-cell" }, id, eye);
}

function creditCell(row) {
  const at = row.campaign === null ? row.expected : row;
  if (!at) return h("span", { class: "quiet" }, uncredited(row));
  const known = channelOf(at.channel);
  const isExpected = row.campaign === null;
  const name = nameOf(at.channel, at.campaign);
  return h("span", { class: isExpected ? "orders-credit is-expected" : "orders-credit" }, known.glyph(), h("span", { class: "orders-name", title: name }, name), h("span", { class: "orders-channel" }, isExpected ? `${known.label}, once delivered` : known.label));
}

function whyLink(row, hrefOf) {
  return h("a", { href: hrefOf(row.order), "aria-label": `Why order ${row.order}` }, "Why", icon("chevron_right"));
}

// The card of a contact: who it is, what it spent, when each channel reached it last, and its latest orders.
import { h } from "../dom.js";
import { channel, inOrder } from "../channels.js";
import { count, day, dayOf, money, moneyParts, timeTitle } from "../format.js";
import { STATUSES } from "../words.js";

const ORDERS_MOST = 5;
const EVENTS = [["sent_at", "Sent"], ["opened_at", "Opened"], ["clicked_at", "Clicked"]];
const none = () => h("span", { class: "is-none" }, h("span", { "aria-hidden": "true" }, "–"), h("span", { class: "unseen" }, "none"));
const onDay = (at) => (at ? h("time", { datetime: at, title: timeTitle(at) }, day(dayOf(at), { weekday: false })) : none());

/** What a contact has declared itself to be called: a name, else an address, else null. */
export function contactName({ first_name: first, last_name: last, email, phone }) {
  return [first, last].filter(Boolean).join(" ") || email || phone || null;
}

/**
 * @param {{card: object, href: (order: string) => string}} props  `card`: as the API answers
 * @returns {{element: Element}} without the contact's name, which is the title of what holds it
 */
export function contactCard({ card, href }) {
  return { element: h("div", { class: "contact_card" }, about(card), spent(card), latest(card), orders(card, href)) };
}

function about({ email, phone, external_customer_id: customer, contact }) {
  const lines = [["Email", email], ["Phone", phone], ["Customer ID", customer], ["Contact", contact]];
  const line = ([label, value]) => [h("dt", {}, label), h("dd", { class: "name", title: value }, value)];
  return h("dl", { class: "contact_card-about" }, lines.filter(([, value]) => value).map(line));
}

function spent({ revenue }) {
  if (!revenue.length) return h("p", { class: "contact_card-spent second" }, "No delivered order yet.");
  const figure = (label, value) => h("div", {}, h("dt", {}, label), h("dd", {}, value));
  const amountOf = ({ amount, currency }) => moneyParts(amount, currency).map(({ text, quiet }) => h("span", quiet ? { class: "quiet" } : {}, text));
  const orders = revenue.reduce((sum, one) => sum + one.orders, 0);
  return h("dl", { class: "contact_card-spent" }, revenue.map((one) => figure("Spent", amountOf(one))), figure("Delivered orders", count(orders)));
}

function latest({ channels }) {
  if (!channels.length) return null;
  const rows = [...channels].sort((a, b) => inOrder(a.channel, b.channel)).map((one) => {
    const { glyph, label } = channel(one.channel);
    return h("tr", {}, h("th", { scope: "row" }, h("span", { class: "of-channel" }, glyph(), label)), EVENTS.map(([field]) => h("td", {}, onDay(one[field]))));
  });
  return h("table", { class: "contact_card-latest" }, h("caption", { class: "unseen" }, "The latest of each channel"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Latest"), EVENTS.map(([, label]) => h("th", { scope: "col" }, label)))), h("tbody", {}, rows));
}

function orders({ orders: all }, href) {
  if (!all.length) return null;
  const row = (order) => h("tr", {},
    h("td", {}, h("a", { class: "asks", href: href(order.order) }, order.order)),
    h("td", {}, onDay(order.ordered_at)), h("td", {}, STATUSES[order.status]?.label ?? order.status),
    h("td", { class: order.status === "DELIVERED" ? "is-counted" : null }, money(order.amount, order.currency)));
  const more = all.length > ORDERS_MOST ? h("p", { class: "note" }, `and ${count(all.length - ORDERS_MOST)}${all.length >= 100 ? " or more" : ""} earlier`) : null;
  return h("div", { class: "contact_card-orders" }, h("h3", {}, "Latest orders"),
    h("table", {}, h("caption", { class: "unseen" }, "Latest orders"), h("tbody", {}, all.slice(0, ORDERS_MOST).map(row))), more);
}

// The columns of the campaigns table: counts and sales, or counts and shares; each says how it is shown, sorted and copied.

import { plainNumber, plainRate } from "../clipboard.js";
import { channel } from "../channels.js";
import { h } from "../dom.js";
import { amount, count, currencySign, rate, share } from "../format.js";
import { href } from "../router.js";

const quietly = (text, isNone) => (isNone ? h("span", { class: "is-none" }, text) : text);
const unknown = () => h("span", { class: "is-none" }, h("span", { "aria-hidden": "true" }, "–"), h("span", { class: "unseen" }, "none"));

/**
 * @param {{currency: string, period: string|null, hasSales: boolean, onBuyers: (row: object, id: string) => void}} of
 * @returns {object[]} columns as of parts/table.js, with `copied(row)`: text for a spreadsheet, and `words`: its name in a
 *   sentence or a list of choices
 */
export function campaignColumns({ currency, period, hasSales, onBuyers }) {
  const money = `, ${currencySign(currency)}`;
  const number = (key, label, more = {}) => ({
    key, label, words: label, align: "number", sortable: true, value: (row) => row[key],
    cell: (row) => quietly(count(row[key]), row[key] === 0), copied: (row) => plainNumber(row[key]), ...more,
  });
  const rates = (key, label) => number(key, label, {
    group: "Sales", value: (row) => (row[key] === null ? null : Number(row[key])),
    cell: (row) => (row[key] === null ? unknown() : quietly(rate(row[key]), Number(row[key]) === 0)),
    copied: (row) => plainRate(row[key]),
  });
  const amounts = (key, label, minor, more = {}) => number(key, label + money, {
    group: "Sales", words: label, value: (row) => row[minor], copied: (row) => plainNumber(row[key]),
    cell: (row) => (row[key] === null ? unknown() : quietly(amount(row[key], currency), row[minor] === 0n)), ...more,
  });
  const shares = (key, of, label) => number(`${key}_share`, label, {
    labelHidden: true, sortable: false, class: "quiet-cell", value: null,
    cell: (row) => (row[of] ? share(row[key] / row[of]) : unknown()),
    copied: (row) => (row[of] ? plainRate((row[key] / row[of]).toFixed(4)) : ""),
  });
  const named = [
    { key: "campaign", label: "Campaign", words: "Campaign", align: "text", sortable: true, value: (row) => row.label,
      cell: (row) => campaignLink(row, period), copied: (row) => row.label },
    { key: "channel", label: "Channel", words: "Channel", align: "text", sortable: true, value: (row) => channel(row.channel).label,
      cell: (row) => onChannel(row.channel), copied: (row) => channel(row.channel).label },
  ];
  if (!hasSales) {
    return [...named, number("sent", "Sent"), number("delivered", "Delivered"), shares("delivered", "sent", "Delivered of sent"),
      number("opened", "Opened"), shares("opened", "delivered", "Opened of delivered"),
      number("clicked", "Clicked"), shares("clicked", "delivered", "Clicked of delivered")];
  }
  const messages = { group: "Messages" };
  return [
    ...named,
    number("sent", "Sent", messages), number("delivered", "Delivered", messages), number("opened", "Opened", messages),
    number("clicked", "Clicked", messages),
    number("purchases", "Purchases", { group: "Sales", starts: true, cell: (row) => buyersButton(row, onBuyers) }),
    amounts("average_check", "Average check", "checkMinor"),
    amounts("revenue", "Revenue", "revenueMinor", { class: "strong-cell" }),
    rates("purchase_to_open_rate", "Purchase to open"), rates("purchase_to_click_rate", "Purchase to click"),
  ];
}

/** A campaign's name, which leads to its own page. */
export function campaignLink(row, period) {
  return h("a", { class: "name", dir: "auto", title: row.label, href: href("campaigns", [row.channel, row.campaign], { period }) }, row.label);
}

/** A channel with its glyph. */
export function onChannel(name) {
  const { glyph, label } = channel(name);
  return h("span", { class: "of-channel" }, glyph(), label);
}

/** How many bought, which asks who; with `words` behind the number. */
export function buyersButton(row, onBuyers, words = "") {
  if (!row.purchases) return h("span", { class: "is-none" }, `0${words}`);
  const id = `bought-${row.key}`;
  const name = `${count(row.purchases)} ${row.purchases === 1 ? "purchase" : "purchases"} of ${row.label}, ${channel(row.channel).label}: who bought`;
  const press = () => onBuyers(row, id);
  return h("button", { type: "button", class: "asks", id, "aria-label": name, "aria-haspopup": "dialog", on: { click: press } }, count(row.purchases) + words);
}

/** The cells of a sum row, by column. */
export function sumCells(total, currency, hasSales) {
  const counts = Object.fromEntries(["sent", "delivered", "opened", "clicked"].map((key) => [key, count(total[key])]));
  const of = (a, b) => (total[b] ? share(total[a] / total[b]) : unknown());
  if (!hasSales) {
    return { ...counts, delivered_share: of("delivered", "sent"), opened_share: of("opened", "delivered"), clicked_share: of("clicked", "delivered") };
  }
  return {
    ...counts, purchases: count(total.purchases),
    average_check: total.average_check === null ? unknown() : amount(total.average_check, currency),
    revenue: amount(total.revenue, currency),
    purchase_to_open_rate: total.purchase_to_open_rate === null ? unknown() : rate(total.purchase_to_open_rate),
    purchase_to_click_rate: total.purchase_to_click_rate === null ? unknown() : rate(total.purchase_to_click_rate),
  };
}

// What a sum of orders is, and what it is made of: floats beside the sum.

import { count, money, share } from "../format.js";
import { h } from "../dom.js";
import { average, minus, ratio } from "../money.js";

/**
 * props: {title, days, note, orders, amount, currency, total: amount of the total (null: no share of it), credited and
 * unattributed: {orders, amount} of delivered orders (null: not known, or not delivered)}.
 */
export function statusDetail({ title, days, note, orders, amount, currency, total = null, credited = null, unattributed = null }) {
  const mean = amount === null ? null : average(amount, orders, currency);
  const part = (of) => share(ratio(of, amount));
  return h(
    "div",
    { class: "status_detail" },
    h("p", { class: "status_detail-head" }, h("strong", {}, title), h("span", { class: "second" }, days)),
    h("p", { class: "status_detail-note" }, note),
    credited && h("span", { class: "status_detail-bar", "aria-hidden": "true", vars: { "--share": String(ratio(credited.amount, amount) ?? 0) } }),
    h(
      "dl",
      { class: "status_detail-lines" },
      credited && line("Credited to campaigns", credited.orders, credited.amount, part(credited.amount)),
      unattributed && line("Unattributed", unattributed.orders, unattributed.amount, part(unattributed.amount)),
      total !== null && amount !== null && line("Of the total", null, null, share(ratio(amount, total))),
      mean !== null && line("Average order", null, mean, null),
    ),
  );

  function line(label, number, value, of) {
    return h("div", { class: "status_detail-line" }, h("dt", {}, label), h("dd", { class: "status_detail-count" }, number === null ? "" : count(number)), h("dd", { class: "status_detail-amount" }, value === null ? "" : money(value, currency)), h("dd", { class: "status_detail-share" }, of ?? ""));
  }
}

/** The delivered orders that campaigns earned, and those that no message earned, of the channels report. */
export function creditedOf({ total, unattributed, currency }) {
  return {
    credited: { orders: total.purchases - unattributed.purchases, amount: minus(total.revenue, unattributed.revenue, currency) },
    unattributed: { orders: unattributed.purchases, amount: unattributed.revenue },
  };
}

// Total = Initialized + In progress + Delivered, as it adds up, and beside it what is apart from the total.

import { count } from "../format.js";
import { h, setText } from "../dom.js";
import { amount } from "./amount.js";
import { statusGlyph } from "./order_status.js";
import { explain } from "./tooltip.js";

const LONG = 14; // characters of an amount

/**
 * props: {terms: [{key, label, status, orders, amount, signed: "=" or "+" before it}], apart: [{key, label, orders, amount}],
 * currency, selected: key of the term whose orders are listed, detail(key) → nodes, onSelect(key)}. `amount` null: on its way.
 */
export function equation(props) {
  let now = props;
  let isLong = false;
  const terms = props.terms.map(termOf);
  const apart = props.apart.map(apartOf);
  const element = h(
    "div",
    { class: "equation" },
    h("div", { class: "equation-terms" }, terms.map((term) => term.nodes)),
    h("div", { class: "equation-apart" }, h("p", { class: "equation-apart-title" }, "Apart from the total"), apart.map((one) => one.row)),
  );

  function termOf({ key, label, status, signed }) {
    const figure = amount({ value: null, currency: now.currency, quiet: true });
    figure.element.classList.add("equation-amount");
    const orders = h("span", { class: "equation-orders" });
    const button = h("button", { type: "button", class: "equation-term", data: { key }, on: { click: () => now.onSelect(key) } }, h("span", { class: "equation-label" }, status && statusGlyph(status), label), figure.element, orders);
    const say = explain(button, () => now.detail(key));
    const sign = signed ? h("span", { class: "equation-sign", "aria-label": signed === "=" ? "equals" : "plus", role: "img" }, signed) : null;
    return { key, figure, orders, button, say, nodes: [sign, button] };
  }

  function apartOf({ key, label }) {
    const figure = amount({ value: null, currency: now.currency });
    const orders = h("span", { class: "equation-apart-orders" });
    const button = h("button", { type: "button", class: "equation-apart-label asks" }, label);
    const say = explain(button, () => now.detail(key));
    return { key, figure, orders, say, row: h("div", { class: "equation-apart-row" }, button, orders, figure.element) };
  }

  function update(next) {
    now = { ...now, ...next };
    for (const term of terms) {
      const { orders, amount: value } = now.terms.find((one) => one.key === term.key);
      term.figure.update({ value, currency: now.currency, quiet: true });
      term.figure.element.classList.toggle("awaited", value === null);
      setText(term.orders, value === null ? "" : `${count(orders)} ${orders === 1 ? "order" : "orders"}`);
      term.button.setAttribute("aria-pressed", String(now.selected === term.key));
      isLong ||= term.figure.element.textContent.length > LONG;
    }
    for (const one of apart) {
      const { orders, amount: value } = now.apart.find((each) => each.key === one.key);
      one.figure.update({ value, currency: now.currency });
      setText(one.orders, value === null ? "" : count(orders));
    }
    element.classList.toggle("is-long", isLong);
    for (const { say } of [...terms, ...apart]) say();
  }
  update(props);
  return { element, update };
}

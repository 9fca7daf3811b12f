// Who bought: an order a row, with the person, when, how long after the touch, and how much.
import { h, icon } from "../dom.js";
import { amount, currencySign, dayTime, money, span, timeTitle } from "../format.js";
import { rowList } from "./row_list.js";
import { table } from "./table.js";

const AFTER = { clicked: "After click", opened: "After opening", delivered: "After delivery", sent: "After sending" };
const HIDDEN = "Hidden";
const rowKey = (purchase) => purchase.order;

/** A person as well as an order tells: by name, else by address, else by id; null: nobody may see it, or nobody knows. */
export function personOf({ first_name: first, last_name: last, email, phone, contact }) {
  const name = [first, last].filter(Boolean).join(" ");
  const address = email ?? phone;
  return { first: name || address || contact, second: name ? (address ?? contact) : address ? contact : null };
}

/**
 * @param {{purchases: object[]|null, currency: string, isHidden: boolean, isNarrow: boolean, href: (order: string) => string,
 *   onPreview: ((contact: string, opener: Element, name: string) => void)|null, empty: Node}} props  `purchases`: rows of the purchases
 *   report, null while on their way; `currency`: of the amounts' column, others have their own; `isHidden`: the role sees
 *   no people; `onPreview` null: it may not
 * @returns {{element: Element, update: (props: object) => void, destroy: () => void}}
 */
export function buyers(props) {
  let now = props;
  const list = props.isNarrow
    ? rowList({ label: "Who bought", rows: null, item, rowKey })
    : table({ caption: "Who bought", class: "buyers", columns: columns(), rows: null, rowKey });

  const after = ({ ordered_at: ordered, touched_at: touched }) => (touched ? span(Date.parse(ordered) - Date.parse(touched)) : "–");
  const paid = ({ amount: text, currency }) => (currency === now.currency ? amount(text, currency) : money(text, currency));
  const ordered = ({ ordered_at: at }) => h("time", { datetime: at, title: timeTitle(at) }, dayTime(at));
  const order = (row) => h("a", { class: "asks buyers-order", href: now.href(row.order), title: `Why order ${row.order} was credited` }, row.order);

  function person(row) {
    if (now.isHidden) return h("span", { class: "quiet" }, HIDDEN);
    const { first, second } = personOf(row);
    return h("span", { class: "buyers-person" }, h("span", { class: "name", dir: "auto", title: first }, first ?? "–"),
      second && h("span", { class: "buyers-address name", title: second }, second));
  }

  function preview(row) {
    if (!now.onPreview || !row.contact) return "";
    const { first } = personOf(row);
    const press = (event) => now.onPreview(row.contact, event.currentTarget, first);
    return h("button", { type: "button", class: "buyers-preview", "aria-label": `${first}: contact card`, on: { click: press } }, icon("eye"));
  }

  /** What the touches did, where all did the same. */
  function afterWords() {
    const events = new Set((now.purchases ?? []).map(({ event }) => event));
    return events.size === 1 ? (AFTER[[...events][0]] ?? "After touch") : "After touch";
  }

  function columns() {
    const text = (key, label, cell, more = {}) => ({ key, label, align: "text", value: () => "", cell, ...more });
    return [
      text("contact", "Contact", (row) => person(row)),
      text("order", "Order", (row) => order(row)),
      text("ordered", "Ordered", (row) => ordered(row), { class: "quiet-cell" }),
      text("after", afterWords(), (row) => after(row), { align: "number", class: "quiet-cell", value: null }),
      text("amount", `Amount, ${currencySign(now.currency)}`, (row) => paid(row), { align: "number", class: "strong-cell", value: (row) => Number(row.amount) }),
      ...(now.onPreview ? [text("preview", "Contact card", (row) => preview(row), { labelHidden: true, class: "buyers-eye" })] : []),
    ];
  }

  function item(row) {
    return [
      h("div", { class: "buyers-line" }, person(row), h("b", {}, money(row.amount, row.currency))),
      h("div", { class: "buyers-line is-second" }, order(row), ordered(row), h("span", {}, after(row)), preview(row)),
    ];
  }

  function update(more) {
    const before = afterWords();
    now = { ...now, ...more };
    const rows = now.purchases;
    if (now.isNarrow) list.update({ rows, empty: now.empty });
    else list.update({ rows, empty: now.empty, ...(afterWords() === before ? {} : { columns: columns() }) });
  }

  update({});
  return { element: list.element, update, destroy: list.destroy };
}

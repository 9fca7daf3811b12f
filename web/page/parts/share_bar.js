// A period's delivered revenue as one bar, one table, one sum: channels + unattributed = delivered.

import { channel, inOrder, UNATTRIBUTED } from "../channels.js";
import { h, setText } from "../dom.js";
import { money, share } from "../format.js";
import { isZero, ratio } from "../money.js";
import { arrange } from "./arrange.js";
import { setLive } from "./live_text.js";

/**
 * props: `{caption, currency, parts: [{channel, revenue, expected_revenue}], delivered: {revenue, expected_revenue},
 * href(channel) → address}`; what no channel earned is the part called `UNATTRIBUTED`.
 */
export function shareBar(first) {
  const bar = h("div", { class: "share_bar-bar", "aria-hidden": "true" });
  const body = h("tbody", {});
  const total = row(h("th", { scope: "row" }, "Delivered"));
  const onItsWay = h("tr", { class: "share_bar-expected" }, h("th", { scope: "row" }, "On its way"), h("td", {}), h("td", {}));
  const heads = ["Channel", "Revenue", "Of delivered"].map((text) => h("th", { scope: "col" }, text));
  const table = h("table", {}, h("caption", { class: "unseen" }, first.caption), h("thead", { class: "unseen" }, h("tr", {}, heads)),
    body, h("tfoot", {}, total.element, onItsWay));
  const element = h("div", { class: "share_bar" }, bar, table);
  const shown = new Map();

  function update(props) {
    const { currency, delivered } = props;
    const parts = [...props.parts].sort((a, b) => inOrder(a.channel, b.channel));
    const names = parts.map((part) => part.channel);
    for (const name of names) if (!shown.has(name)) shown.set(name, made(name, props.href(name)));
    arrange(bar, names.map((name) => shown.get(name).segment));
    arrange(body, names.map((name) => shown.get(name).element));
    for (const part of parts) {
      const one = shown.get(part.channel);
      const of = ratio(part.revenue, delivered.revenue);
      one.segment.style.setProperty("flex-grow", String(of ?? 0));
      one.segment.hidden = isZero(part.revenue);
      one.update(part, of, currency);
    }
    total.update(delivered, isZero(delivered.revenue) ? null : 1, currency);
    onItsWay.hidden = isZero(delivered.expected_revenue);
    setText(onItsWay.children[1], money(delivered.expected_revenue, currency, { whole: true }));
    onItsWay.children[1].title = money(delivered.expected_revenue, currency);
  }

  update(first);
  return { element, update };
}

function made(name, address) {
  const { label, glyph, color } = channel(name);
  const segment = h("span", { class: name === UNATTRIBUTED ? "is-unattributed" : null, vars: { "--color": `var(${color})` } });
  const text = address ? h("a", { href: address }, label) : label;
  return { segment, ...row(h("th", { scope: "row" }, h("span", { class: "share_bar-channel" }, glyph(), text))) };
}

function row(head) {
  const amount = h("td", {});
  const part = h("td", {});
  return {
    element: h("tr", {}, head, amount, part),
    update({ revenue, expected_revenue }, of, currency) {
      setLive(amount, money(revenue, currency, { whole: true }));
      const expected = isZero(expected_revenue) ? "" : `, ${money(expected_revenue, currency)} on its way`;
      amount.title = money(revenue, currency) + expected;
      setText(part, share(of));
    },
  };
}

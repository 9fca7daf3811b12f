// The campaigns that earned most, a bar each; what is on its way is its end in the same colour, lighter.

import { channel } from "../channels.js";
import { h, setText } from "../dom.js";
import { money } from "../format.js";
import { compare, isZero, ratio, sum } from "../money.js";
import { arrange } from "./arrange.js";
import { setLive } from "./live_text.js";

/**
 * props: `{currency, rows: rows of the campaigns report, href(row) → address, empty}`.
 * While one is pointed at or has the focus the order stays; figures change all the same.
 */
export function bestCampaigns(first) {
  let props = first;
  let waits = false;
  const list = h("ol", { class: "best_campaigns-rows" });
  const nothing = h("p", { class: "best_campaigns-empty" });
  const element = h("div", { class: "best_campaigns" }, list, nothing);
  const rows = new Map();

  const isRead = () => list.matches(":hover") || list.contains(document.activeElement);
  const keyOf = ({ channel: name, campaign }) => `${name} ${campaign}`;

  function render() {
    const { currency } = props;
    const all = props.rows.map((row) => sum([row.revenue, row.expected_revenue], currency));
    const most = all.reduce((a, b) => (compare(a, b) < 0 ? b : a), "0");
    const held = isRead() && rows.size > 0;
    const nodes = props.rows.map((row) => {
      const key = keyOf(row);
      if (!rows.has(key) && held) return null;
      if (!rows.has(key)) rows.set(key, campaignRow(row));
      rows.get(key).update(row, most, props);
      return rows.get(key).element;
    });
    waits = held;
    nothing.hidden = nodes.length > 0;
    setText(nothing, props.empty);
    if (held) return;
    for (const [key, { element: node }] of rows) if (!nodes.includes(node)) rows.delete(key);
    arrange(list, nodes);
  }

  const left = () => requestAnimationFrame(() => waits && !isRead() && render());
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

function campaignRow({ channel: name }) {
  const { label, color, glyph } = channel(name);
  const text = h("span", { class: "best_campaigns-name" });
  const amount = h("span", { class: "best_campaigns-amount" });
  const earned = h("span", { class: "is-earned" });
  const expected = h("span", { class: "is-expected" });
  const bar = h("span", { class: "best_campaigns-bar", "aria-hidden": "true", vars: { "--color": `var(${color})` } }, earned, expected);
  const link = h("a", { class: "best_campaigns-row" }, glyph(), text, h("span", { class: "unseen" }, ` ${label} `), amount, bar);
  return {
    element: h("li", {}, link),
    update(row, most, { currency, href }) {
      link.href = href(row);
      setText(text, row.name ?? row.campaign);
      text.title = text.textContent;
      setLive(amount, money(row.revenue, currency, { whole: true }));
      const more = isZero(row.expected_revenue) ? "" : `, ${money(row.expected_revenue, currency)} on its way`;
      amount.title = money(row.revenue, currency) + more;
      earned.style.setProperty("width", `${100 * (ratio(row.revenue, most) ?? 0)}%`);
      expected.style.setProperty("width", `${100 * (ratio(row.expected_revenue, most) ?? 0)}%`);
    },
  };
}

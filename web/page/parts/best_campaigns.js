// The campaigns that earned most, a bar each; what is on its way is its end in the same colour, lighter.

import { channel } from "../channels.js";
import { h, setText } from "../dom.js";
import { money } from "../format.js";
import { compare, isZero, ratio, sum } from "../money.js";
import { setLive } from "./live_text.js";

/**
 * props: `{currency, rows: rows of the campaigns report, href(row) → address, most, empty}`.
 * While one is pointed at or has the focus the order stays, and figures change all the same. Each place keeps its
 * element and is given another campaign's words: nothing on the page moves.
 */
export function bestCampaigns(first) {
  let props = first;
  let shown = [];
  let waits = false;
  const places = Array.from({ length: first.most }, campaignRow);
  const list = h("ol", { class: "best_campaigns-rows" }, places.map((place) => place.element));
  const nothing = h("p", { class: "best_campaigns-empty" });
  const element = h("div", { class: "best_campaigns" }, list, nothing);

  const isRead = () => list.matches(":hover") || list.contains(document.activeElement);
  const isSame = (a, b) => a.channel === b.channel && a.campaign === b.campaign;

  function show(rows) {
    const { currency } = props;
    const all = rows.map((row) => sum([row.revenue, row.expected_revenue], currency));
    const most = all.reduce((a, b) => (compare(a, b) < 0 ? b : a), "0");
    shown = rows;
    places.forEach((place, index) => {
      place.element.hidden = index >= rows.length;
      if (index < rows.length) place.update(rows[index], most, props);
    });
    nothing.hidden = rows.length > 0;
    setText(nothing, props.empty);
  }

  function update(next) {
    props = next;
    waits = isRead() && shown.length > 0;
    show(waits ? shown.map((row) => props.rows.find((one) => isSame(one, row)) ?? row) : props.rows);
  }

  const left = () => requestAnimationFrame(() => waits && !isRead() && update(props));
  element.addEventListener("pointerleave", left);
  element.addEventListener("focusout", left);

  show(props.rows);
  return { element, update };
}

function campaignRow() {
  const glyph = h("span", {});
  const text = h("span", { class: "best_campaigns-name" });
  const of = h("span", { class: "unseen" });
  const amount = h("span", { class: "best_campaigns-amount" });
  const earned = h("span", { class: "is-earned" });
  const expected = h("span", { class: "is-expected" });
  const bar = h("span", { class: "best_campaigns-bar", "aria-hidden": "true" }, earned, expected);
  const link = h("a", { class: "best_campaigns-row" }, glyph, text, of, amount, bar);
  let shown = null;
  return {
    element: h("li", {}, link),
    update(row, most, { currency, href }) {
      if (shown?.channel !== row.channel) {
        const about = channel(row.channel);
        glyph.replaceChildren(about.glyph());
        bar.style.setProperty("--color", `var(${about.color})`);
        setText(of, ` ${about.label} `);
      }
      const isAnother = shown?.channel !== row.channel || shown?.campaign !== row.campaign;
      shown = row;
      link.href = href(row);
      setText(text, row.name ?? row.campaign);
      text.title = text.textContent;
      (isAnother ? setText : setLive)(amount, money(row.revenue, currency, { whole: true }));
      const more = isZero(row.expected_revenue) ? "" : `, ${money(row.expected_revenue, currency)} on its way`;
      amount.title = money(row.revenue, currency) + more;
      earned.style.setProperty("width", `${100 * (ratio(row.revenue, most) ?? 0)}%`);
      expected.style.setProperty("width", `${100 * (ratio(row.expected_revenue, most) ?? 0)}%`);
    },
  };
}

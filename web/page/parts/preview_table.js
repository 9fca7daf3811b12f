// What other settings would make of a past period: three sums, and the campaigns that gain or lose.

import { channel as channelOf } from "../channels.js";
import { amount, count, currencySign, difference, money, moneyParts } from "../format.js";
import { h } from "../dom.js";
import { compare, isZero, minus, sum } from "../money.js";

const ROWS_MOST = 50;

/**
 * props: {preview: as the API answers it, nameOf(channel, campaign), stay: how many campaigns stay as they are (null: not known),
 * hrefOf(channel, campaign)}.
 */
export function previewTable({ preview, nameOf, hrefOf, stay }) {
  const [before, after] = [preview.currency_before, preview.currency_after];
  const campaigns = { revenue_before: sum(preview.campaigns.map((one) => one.revenue_before), before), revenue_after: sum(preview.campaigns.map((one) => one.revenue_after), after) };
  const rows = preview.campaigns.slice(0, ROWS_MOST);
  const figures = h("div", { class: "preview_table-figures" }, figure("Campaigns", gained(preview, campaigns)), figure("Unattributed", preview.unattributed), figure("All delivered orders", preview.total));
  return h("div", { class: "preview_table" }, figures, rows.length ? grid(rows) : null, h("p", { class: "preview_table-rest" }, rest()));

  function figure(label, sides) {
    const isConverted = before !== after;
    const isSame = !isConverted && compare(sides.revenue_before, sides.revenue_after) === 0;
    const by = isConverted ? null : minus(sides.revenue_after, sides.revenue_before, after);
    const big = isSame ? "unchanged" : by === null ? parts(sides.revenue_after, after) : [by.startsWith("-") ? "−" : "+", ...parts(by.replace("-", ""), after)];
    const small = isSame ? money(sides.revenue_before, before) : `${money(sides.revenue_before, before)} → ${money(sides.revenue_after, after)}`;
    return h("div", { class: "preview_table-figure" }, h("p", { class: "preview_table-label" }, label), h("p", { class: "preview_table-big" }, big), h("p", { class: "preview_table-small" }, small));
  }

  function grid(shown) {
    const sized = shown.map((row) => (before === after ? minus(row.revenue_after, row.revenue_before, after) : null));
    const widest = sized.reduce((most, by) => (by !== null && compare(by.replace("-", ""), most) > 0 ? by.replace("-", "") : most), "0");
    const head = (label, kind = "number") => h("th", { scope: "col", class: kind }, label);
    return h(
      "table",
      { class: "preview_table-grid" },
      h("caption", { class: "unseen" }, "Campaigns that gain or lose, the greatest change first"),
      h("thead", {}, h("tr", {}, head("Campaign", "text"), head("Purchases"), head(`Before, ${currencySign(before)}`), head(`After, ${currencySign(after)}`), before === after ? [head(`↓ Difference, ${currencySign(after)}`, "number is-sorted"), h("td", {})] : null)),
      h("tbody", {}, shown.map((row, place) => line(row, sized[place], widest))),
    );
  }

  function line(row, by, widest) {
    const known = channelOf(row.channel);
    const name = nameOf(row.channel, row.campaign);
    const purchases = row.purchases_before === row.purchases_after ? count(row.purchases_before) : `${count(row.purchases_before)} → ${count(row.purchases_after)}`;
    return h(
      "tr",
      {},
      h("th", { scope: "row", class: "text" }, h("span", { class: "preview_table-name" }, known.glyph(), h("span", { class: "unseen" }, known.label), h("a", { href: hrefOf(row.channel, row.campaign), title: name, class: "name" }, name))),
      h("td", { class: "number is-quiet" }, purchases),
      h("td", { class: "number is-quiet" }, amount(row.revenue_before, before)),
      h("td", { class: "number" }, amount(row.revenue_after, after)),
      by === null ? null : [h("td", { class: "number is-strong" }, difference(by, after)), h("td", { class: "preview_table-bar", "aria-hidden": "true" }, bar(by, widest))],
    );
  }

  function rest() {
    if (!preview.campaigns.length) return isZero(minus(preview.total.revenue_after, preview.total.revenue_before, after)) && before === after ? "No order of this period would move." : "No campaign gains or loses.";
    const more = preview.campaigns.length - rows.length;
    const said = [more ? `${count(more)} more campaigns change by less.` : "", stay ? `${count(stay)} ${stay === 1 ? "campaign stays as it is" : "campaigns stay as they are"}.` : ""];
    return said.filter(Boolean).join(" ");
  }
}

// The campaigns together: those that change, and all others as they are.
function gained(preview, changed) {
  const [before, after] = [preview.currency_before, preview.currency_after];
  const whole = minus(preview.total.revenue_before, preview.unattributed.revenue_before, before);
  const others = before === after ? minus(whole, changed.revenue_before, before) : "0";
  return { revenue_before: whole, revenue_after: before === after ? sum([others, changed.revenue_after], after) : minus(preview.total.revenue_after, preview.unattributed.revenue_after, after) };
}

function parts(text, currency) {
  return moneyParts(text, currency).map((one) => (one.quiet ? h("span", { class: "quiet" }, one.text) : one.text));
}

function bar(by, widest) {
  const share = isZero(widest) ? 0 : Math.abs(Number(by)) / Number(widest);
  return h("span", { class: by.startsWith("-") ? "preview_table-loss" : "preview_table-gain", vars: { "--share": String(share) } });
}

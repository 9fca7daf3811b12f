// The figures of a campaign's page: revenue, its days, its funnel, its rule of a sale, and the latest who bought.

import { channel as channelOf } from "../channels.js";
import { h, replace, setText } from "../dom.js";
import { count, day as dayText, money } from "../format.js";
import { compare, isZero } from "../money.js";
import { dayChart } from "../parts/day_chart.js";
import { hero } from "../parts/figures.js";
import { funnel } from "../parts/funnel.js";
import { latestBuyers } from "../parts/latest_buyers.js";
import { problem } from "../parts/problem.js";
import { saleRule } from "../parts/sale_rule.js";
import { href } from "../router.js";
import { changesOf } from "../sale_history.js";
import { INFO } from "../words.js";

const SHOWS_PEOPLE = new Set(["marketer", "admin"]);

/** `asked()`: the parameters of the address; `opensWhoBought()`: before a link of this page opens the drawer. */
export function campaignFigures({ me, today, navigate, asked, opensWhoBought }) {
  const { channel, campaign } = asked();
  const about = channelOf(channel);
  const amount = hero({ label: "Revenue", value: null, currency: me.currency });
  const opens = { click: (event) => !(event.ctrlKey || event.metaKey || event.shiftKey) && opensWhoBought() };
  // Where the focus comes back to when the drawer is closed, whatever has opened it.
  const purchases = h("a", { id: `bought-${channel}/${campaign}`, class: "asks", on: opens });
  const check = h("span", {});
  const expected = h("span", { class: "campaign-expected" });
  const days = h("div", { class: "campaign-chart" });
  const steps = h("div", { class: "campaign-funnel" });
  const bought = h("a", { class: "asks", on: opens });
  const rule = h("div", { class: "campaign-rule" });
  const people = h("div", { class: "campaign-people" });
  const allPeople = h("a", { hidden: true, on: opens });
  const main = h(
    "div",
    { class: "campaign-main" },
    h("div", { class: "campaign-hero" }, amount.element,
      h("p", { class: "campaign-about" }, h("span", {}, purchases), check, expected)),
    section("campaign-days", "Revenue by day", days, h("span", { class: "overview-note" }, INFO.growing)),
    section("campaign-steps", "From sent to purchased", steps),
  );
  const side = h(
    "div",
    { class: "campaign-side" },
    section("campaign-sale", "What counts as a sale", rule),
    section("campaign-buyers", "Who bought", people, allPeople),
  );
  const shown = {};
  let saleEvent = null;
  let report = null;

  /** Makes a part with its first figures, gives it others later. */
  function put(name, place, make, props) {
    if (shown[name]) return shown[name].update(props);
    shown[name] = make(props);
    replace(place, shown[name].element);
  }

  function show(next) {
    report = next;
    const { row, currency, formula, formulas } = report;
    amount.update({ value: row.revenue, currency });
    const purchasesText = `${count(row.purchases)} ${row.purchases === 1 ? "purchase" : "purchases"}`;
    const who = href("campaigns", [channel, campaign], { period: asked().period, bought: "1" });
    setText(purchases, purchasesText);
    setText(bought, count(row.purchases));
    setText(allPeople, `All ${count(row.purchases)}`);
    allPeople.hidden = row.purchases === 0;
    for (const link of [purchases, bought, allPeople]) {
      link.href = who;
      link.setAttribute("aria-label", `${purchasesText} of ${row.name ?? campaign}, ${about.label}: who bought`);
    }
    setText(check, row.average_check === null ? "no average check" : `average check ${money(row.average_check, currency)}`);
    const orders = `${count(row.expected_purchases)} ${row.expected_purchases === 1 ? "order" : "orders"}`;
    const more = row.expected_purchases === 0 ? "" : `+ ${money(row.expected_revenue, currency)} on its way, ${orders}`;
    setText(expected, more);
    put("days", days, dayChart, daysOf(report));
    put("rule", rule, saleRule, { formula, formulas, settingsLabel: `Settings of ${about.label}`, settingsHref: href("settings") });
    showFunnel();
  }

  function daysOf({ days: each, currency, row, formulas, from }) {
    const most = each.reduce((a, b) => (compare(a.revenue, b.revenue) < 0 ? b : a));
    const best = isZero(most.revenue) ? "" : `; most on ${dayText(most.day)}, ${money(most.revenue, currency)}`;
    return {
      label: "Revenue by day",
      caption: `Revenue of ${row.name ?? campaign} by day: ${money(row.revenue, currency)}${best}.`,
      currency,
      today: today(),
      days: each.map((day) => ({ day: day.day, channels: [{ channel, revenue: day.revenue, expected_revenue: day.expected_revenue }] })),
      marks: changesOf(formulas, from),
      open: (day) => navigate(href("orders", [], { period: day === today() ? "today" : `${day}..${day}` })),
    };
  }

  function showFunnel() {
    if (!report) return;
    const props = { caption: "Messages and purchases by step", color: about.color, row: report.row, saleEvent, purchases: bought };
    put("funnel", steps, funnel, props);
  }

  return {
    elements: [main, side],
    show,
    fail(found, onRetry) {
      if (!report) replace(days, problem({ problem: found, onRetry }).element);
    },
    setSaleEvent(event) {
      saleEvent = event;
      showFunnel();
    },
    showBuyers(rows) {
      put("people", people, latestBuyers, {
        purchases: rows,
        href: (order) => href("orders", [order]),
        empty: "Nobody whose order is delivered bought by this campaign in these days.",
        hidden: SHOWS_PEOPLE.has(me.role) ? null : INFO.hidden(me.role),
      });
    },
    failBuyers(found, onRetry) {
      if (!shown.people) replace(people, problem({ problem: found, what: "Who bought", onRetry }).element);
    },
    destroy: () => shown.days?.destroy(),
  };
}

function section(id, title, place, aside) {
  return h("section", { "aria-labelledby": id }, h("div", { class: "overview-head" }, h("h2", { id }, title), aside), place);
}

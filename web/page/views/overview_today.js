// The upper half of Overview: what campaigns earned today, against the same time of earlier days, and the latest orders.

import { nameOf } from "../campaign_names.js";
import { h } from "../dom.js";
import { change, clock, count, money, weekday } from "../format.js";
import { minuteOfDay, sumAt, sumsByHour } from "../hours.js";
import { sumsOfDays, withLiveToday } from "../live_days.js";
import { average, fromMinor, sum, toMinor } from "../money.js";
import { feed, touchOf } from "../parts/feed.js";
import { comparisons, figureLines, hero } from "../parts/figures.js";
import { namesReading } from "../names_reading.js";
import { problem } from "../parts/problem.js";
import { todayChart } from "../parts/today_chart.js";
import { info } from "../parts/tooltip.js";
import { shift } from "../periods.js";
import { reading } from "../reading.js";
import { href } from "../router.js";
import { INFO } from "../words.js";

const DAYS_BEFORE = [1, 7];
const ORDERS_SHOWN_MOST = 5;
const HOURS = "/v1/reports/timeline";
const BY_THE_HOUR = "Counted by the hour; within an hour it is taken to grow evenly.";

export function overviewToday(context) {
  const { me, live } = context;
  let hours = null;
  const before = [null, null];
  const ofDay = (set) => {
    const own = reading((report) => {
      set(sumsByHour(report.hours, report.currency));
      render();
    }, (found) => !chart && place.replaceChildren(problem({ problem: found, onRetry: own.now }).element));
    return own;
  };
  const readings = [ofDay((sums) => (hours = sums)), ...DAYS_BEFORE.map((_, index) => ofDay((sums) => (before[index] = sums)))];

  const amount = hero({ label: "Revenue from campaigns today", value: null, currency: me.currency });
  const compared = comparisons(DAYS_BEFORE.length, info("the comparison", INFO.comparison));
  const lines = figureLines([
    { key: "purchases", label: "Purchases" },
    { key: "check", label: "Average check" },
    { key: "unattributed", label: ["Unattributed ", info("Unattributed", INFO.unattributed)] },
    { key: "expected", label: ["On its way ", info("On its way", INFO.onItsWay)] },
  ]);
  const names = namesReading(() => latest && showOrders(live.get()));
  const place = h("div", { class: "overview-chart" });
  const orders = h("div", { class: "overview-orders" });
  let chart = null;
  let latest = null;
  const element = h(
    "section",
    { class: "overview-today", "aria-label": "Today" },
    h("div", { class: "overview-hero" }, amount.element, compared.element),
    place,
    lines.element,
    h("section", { class: "overview-feed", "aria-labelledby": "latest-orders" },
      h("div", { class: "overview-head" }, h("h2", { id: "latest-orders" }, "Latest orders"),
        h("a", { href: href("orders", [], { period: "today" }) }, "All orders")),
      orders),
  );

  /** The minute of today up to which the numbers are complete: now while live, else that of the newest event counted. */
  function minute(totals) {
    const { state, as_of: asOf } = context.freshness.get();
    const isComplete = state === "live" || state === "waiting" || asOf === null;
    return minuteOfDay(isComplete ? Date.now() : Math.min(Date.parse(asOf), Date.now()), totals.day);
  }

  function render() {
    const totals = live.get();
    if (!totals) return;
    const { currency, day } = totals;
    const [{ campaigns, unattributed }] = [sumsOfDays(withLiveToday([{ day }], totals), currency)];
    amount.update({ value: campaigns.revenue, currency });
    showLines(campaigns, unattributed, currency);
    showComparisons(totals, campaigns);
    showOrders(totals);
  }

  function showLines(campaigns, unattributed, currency) {
    const check = average(campaigns.revenue, campaigns.purchases, currency);
    const sold = href("campaigns", [], { period: "today" });
    const ordersOf = (status) => href("orders", [], { period: "today", status });
    lines.update({
      purchases: { value: count(campaigns.purchases), href: sold },
      check: { value: check === null ? "–" : money(check, currency), href: sold },
      unattributed: { value: money(unattributed.revenue, currency), note: ordersText(unattributed.purchases), href: ordersOf("DELIVERED") },
      expected: {
        value: money(campaigns.expected_revenue, currency),
        note: ordersText(campaigns.expected_purchases),
        href: ordersOf(null),
      },
    });
  }

  function showComparisons(totals, campaigns) {
    const { currency, day } = totals;
    const at = minute(totals);
    const now = toMinor(sum([campaigns.revenue, campaigns.expected_revenue], currency), currency);
    const weekAgo = shift(day, -7);
    const shortNames = ["yesterday", `last ${weekday(weekAgo, "short")}`];
    compared.update(before.map((sums, index) => {
      if (!sums) return null;
      const then = fromMinor(sumAt(sums, at), currency);
      return {
        change: change(then, fromMinor(now, currency)),
        words: `vs ${shortNames[index]} by ${clock(at)}`,
        value: money(then, currency, { whole: true }),
        title: BY_THE_HOUR,
      };
    }));
    if (!hours) return;
    const props = {
      label: "Ordered today by the hour, delivered or on its way",
      caption: `Ordered today from campaigns, delivered or on its way, by ${clock(at)}: ${money(fromMinor(now, currency), currency)}.`,
      currency,
      minute: at,
      now,
      today: hours,
      names: ["Yesterday", `Last ${weekday(weekAgo)}`],
      before: [...before],
    };
    if (chart) chart.update(props);
    else place.replaceChildren((chart = todayChart(props)).element);
  }

  function showOrders(totals) {
    const props = {
      orders: totals.orders,
      nameOf,
      href: (order) => href("orders", [order]),
      most: ORDERS_SHOWN_MOST,
      empty: "No order today yet. The first one appears here by itself.",
    };
    if (latest) latest.update(props);
    else orders.append((latest = feed(props)).element);
    names.need(totals.orders.map(touchOf).filter(Boolean), { from: totals.day, to: totals.day });
  }

  return {
    element,
    render,
    again: () => readings[0].again(),
    /** The hours of today, yesterday and a week ago: at the start, and when a day has passed. */
    read() {
      const day = context.today();
      hours = null;
      before.fill(null);
      chart?.destroy();
      chart?.element.remove();
      chart = null;
      [0, ...DAYS_BEFORE].forEach((back, index) => {
        const of = shift(day, -back);
        readings[index].read(HOURS, { from: of, to: of, by: "hour" });
      });
    },
    destroy() {
      [...readings, names].forEach((one) => one.stop());
      chart?.destroy();
    },
  };
}

const ordersText = (number) => `${count(number)} ${number === 1 ? "order" : "orders"}`;

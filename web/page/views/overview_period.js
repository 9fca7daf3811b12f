// The lower half of Overview: a period by day and channel, and the campaigns that earned most in it.

import { learnNames } from "../campaign_names.js";
import { UNATTRIBUTED } from "../channels.js";
import { h, setText } from "../dom.js";
import { day as dayText, money, period as periodText } from "../format.js";
import { sumsOfDays, withLiveToday } from "../live_days.js";
import { compare, isZero } from "../money.js";
import { bestCampaigns } from "../parts/best_campaigns.js";
import { dayChart } from "../parts/day_chart.js";
import { bigAmount } from "../parts/figures.js";
import { problem } from "../parts/problem.js";
import { shareBar } from "../parts/share_bar.js";
import { onKeys } from "../keyboard.js";
import { after, before, DEFAULT, holdsToday, resolve } from "../periods.js";
import { reading } from "../reading.js";
import { href } from "../router.js";
import { INFO } from "../words.js";

const CHOICES = [["7d", "7 days"], ["30d", "30 days"], ["month", "This month"]];
const CAMPAIGNS_SHOWN_MOST = 8;

export function overviewPeriod(params, context) {
  const { me, live } = context;
  let asked = params.period;
  let timeline = null;
  const heading = h("h2", { id: "period", class: "overview-name" });
  const dates = h("span", { class: "overview-dates" });
  const total = bigAmount({ size: "figure", value: null, currency: me.currency });
  const expected = h("span", { class: "overview-expected" });
  const choices = h("nav", { class: "segmented", "aria-label": "Period" });
  const byDay = part("Revenue by day", h("span", { class: "overview-note" }, INFO.growing));
  const byChannel = part("By channel", h("span", { class: "overview-note" }, "of delivered"));
  const allCampaigns = h("a", {}, "All campaigns");
  const best = part("Best campaigns", allCampaigns);
  const grid = h("div", { class: "overview-grid" }, byDay.element, byChannel.element, best.element);
  const element = h(
    "section",
    { class: "overview-period", "aria-labelledby": "period" },
    h("div", { class: "overview-bar" }, heading, dates,
      h("p", { class: "overview-total" }, total.element, h("span", {}, "from campaigns"), expected), choices),
    grid,
  );

  const days = reading((report) => {
    timeline = report;
    element.classList.remove("going");
    renderDays();
  }, (found) => {
    element.classList.remove("going");
    for (const one of [byDay, byChannel]) one.fail(found, days.now);
  });
  const campaigns = reading(showBest, (found) => best.fail(found, campaigns.now));

  const period = () => resolve(asked ?? DEFAULT, context.today());
  const choice = () => (CHOICES.some(([name]) => name === asked) ? asked : asked === undefined ? DEFAULT : null);

  function showFrame() {
    const { from, to, name } = period();
    setText(heading, name ?? periodText(from, to));
    setText(dates, name === null ? "" : periodText(from, to));
    choices.replaceChildren(...CHOICES.map(([value, label]) => h("a", {
      href: href("overview", [], { period: value === DEFAULT ? null : value }),
      "aria-current": value === choice() ? "true" : null,
    }, label)));
    allCampaigns.href = href("campaigns", [], { period: asked });
  }

  function renderDays() {
    if (!timeline) return;
    const { currency } = timeline;
    const shown = withLiveToday(timeline.days, live.get()?.currency === currency ? live.get() : null);
    const sums = sumsOfDays(shown, currency);
    total.update({ value: sums.campaigns.revenue, currency });
    const more = sums.campaigns.expected_revenue;
    setText(expected, isZero(more) ? "" : `+ ${money(more, currency)} on its way`);
    byDay.show(dayChart, {
      label: "Revenue by day",
      caption: captionOf(shown, sums, currency),
      currency,
      today: context.today(),
      days: shown.map((day) => ({
        day: day.day,
        channels: day.channels,
        unattributed: { revenue: day.unattributed_revenue, expected_revenue: day.unattributed_expected_revenue },
      })),
      open: (day) => context.navigate(href("orders", [], { period: day === context.today() ? "today" : `${day}..${day}` })),
    });
    byChannel.show(shareBar, {
      caption: "Delivered revenue by channel",
      currency,
      parts: [...sums.channels, { channel: UNATTRIBUTED, ...sums.unattributed }],
      delivered: sums.delivered,
      href: (channel) => channel === UNATTRIBUTED
        ? href("orders", [], { period: asked, status: "DELIVERED" }) : href("campaigns", [], { period: asked, channel }),
    });
  }

  function showBest(report) {
    learnNames(report.campaigns);
    best.show(bestCampaigns, {
      currency: report.currency,
      rows: report.campaigns,
      href: ({ channel, campaign }) => href("campaigns", [channel, campaign], { period: asked }),
      most: CAMPAIGNS_SHOWN_MOST,
      empty: "No campaign had a message or a purchase in these days.",
    });
  }

  function read() {
    const { from, to } = period();
    showFrame();
    days.read("/v1/reports/timeline", { from, to, by: "channel" });
    campaigns.read("/v1/reports/campaigns", { from, to, limit: CAMPAIGNS_SHOWN_MOST });
  }

  const goTo = (text) => text && context.navigate(href("overview", [], { period: text === DEFAULT ? null : text }));
  const endOfKeys = onKeys({
    p: () => (choices.querySelector("[aria-current]") ?? choices.firstChild).focus(),
    "[": () => goTo(before(asked ?? DEFAULT, context.today())),
    "]": () => goTo(after(asked ?? DEFAULT, context.today())),
  });

  return {
    element,
    read,
    render: renderDays,
    again() {
      if (!holdsToday(period(), context.today())) return;
      days.again();
      campaigns.again();
    },
    update(next) {
      if (next.period === asked) return;
      asked = next.period;
      element.classList.add("going");
      read();
    },
    destroy() {
      endOfKeys();
      days.stop();
      campaigns.stop();
      byDay.destroy();
    },
  };
}

/** A part of the view under its heading: what it shows is made by the first figures, or a problem stands there. */
function part(title, aside) {
  const id = `part-${title.toLowerCase().replaceAll(" ", "-")}`;
  const place = h("div", { class: "overview-place" });
  let shown = null;
  return {
    element: h("section", { class: `overview-part is-${id}`, "aria-labelledby": id },
      h("div", { class: "overview-head" }, h("h3", { id }, title), aside), place),
    show(make, props) {
      if (shown) return shown.update(props);
      shown = make(props);
      place.replaceChildren(shown.element);
    },
    /** What was read before stays; only where nothing is, the problem stands in its place. */
    fail(found, onRetry) {
      if (!shown) place.replaceChildren(problem({ problem: found, onRetry }).element);
    },
    destroy: () => shown?.destroy?.(),
  };
}

function captionOf(days, sums, currency) {
  const [from, to] = [days[0].day, days.at(-1).day];
  const most = days.reduce((a, b) => (compare(a.revenue, b.revenue) < 0 ? b : a));
  const best = isZero(most.revenue) ? "" : `; most on ${dayText(most.day)}, ${money(most.revenue, currency)}`;
  return `Revenue by day, ${dayText(from, { weekday: false })} to ${dayText(to, { weekday: false })}: `
    + `${money(sums.campaigns.revenue, currency)} from campaigns${best}.`;
}

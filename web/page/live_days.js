// The days of a period with today's as the live stream has it: period = report − its today + live (web.md §7).

import { sum } from "./money.js";

/**
 * `days`: the timeline's, by channel. `live`: the last totals, or null.
 * Today's figures of sales are the stream's; days before it, and a day that the stream does not speak of, stay.
 */
export function withLiveToday(days, live) {
  if (!live) return days;
  return days.map((day) => (day.day === live.day ? { ...day, ...salesOf(live) } : day));
}

function salesOf(live) {
  const { unattributed, channels, currency } = live;
  const all = (figure) => sum(channels.map((channel) => channel[figure]), currency);
  return {
    purchases: channels.reduce((count, channel) => count + channel.purchases, 0),
    revenue: all("revenue"),
    expected_purchases: channels.reduce((count, channel) => count + channel.expected_purchases, 0),
    expected_revenue: all("expected_revenue"),
    unattributed_purchases: unattributed.purchases,
    unattributed_revenue: unattributed.revenue,
    unattributed_expected_purchases: unattributed.expected_purchases,
    unattributed_expected_revenue: unattributed.expected_revenue,
    channels,
  };
}

/**
 * What each channel and nobody earned in all the days, and what all of it makes: everything that a period's
 * parts show, from one answer, so that they add up at every instant.
 */
export function sumsOfDays(days, currency) {
  const texts = new Map();
  const add = (key, earned) => texts.set(key, [...(texts.get(key) ?? []), earned]);
  for (const day of days) for (const channel of day.channels ?? []) add(channel.channel, channel);
  const four = (earned) => ({
    purchases: earned.reduce((count, one) => count + one.purchases, 0),
    revenue: sum(earned.map((one) => one.revenue), currency),
    expected_purchases: earned.reduce((count, one) => count + one.expected_purchases, 0),
    expected_revenue: sum(earned.map((one) => one.expected_revenue), currency),
  });
  const unattributed = four(
    days.map((day) => ({
      purchases: day.unattributed_purchases,
      revenue: day.unattributed_revenue,
      expected_purchases: day.unattributed_expected_purchases,
      expected_revenue: day.unattributed_expected_revenue,
    })),
  );
  const campaigns = four(days);
  const channels = [...texts].map(([channel, earned]) => ({ channel, ...four(earned) }));
  return { channels, unattributed, campaigns, delivered: four([campaigns, unattributed]) };
}

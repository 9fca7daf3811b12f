// The rows of the campaigns report as a view sorts, searches and sums them.

import { channel, inOrder } from "./channels.js";
import { average, fromMinor, toMinor } from "./money.js";

const SUMMED = ["purchases", "expected_purchases", "sent", "delivered", "opened", "clicked"];

/**
 * The rows of a report with what they are found and sorted by.
 * @param {{campaigns: object[], currency: string}} report
 * @returns {object[]} each with `key`, `label`, `revenueMinor`, `expectedMinor`, `checkMinor` and `searched`
 */
export function prepared({ campaigns, currency }) {
  return campaigns.map((row) => {
    const label = row.name ?? row.campaign;
    return {
      ...row, label, key: keyOf(row),
      revenueMinor: toMinor(row.revenue, currency),
      expectedMinor: toMinor(row.expected_revenue, currency),
      checkMinor: row.average_check === null ? null : toMinor(row.average_check, currency),
      searched: `${label}\n${row.campaign}`.toLocaleLowerCase(),
    };
  });
}

/** A campaign on a channel, as an address has it: channels hold no slash. */
export const keyOf = ({ channel: name, campaign }) => `${name}/${campaign}`;

/** "email/spring/sale" → `{channel: "email", campaign: "spring/sale"}`; null for what is none. */
export function ofKey(key) {
  const at = key?.indexOf("/") ?? -1;
  return at < 1 || at === key.length - 1 ? null : { channel: key.slice(0, at), campaign: key.slice(at + 1) };
}

/** By channel, then campaign: how rows stand that are equal in what they are sorted by. */
export function byName(rows) {
  const compare = (a, b) => (a < b ? -1 : Number(a > b));
  return [...rows].sort((a, b) => compare(a.channel, b.channel) || compare(a.campaign, b.campaign));
}

/** Whether a row is found by what was typed: every word is in its name or its id. */
export function matching(text) {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return words.length ? (row) => words.every((word) => row.searched.includes(word)) : null;
}

/** What rows come to, as a row of the report says it, with its rates as decimal strings. */
export function summed(rows, currency) {
  const total = Object.fromEntries(SUMMED.map((field) => [field, rows.reduce((sum, row) => sum + row[field], 0)]));
  const money = (field) => fromMinor(rows.reduce((sum, row) => sum + row[field], 0n), currency);
  const revenue = money("revenueMinor");
  return {
    ...total, revenue, expected_revenue: money("expectedMinor"),
    average_check: average(revenue, total.purchases, currency),
    purchase_to_open_rate: rate(total.purchases, total.opened),
    purchase_to_click_rate: rate(total.purchases, total.clicked),
  };
}

/** a / b rounded half up to 4 decimals; null where b is 0 (contract §4). */
function rate(a, b) {
  if (!b) return null;
  const scaled = (2 * a * 10_000 + b) / (2 * b);
  return (Math.floor(scaled) / 10_000).toFixed(4);
}

/** The channels of rows, in the order of channels, each with how many rows it has. */
export function channelsOf(rows) {
  const counts = new Map();
  for (const row of rows) counts.set(row.channel, (counts.get(row.channel) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => inOrder(a, b)).map(([name, count]) => ({ name, count, label: channel(name).label }));
}

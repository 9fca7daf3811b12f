// An account's day, hour by hour: sums that grow, and what they were at a minute of the day.

import { dayOf, hourOf } from "./format.js";
import { toMinor } from "./money.js";

export const MINUTES_OF_DAY = 24 * 60;
const MINUTES_OF_HOUR = 60;

/** What was ordered in an hour and is a campaign's, delivered or on its way, in minor units. */
function ordered(hour, currency) {
  return toMinor(hour.revenue, currency) + toMinor(hour.expected_revenue, currency);
}

/** The 25 sums at the full hours 0:00 … 24:00, in minor units. `hours`: the timeline's, by the account's clock. */
export function sumsByHour(hours, currency) {
  const sums = [0n];
  for (const hour of hours) sums.push(sums.at(-1) + ordered(hour, currency));
  return sums;
}

/** The sum at a minute of the day (0 … 1440), in minor units: within an hour it is taken to grow evenly. */
export function sumAt(sums, minute) {
  const hour = Math.min(Math.floor(minute / MINUTES_OF_HOUR), sums.length - 1);
  const within = BigInt(Math.round(minute - hour * MINUTES_OF_HOUR));
  const next = sums[Math.min(hour + 1, sums.length - 1)];
  return sums[hour] + ((next - sums[hour]) * within) / BigInt(MINUTES_OF_HOUR);
}

/** The minute of `day` (ISO 8601) that it is at `ms` by the account's clock; before that day 0, after it 1440. */
export function minuteOfDay(ms, day) {
  const date = dayOf(ms);
  if (date !== day) return date < day ? 0 : MINUTES_OF_DAY;
  return Math.floor(hourOf(ms) * MINUTES_OF_HOUR);
}

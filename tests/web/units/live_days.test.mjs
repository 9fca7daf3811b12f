import assert from "node:assert/strict";
import { test } from "node:test";

import { sumsOfDays, withLiveToday } from "../../../web/page/live_days.js";

const four = (purchases, revenue, expected = 0, expectedRevenue = "0.00") =>
  ({ purchases, revenue, expected_purchases: expected, expected_revenue: expectedRevenue });
const day = (name, channels, nobody) => ({
  day: name,
  ...sumsOf(channels),
  unattributed_purchases: nobody.purchases,
  unattributed_revenue: nobody.revenue,
  unattributed_expected_purchases: nobody.expected_purchases,
  unattributed_expected_revenue: nobody.expected_revenue,
  channels,
});
const sumsOf = ([first]) => four(first.purchases, first.revenue, first.expected_purchases, first.expected_revenue);
const days = [
  day("2026-11-23", [{ channel: "email", ...four(1, "10.10") }], four(1, "5.00")),
  day("2026-11-24", [{ channel: "email", ...four(1, "1.00") }], four(0, "0.00")),
];
const live = {
  day: "2026-11-24",
  currency: "EUR",
  unattributed: four(2, "7.05", 1, "1.00"),
  channels: [{ channel: "email", ...four(2, "20.20") }, { channel: "sms", ...four(1, "0.01", 3, "9.99") }],
};

test("today is the stream's, days before it stay", () => {
  const [before, today] = withLiveToday(days, live);
  assert.equal(before, days[0]);
  assert.equal(today.revenue, "20.21");
  assert.equal(today.purchases, 3);
  assert.equal(today.expected_revenue, "9.99");
  assert.equal(today.unattributed_revenue, "7.05");
});

test("a day that the stream does not speak of, and no stream, change nothing", () => {
  assert.deepEqual(withLiveToday(days, { ...live, day: "2026-11-25" }), days);
  assert.equal(withLiveToday(days, null), days);
});

test("channels and what none earned are all that was delivered", () => {
  const { channels, unattributed, campaigns, delivered } = sumsOfDays(withLiveToday(days, live), "EUR");
  assert.deepEqual(channels, [{ channel: "email", ...four(3, "30.30") }, { channel: "sms", ...four(1, "0.01", 3, "9.99") }]);
  assert.equal(unattributed.revenue, "12.05");
  assert.equal(campaigns.revenue, "30.31");
  assert.equal(delivered.revenue, "42.36");
  assert.equal(delivered.purchases, 7);
});

test("cents add up where floats do not", () => {
  const many = Array.from({ length: 10 }, () => day("2026-11-01", [{ channel: "sms", ...four(1, "0.10") }], four(0, "0.00")));
  assert.equal(sumsOfDays(many, "EUR").delivered.revenue, "1.00");
});

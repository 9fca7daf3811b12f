import assert from "node:assert/strict";
import { test } from "node:test";

import { setZone } from "../../../web/page/format.js";
import { minuteOfDay, sumAt, sumsByHour } from "../../../web/page/hours.js";

const hours = Array.from({ length: 24 }, (_, hour) => ({ hour, revenue: `${hour}.50`, expected_revenue: "0.25" }));

test("what is delivered and what is on its way are summed hour by hour", () => {
  const sums = sumsByHour(hours, "EUR");
  assert.equal(sums.length, 25);
  assert.equal(sums[0], 0n);
  assert.equal(sums[1], 75n);
  assert.equal(sums[24], BigInt((23 * 24 * 100) / 2 + 24 * 75));
});

test("at full hours a sum is exact, between them it grows evenly", () => {
  const sums = sumsByHour(hours, "EUR");
  for (let hour = 0; hour <= 24; hour += 1) assert.equal(sumAt(sums, hour * 60), sums[hour]);
  assert.equal(sumAt(sums, 30), 37n);
  for (let minute = 1; minute <= 1440; minute += 1) assert.ok(sumAt(sums, minute) >= sumAt(sums, minute - 1));
});

test("the minute of a day is that of the account's clock; before the day 0, after it its end", () => {
  setZone("Europe/Kyiv");
  const at = (text) => minuteOfDay(Date.parse(text), "2026-11-24");
  assert.equal(at("2026-11-24T12:32:59Z"), 14 * 60 + 32);
  assert.equal(at("2026-11-23T21:59:59Z"), 0);
  assert.equal(at("2026-11-23T22:01:00Z"), 1);
  assert.equal(at("2026-11-24T22:00:00Z"), 1440);
});

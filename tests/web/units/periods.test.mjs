import assert from "node:assert/strict";
import { test } from "node:test";

import * as periods from "../../../web/page/periods.js";

const TODAY = "2026-11-24";
const span = (text, today = TODAY) => {
  const { from, to } = periods.resolve(text, today);
  return `${from}..${to}`;
};

test("presets are days of the account's calendar, both ends included", () => {
  assert.equal(span("today"), "2026-11-24..2026-11-24");
  assert.equal(span("yesterday"), "2026-11-23..2026-11-23");
  assert.equal(span("7d"), "2026-11-18..2026-11-24");
  assert.equal(span("30d"), "2026-10-26..2026-11-24");
  assert.equal(span("month"), "2026-11-01..2026-11-24");
  assert.equal(span("last_month"), "2026-10-01..2026-10-31");
  assert.equal(span("last_month", "2026-01-31"), "2025-12-01..2025-12-31");
});

test("a free span is itself; what is none is the last 30 days", () => {
  assert.equal(span("2026-11-01..2026-11-20"), "2026-11-01..2026-11-20");
  for (const wrong of ["2026-11-20..2026-11-01", "2026-02-30..2026-03-01", "soon", "", null, undefined, "<script>"]) {
    assert.equal(span(wrong), span("30d"), String(wrong));
  }
});

test("the period before and after has the same length, and none begins after today", () => {
  assert.equal(span(periods.before("7d", TODAY)), "2026-11-11..2026-11-17");
  assert.equal(periods.after(periods.before("7d", TODAY), TODAY), "7d");
  assert.equal(periods.after("today", TODAY), null);
  assert.equal(periods.before("today", TODAY), "yesterday");
});

test("before a whole month is the month before", () => {
  assert.equal(periods.before("month", TODAY), "last_month");
  assert.equal(span(periods.before("last_month", TODAY)), "2026-09-01..2026-09-30");
  assert.equal(periods.after("last_month", TODAY), "month");
});

test("days are counted over changes of clock, months and leap years", () => {
  assert.equal(periods.lengthOf("2024-02-28", "2024-03-01"), 3);
  assert.deepEqual(periods.daysOf({ from: "2026-10-24", to: "2026-10-26" }), ["2026-10-24", "2026-10-25", "2026-10-26"]);
  assert.equal(periods.shiftMonths("2026-01-31", 1), "2026-02-28");
  assert.equal(periods.shiftMonths("2026-03-31", -1), "2026-02-28");
  assert.ok(periods.holdsToday({ from: "2026-11-24", to: "2026-11-24" }, TODAY));
  assert.ok(!periods.holdsToday({ from: "2026-11-01", to: "2026-11-23" }, TODAY));
});

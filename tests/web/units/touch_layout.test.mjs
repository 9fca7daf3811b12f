import assert from "node:assert/strict";
import { test } from "node:test";

import { MARK_GAP, drawn, place, spanOf, spread, ticks, windowMs } from "../../../web/page/parts/touch_layout.js";

const HOUR = 3_600_000;
const ORDERED = Date.parse("2026-11-22T17:42:18Z");
const touch = (hoursBefore, why = "outside_window") => ({ at: ORDERED - hoursBefore * HOUR, why });

test("the axis begins 15 % before the longest window, and a tenth of it lies after the order", () => {
  const span = spanOf(ORDERED, [touch(1)], [24 * HOUR, 48 * HOUR]);
  assert.ok(Math.abs(ORDERED - span.from - 48 * HOUR * 1.15) < 1);
  assert.ok(Math.abs(place(ORDERED, span, 1000) - 900) < 1e-6);
});

test("touches out of the axis are told apart from those on it, each newest first", () => {
  const touches = [touch(-200), touch(-1), touch(2), touch(30), touch(90), touch(900)];
  const span = spanOf(ORDERED, touches, [24 * HOUR, 48 * HOUR]);
  assert.deepEqual(span.later, [touches[0]]);
  assert.deepEqual(span.shown, touches.slice(1, 4));
  assert.deepEqual(span.earlier, touches.slice(4));
});

test("without any window the axis reaches back to the oldest touch", () => {
  const touches = [touch(1), touch(100)];
  const span = spanOf(ORDERED, touches, []);
  assert.deepEqual(span.shown, touches);
  assert.ok(spanOf(ORDERED, [], []).from < ORDERED);
});

test("marks keep their distance, their order and their side of the order's line", () => {
  const span = spanOf(ORDERED, [], [48 * HOUR]);
  const marks = [touch(2.35), touch(2.3), touch(2.3), touch(0), touch(-0.1), touch(-0.1)];
  const placed = spread(marks, ORDERED, span, 1000).map(({ x }) => x);
  for (let index = 1; index < placed.length; index++) {
    if (index !== 4) assert.ok(placed[index] - placed[index - 1] >= MARK_GAP - 1e-6, `${placed}`);
  }
  const line = place(ORDERED, span, 1000);
  assert.ok(placed[3] < line && line < placed[4], `${placed}`);
});

test("a lonely mark stands at its time", () => {
  const span = spanOf(ORDERED, [], [48 * HOUR]);
  const [mark] = spread([touch(24)], ORDERED, span, 1000);
  assert.ok(Math.abs(mark.x - place(ORDERED - 24 * HOUR, span, 1000)) < 1e-6);
});

test("more marks than a lane has room for stay within it", () => {
  const span = spanOf(ORDERED, [], [48 * HOUR]);
  const placed = spread(Array.from({ length: 39 }, () => touch(1)), ORDERED, span, 400);
  assert.ok(placed.every(({ x }) => 0 <= x && x < place(ORDERED, span, 400)));
});

test("of too many touches the eligible ones and the nearest of each reason are drawn", () => {
  const eligible = [{ ...touch(1), why: "credited" }, { ...touch(2), why: "lost_to_later_touch" }];
  const rest = Array.from({ length: 60 }, (_, index) => touch(3 + index, index % 2 ? "wrong_event" : "outside_window"));
  const kept = drawn([...eligible, ...rest], ORDERED);
  assert.deepEqual(kept, [...eligible, rest[0], rest[1]]);
  assert.equal(drawn(rest.slice(0, 40), ORDERED).length, 40);
});

test("the one that is credited is drawn, however many are eligible", () => {
  const many = Array.from({ length: 90 }, (_, index) => touch(index, index === 89 ? "credited" : "lost_to_later_touch"));
  const kept = drawn(many, ORDERED);
  assert.ok(kept.includes(many[89]));
  assert.ok(kept.length <= 40);
});

test("labels of days are left out where there is no room for them", () => {
  const span = spanOf(ORDERED, [], [30 * 24 * HOUR]);
  const days = Array.from({ length: 40 }, (_, index) => ORDERED - (40 - index) * 24 * HOUR);
  assert.ok(ticks(days, span, 1000).length <= 11);
  assert.ok(ticks(days, span, 300).length <= 4);
});

test("a window's length is read as the settings write it", () => {
  assert.deepEqual(["90m", "24h", "3d", "2w"].map(windowMs), [90 * 60_000, 24 * HOUR, 72 * HOUR, 336 * HOUR]);
});

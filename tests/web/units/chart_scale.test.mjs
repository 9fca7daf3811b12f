import assert from "node:assert/strict";
import { test } from "node:test";

import { growingAxis, roundStep } from "../../../web/page/chart_scale.js";

test("steps are 1, 2 or 5 times a power of ten, and four of them reach the greatest value", () => {
  for (let max = 0.01; max < 1e12; max *= 1.37) {
    const step = roundStep(max);
    const leading = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
    assert.ok([1, 2, 5].some((round) => Math.abs(leading - round) < 1e-6), `${max}: ${step}`);
    assert.ok(step * 4 >= max * (1 - 1e-9), `${max}: ${step}`);
  }
});

test("an axis begins at 0 and has three to five lines", () => {
  for (let max = 0.01; max < 1e12; max *= 1.37) {
    const { top, ticks } = growingAxis().reach(max);
    assert.equal(ticks[0], 0);
    assert.equal(ticks.at(-1), top);
    assert.ok(top >= max * (1 - 1e-9));
    assert.ok(ticks.length >= 3 && ticks.length <= 5, `${max}: ${ticks}`);
  }
});

test("an axis grows and never shrinks", () => {
  const axis = growingAxis();
  assert.equal(axis.reach(36_000).top, 40_000);
  assert.equal(axis.reach(100).top, 40_000);
  assert.equal(axis.reach(54_000).top, 60_000);
});

test("an axis of nothing says only 0", () => {
  assert.deepEqual(growingAxis().reach(0).ticks, [0]);
});

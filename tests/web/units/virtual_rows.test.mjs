import assert from "node:assert/strict";
import test from "node:test";

import { ALL_SHOWN_MAX, shownRuns } from "../../../web/page/parts/virtual_rows.js";

const SEEN = { rowHeight: 40, top: 40_000, bottom: 40_800 };
const covers = (runs, index) => runs.some(([first, last]) => index >= first && index < last);

test("a short list is in the document as a whole, so that the browser's search finds every row", () => {
  assert.deepEqual(shownRuns({ ...SEEN, count: ALL_SHOWN_MAX, kept: -1 }), [[0, ALL_SHOWN_MAX]]);
  assert.deepEqual(shownRuns({ ...SEEN, count: 0, kept: -1 }), []);
});

test("of a long list what is seen is there, with rows before and after it, and little else", () => {
  for (let top = -2_000; top <= 402_000; top += 777) {
    const runs = shownRuns({ count: 10_000, rowHeight: 40, top, bottom: top + 800, kept: -1 });
    for (let y = Math.max(0, top); y < Math.min(400_000, top + 800); y += 40) assert.ok(covers(runs, Math.floor(y / 40)), `${y} of ${top}`);
    assert.ok(runs.reduce((sum, [first, last]) => sum + last - first, 0) <= 100);
  }
});

test("the row that has focus stays, above or below what is seen, and once only", () => {
  assert.deepEqual(shownRuns({ ...SEEN, count: 10_000, kept: 3 }), [[3, 4], [976, 1_040]]);
  assert.deepEqual(shownRuns({ ...SEEN, count: 10_000, kept: 9_000 }), [[976, 1_040], [9_000, 9_001]]);
  assert.deepEqual(shownRuns({ ...SEEN, count: 10_000, kept: 1_000 }), [[976, 1_040]]);
  assert.deepEqual(shownRuns({ ...SEEN, count: 10_000, kept: 10_000 }), [[976, 1_040]]);
});

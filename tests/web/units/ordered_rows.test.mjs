import assert from "node:assert/strict";
import test from "node:test";

import { inOrder, ordering, sortKeys } from "../../../web/page/parts/ordered_rows.js";

const sorted = (values, dir) => {
  const rows = values.map((value, place) => ({ value, place }));
  return inOrder(rows, sortKeys(rows, (row) => row.value), dir).map(({ value, place }) => [value, place]);
};

test("numbers go by size, unknown ones last in either direction", () => {
  assert.deepEqual(sorted([3, null, 1, 2], "desc").map(([value]) => value), [3, 2, 1, null]);
  assert.deepEqual(sorted([3, null, 1, 2], "asc").map(([value]) => value), [1, 2, 3, null]);
});

test("amounts that a double cannot tell apart are told apart", () => {
  const [great, greater] = [9_007_199_254_740_992n, 9_007_199_254_740_993n];
  assert.deepEqual(sorted([great, greater], "desc").map(([value]) => value), [greater, great]);
});

test("names go as people order them", () => {
  assert.deepEqual(sorted(["item 10", "Item 9", "Zebra", "äpfel"], "asc").map(([value]) => value), ["äpfel", "Item 9", "item 10", "Zebra"]);
});

test("rows that are equal stay as they stood, in either direction", () => {
  assert.deepEqual(sorted([1, 2, 1, 2], "desc").map(([, place]) => place), [1, 3, 0, 2]);
  assert.deepEqual(sorted(["a", "A", "a"], "desc").map(([, place]) => place), [0, 1, 2]);
});

test("a filter leaves the order as it is", () => {
  const rows = [{ n: 1 }, { n: 3 }, { n: 2 }];
  const order = ordering();
  const column = { key: "n", value: (row) => row.n };
  assert.deepEqual(order(rows, column, "desc", null).map(({ n }) => n), [3, 2, 1]);
  assert.deepEqual(order(rows, column, "desc", ({ n }) => n !== 2).map(({ n }) => n), [3, 1]);
  assert.deepEqual(order(rows, null, "desc", null), rows);
});

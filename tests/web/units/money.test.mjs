import assert from "node:assert/strict";
import { test } from "node:test";

import { average, compare, decimalsOf, fromMinor, isZero, minus, ratio, sum, toMinor } from "../../../web/page/money.js";

test("amounts are minor units of their currency, exactly, there and back", () => {
  for (const [text, currency, minor] of [
    ["19005.64", "EUR", 1900564n], ["0.01", "EUR", 1n], ["-2584.10", "EUR", -258410n], ["1250", "JPY", 1250n],
    ["3.125", "KWD", 3125n], ["92233720368547758.07", "EUR", 9223372036854775807n],
  ]) {
    assert.equal(toMinor(text, currency), minor);
    assert.equal(fromMinor(minor, currency), text);
  }
  assert.deepEqual(["JPY", "EUR", "KWD"].map(decimalsOf), [0, 2, 3]);
});

test("fewer decimals than the currency has, and zeros behind, are the same amount", () => {
  assert.equal(toMinor("10", "EUR"), 1000n);
  assert.equal(toMinor("10.5", "EUR"), 1050n);
  assert.equal(toMinor("10.00", "JPY"), 10n);
});

test("what is no amount of the currency is refused", () => {
  for (const [text, currency] of [["1.234", "EUR"], ["0.5", "JPY"], ["", "EUR"], ["1e3", "EUR"], ["€1", "EUR"]]) {
    assert.throws(() => toMinor(text, currency), RangeError);
  }
});

test("sums and differences lose no cent", () => {
  assert.equal(sum(Array(10).fill("0.10"), "EUR"), "1.00");
  assert.equal(sum([], "EUR"), "0.00");
  assert.equal(sum(["90071992547409.91", "0.02"], "EUR"), "90071992547409.93");
  assert.equal(minus("1.00", "3.50", "EUR"), "-2.50");
});

test("an average check is rounded half up, and there is none without a purchase", () => {
  assert.equal(average("10.01", 2, "EUR"), "5.01");
  assert.equal(average("10.00", 3, "EUR"), "3.33");
  assert.equal(average("5", 2, "JPY"), "3");
  assert.equal(average("0.00", 0, "EUR"), null);
});

test("amounts compare by value", () => {
  assert.ok(compare("10", "9.99") > 0);
  assert.ok(compare("-1", "0.00") < 0);
  assert.equal(compare("1.0", "1"), 0);
  assert.equal(ratio("1.00", "4"), 0.25);
  assert.equal(ratio("1.00", "0.00"), null);
  assert.deepEqual(["0.00", "0", "0.01"].map(isZero), [true, true, false]);
});

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import * as format from "../../../web/page/format.js";

const THIS_YEAR = new Date().getFullYear();

beforeEach(() => {
  format.setLocales("en-GB");
  format.setZone("Europe/Kyiv");
});

test("money is written exactly, with its currency's decimals", () => {
  assert.equal(format.money("19005.64", "EUR"), "€19,005.64");
  assert.equal(format.money("92233720368547758.07", "EUR"), "€92,233,720,368,547,758.07");
  assert.equal(format.money("1250", "JPY"), "JP¥1,250");
  assert.equal(format.money("3.125", "KWD").replace(/\s/, " "), "KWD 3.125");
  assert.equal(format.money("136166.49", "EUR", { whole: true }), "€136,166");
});

test("the decimals of a figure stand apart, in any language", () => {
  assert.deepEqual(format.moneyParts("19005.64", "EUR"), [{ text: "€19,005", quiet: false }, { text: ".64", quiet: true }]);
  format.setLocales("uk");
  const parts = format.moneyParts("19005.64", "EUR");
  assert.deepEqual(parts.map(({ quiet }) => quiet), [false, true, false]);
  assert.equal(parts[1].text, ",64");
  assert.deepEqual(format.moneyParts("1250", "JPY").filter(({ quiet }) => quiet), []);
});

test("columns have no sign of currency; their heads have it", () => {
  assert.equal(format.amount("33788.02", "EUR"), "33,788.02");
  assert.equal(format.currencySign("EUR"), "€");
  assert.equal(format.currencySign("KWD"), "KWD");
  assert.equal(format.axisMoney(20_000, "EUR"), "€20k");
  assert.equal(format.axisMoney(0, "EUR"), "0");
});

test("rates have two decimals, shares one, and what is unknown is a dash", () => {
  assert.deepEqual([format.rate("0.0324"), format.share(0.384), format.rate(null), format.share(null)], ["3.24%", "38.4%", "–", "–"]);
});

test("changes say new from nothing, and times above 999 %", () => {
  assert.deepEqual(format.change("100.00", "158.90"), { direction: "up", text: "58.9%" });
  assert.deepEqual(format.change(100, 90), { direction: "down", text: "10.0%" });
  assert.deepEqual(format.change(0, 5), { direction: "up", text: "new" });
  assert.deepEqual(format.change(10, 120), { direction: "up", text: "× 12" });
  assert.equal(format.change(0, 0), null);
});

test("differences have a real minus and no sign of zero", () => {
  assert.equal(format.difference("3741.26", "EUR"), "+3,741.26");
  assert.equal(format.difference("-2584.10", "EUR"), "−2,584.10");
  assert.equal(format.difference("0.00", "EUR"), "0.00");
  assert.equal(format.difference(-12), "−12");
});

test("times are the account's, whatever this machine's zone is", () => {
  assert.equal(format.time("2026-11-24T12:31:40Z"), "14:31");
  assert.equal(format.time("2026-11-24T12:31:40Z", { seconds: true }), "14:31:40");
  assert.equal(format.dayOf("2026-11-24T22:30:00Z"), "2026-11-25");
  assert.ok(Math.abs(format.hourOf("2026-11-24T12:30:00Z") - 14.5) < 1e-9);
  format.setZone("Pacific/Auckland");
  assert.equal(format.dayOf("2026-11-24T12:31:40Z"), "2026-11-25");
});

test("days name the year only where it is not this one", () => {
  assert.match(format.day(`${THIS_YEAR}-11-24`), /^\w{3},? 24 Nov$/);
  assert.match(format.day(`${THIS_YEAR - 1}-11-24`, { weekday: false }), new RegExp(`^24 Nov ${THIS_YEAR - 1}$`));
  assert.match(format.period(`${THIS_YEAR}-11-18`, `${THIS_YEAR}-11-24`), /^18 ?– ?24 Nov$/);
});

test("spans are their two greatest units", () => {
  const minute = 60_000;
  assert.deepEqual(
    [0, 40_000, 18 * minute, 138 * minute, 28 * 60 * minute, 3 * 86_400_000].map(format.span),
    ["0s", "40s", "18m", "2h 18m", "1d 4h", "3d"],
  );
});

import assert from "node:assert/strict";
import test from "node:test";

import { byName, channelsOf, keyOf, matching, ofKey, prepared, summed } from "../../../web/page/campaign_rows.js";

const row = (channel, campaign, more = {}) => ({
  channel, campaign, name: null, purchases: 0, revenue: "0.00", average_check: null, expected_purchases: 0, expected_revenue: "0.00",
  sent: 0, delivered: 0, opened: 0, clicked: 0, purchase_to_open_rate: null, purchase_to_click_rate: null, ...more,
});
const rows = prepared({ currency: "EUR", campaigns: [
  row("sms", "spring", { name: "Spring Sale", purchases: 2, revenue: "12345678.90", opened: 0, clicked: 3 }),
  row("email", "b", { purchases: 1, revenue: "0.05", expected_purchases: 1, expected_revenue: "7.10", opened: 3, clicked: 3 }),
  row("email", "a/b"),
] });

test("the sum of rows is exact, and its rates are those of its sums", () => {
  const total = summed(rows, "EUR");
  assert.deepEqual([total.purchases, total.revenue, total.expected_revenue], [3, "12345678.95", "7.10"]);
  assert.equal(total.average_check, "4115226.32");
  assert.deepEqual([total.purchase_to_open_rate, total.purchase_to_click_rate], ["1.0000", "0.5000"]);
  assert.deepEqual([summed([], "EUR").average_check, summed([], "EUR").purchase_to_open_rate], [null, null]);
});

test("a search finds every word in a name or an id, in any case", () => {
  const found = (text) => rows.filter(matching(text) ?? (() => true)).map(keyOf);
  assert.deepEqual(found("SALE spr"), ["sms/spring"]);
  assert.deepEqual(found("a/b"), ["email/a/b"]);
  assert.deepEqual(found("nothing"), []);
  assert.equal(found("  ").length, 3);
});

test("a campaign in an address is found again, whatever its id", () => {
  for (const one of rows) assert.deepEqual(ofKey(keyOf(one)), { channel: one.channel, campaign: one.campaign });
  for (const none of [null, undefined, "", "email", "email/", "/a"]) assert.equal(ofKey(none), null);
});

test("channels stand in their order, with how many campaigns they have", () => {
  assert.deepEqual(channelsOf(rows).map(({ name, count }) => [name, count]), [["email", 2], ["sms", 1]]);
  assert.deepEqual(byName(rows).map(keyOf), ["email/a/b", "email/b", "sms/spring"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";

import { setLocales, setZone } from "../../../web/page/format.js";
import { changesOf, historyOf, sentencesOf } from "../../../web/page/sale_history.js";

setLocales("en-GB");
setZone("Europe/Kyiv");

const sale = (window) => `A sale is a delivered order that was made within ${window} after a click in the message.`;
const stretch = (from, to, text) => ({ from, to, text });
const year = new Date().getUTCFullYear();
const BEGIN = `${year}-11-18T00:00:00+02:00`;
const CHANGE = `${year}-11-20T09:00:00+02:00`;
const END = `${year}-11-25T00:00:00+02:00`;

test("the first sentence is the rule, the others are its exceptions", () => {
  const [rule, others] = sentencesOf(`${sale("1 week")} Messages tagged service earn nothing.`);
  assert.equal(rule, sale("1 week"));
  assert.equal(others, "Messages tagged service earn nothing.");
  assert.deepEqual(sentencesOf(sale("1 week")), [sale("1 week"), ""]);
});

test("one rule all the time has no history", () => {
  assert.deepEqual(historyOf([stretch(BEGIN, END, sale("24 hours"))]), []);
  assert.deepEqual(changesOf([stretch(BEGIN, END, sale("24 hours"))], `${year}-11-18`), []);
});

test("where only the window has changed it is all that is told, newest first", () => {
  const formulas = [stretch(BEGIN, CHANGE, sale("12 hours")), stretch(CHANGE, END, sale("24 hours"))];
  assert.deepEqual(historyOf(formulas), [
    { when: "Since 20 Nov, 09:00", text: "within 24 hours" },
    { when: "Before", text: "within 12 hours" },
  ]);
  assert.deepEqual(changesOf(formulas, `${year}-11-18`), [{ at: 2 + 9 / 24, label: "20 Nov, 09:00: window 12h → 24h" }]);
});

test("where more has changed each rule is told whole", () => {
  const hidden = "No order is credited: sales are hidden in reports.";
  const formulas = [stretch(BEGIN, CHANGE, sale("12 hours")), stretch(CHANGE, END, hidden)];
  assert.deepEqual(historyOf(formulas).map(({ text }) => text), [hidden, sale("12 hours")]);
  assert.equal(changesOf(formulas, `${year}-11-18`)[0].label, "20 Nov, 09:00: what counts as a sale changed");
});

import assert from "node:assert/strict";
import test from "node:test";

import { asHtml, asText, guarded, plainNumber, plainRate } from "../../../web/page/clipboard.js";

test("numbers have the reader's decimal sign and no grouping", () => {
  assert.equal(plainNumber("19005.64", ","), "19005,64");
  assert.equal(plainNumber(48_210, "."), "48210");
  assert.equal(plainNumber(null, "."), "");
  assert.equal(plainRate("0.0324", ","), "3,24%");
  assert.equal(plainRate("0.0305", "."), "3.05%");
  assert.equal(plainRate(null, "."), "");
});

test("a cell that a spreadsheet would run is made text, a number is none", () => {
  for (const cell of ["=1+1", "+cmd", "-x", "@sum"]) assert.equal(guarded(cell), `'${cell}`);
  for (const cell of ["-12.50", "3,24%", "spring-sale"]) assert.equal(guarded(cell), cell);
});

test("a name makes neither cells nor lines nor markup", () => {
  assert.equal(asText([["Campaign", "Sent"], ["a\tb\nc", "1"]]), "Campaign\tSent\r\na b c\t1");
  assert.equal(asHtml([["Campaign"], ["<script>&"]]), "<table><tr><th>Campaign</th></tr><tr><td>&lt;script&gt;&amp;</td></tr></table>");
});

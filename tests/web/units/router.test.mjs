import assert from "node:assert/strict";
import { test } from "node:test";

import { href, parse } from "../../../web/page/router.js";

const IDS = ["spring-sale", "50%/off?#ü", "a&b=c", "عرض", "<script>alert(1)</script>", "..", "%2F", "+ +", "W".repeat(256)];

test("any id comes back as it was, in the path and in the parameters", () => {
  for (const id of IDS) {
    assert.deepEqual(parse(href("campaigns", ["email", id], { q: id })), { view: "campaigns", path: ["email", id], params: { q: id } });
  }
});

test("the overview is the first address", () => {
  assert.equal(href("overview"), "#/");
  for (const hash of ["", "#", "#/", "#/overview"]) assert.equal(parse(hash).view, "overview");
  assert.equal(href("overview", [], { period: "7d" }), "#/?period=7d");
  assert.deepEqual(parse("#/?period=7d"), { view: "overview", path: [], params: { period: "7d" } });
});

test("parameters that are nothing are left out", () => {
  assert.equal(href("orders", [], { period: "7d", status: null, q: "", order: undefined }), "#/orders?period=7d");
});

test("half an escape that somebody typed is text", () => {
  assert.deepEqual(parse("#/orders/100%").path, ["100%"]);
});

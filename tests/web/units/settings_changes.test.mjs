import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf, conflictOf, splitWindow, withChanges } from "../../../web/page/settings_changes.js";

const BASE = {
  show_sales: true,
  associate_with_last_message: true,
  channels: { email: { event: "clicked", window: "24h" }, sms: { event: "delivered", window: "2d" } },
  currency: "EUR",
  ignore_automated: true,
  excluded_tags: ["service"],
  time_zone: "UTC",
};
const changed = (more) => ({ ...structuredClone(BASE), ...more });

test("equal settings have no change, whatever the order of their tags and keys", () => {
  const same = changed({ excluded_tags: ["b", "a"], channels: { sms: BASE.channels.sms, email: { window: "24h", event: "clicked" } } });
  assert.deepEqual(changesOf({ ...BASE, excluded_tags: ["a", "b"] }, same), []);
});

test("changes are told in the order of the form, a channel each", () => {
  const after = changed({ currency: "USD", show_sales: false, channels: { email: { event: "clicked", window: "3d" }, viber: { event: "opened", window: "24h" } } });
  assert.deepEqual(changesOf(BASE, after).map(({ field, channel }) => channel ?? field), ["show_sales", "email", "sms", "viber", "currency"]);
});

test("a change put on top of what another has made meanwhile keeps what only the other has changed", () => {
  const mine = changed({ channels: { email: { event: "clicked", window: "3d" } } });
  const theirs = changed({ excluded_tags: ["service", "survey"], channels: { ...BASE.channels, sms: { event: "delivered", window: "3d" } } });
  const merged = withChanges(theirs, changesOf(BASE, mine));
  assert.deepEqual(merged, changed({ excluded_tags: ["service", "survey"], channels: { email: { event: "clicked", window: "3d" } } }));
  assert.deepEqual(theirs.channels.sms, { event: "delivered", window: "3d" }, "what was given is left as it is");
});

test("a conflict has a row for each field that either changed", () => {
  const mine = changed({ channels: { ...BASE.channels, email: { event: "clicked", window: "3d" } } });
  const theirs = changed({ excluded_tags: [] });
  assert.deepEqual(conflictOf(BASE, theirs, mine), [
    { field: "channels", channel: "email", was: BASE.channels.email, theirs: BASE.channels.email, mine: { event: "clicked", window: "3d" } },
    { field: "excluded_tags", channel: undefined, was: ["service"], theirs: [], mine: ["service"] },
  ]);
});

test("a window is a count and a unit", () => {
  assert.deepEqual(splitWindow("90m"), { count: "90", unit: "m" });
});

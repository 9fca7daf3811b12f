import assert from "node:assert/strict";
import { test } from "node:test";

import { clockText, dayStarts, instantOf, withOffset } from "../../../web/page/zone_clock.js";

test("a clock of the zone is read and set", () => {
  const at = Date.parse("2026-11-17T22:00:00Z");
  assert.equal(clockText(at, "Europe/Kyiv"), "2026-11-18T00:00");
  assert.equal(instantOf("2026-11-18T00:00", "Europe/Kyiv"), at);
  assert.equal(withOffset(at, "Europe/Kyiv"), "2026-11-18T00:00:00+02:00");
});

test("offsets may be negative and of half an hour", () => {
  for (const [zone, text] of [["America/St_Johns", "2026-07-01T00:00:00-02:30"], ["Asia/Kathmandu", "2026-07-01T00:00:00+05:45"], ["UTC", "2026-07-01T00:00:00+00:00"]]) {
    const at = instantOf("2026-07-01T00:00", zone);
    assert.equal(withOffset(at, zone), text);
    assert.equal(Date.parse(text), at);
  }
});

test("days begin where the zone's clock says so, also when it is moved", () => {
  const starts = dayStarts(Date.parse("2026-10-24T12:00Z"), Date.parse("2026-10-27T12:00Z"), "Europe/Kyiv");
  assert.deepEqual(starts.map((at) => new Date(at).toISOString().slice(0, 16)), ["2026-10-24T21:00", "2026-10-25T22:00", "2026-10-26T22:00"]);
});

test("every instant of a year comes back from the clock that shows it, but for the hour that is shown twice", () => {
  for (let at = Date.parse("2026-01-01T00:30Z"); at < Date.parse("2027-01-01T00:00Z"); at += 3 * 3_600_000) {
    const back = instantOf(clockText(at, "America/New_York"), "America/New_York");
    assert.ok(back === at || Math.abs(back - at) === 3_600_000, new Date(at).toISOString());
  }
});

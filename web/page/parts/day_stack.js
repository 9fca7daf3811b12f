// What a day's column is stacked of, top first: on its way over delivered, unattributed over the channels.

import { channel, inOrder, UNATTRIBUTED } from "../channels.js";

const NOTHING = "0";

/** The figures of the named part of a day: a channel's, or unattributed. */
function partOf(day, name) {
  return name === UNATTRIBUTED ? day.unattributed : day.channels.find((one) => one.channel === name);
}

/**
 * The parts that any of the days has, top of the stack first:
 * `{id, name, label, token, expected, glyph() → node, text(day) → amount, total}`; `total`: of all days, for a look only.
 */
export function stackOf(days) {
  const names = new Set(days.flatMap((day) => day.channels.map((one) => one.channel)));
  if (days.some((day) => day.unattributed)) names.add(UNATTRIBUTED);
  const parts = [...names].sort(inOrder).map((name) => {
    const { label, color, glyph } = channel(name);
    return { name, label, token: color, glyph };
  });
  const of = (figure, expected) => parts.map((key) => {
    const text = (day) => partOf(day, key.name)?.[figure] ?? NOTHING;
    const total = days.reduce((sum, day) => sum + Number(text(day)), 0);
    return { ...key, id: `${figure} ${key.name}`, expected, text, total };
  });
  const expected = of("expected_revenue", true).filter((key) => key.total > 0);
  return [...of("revenue", false), ...expected].reverse();
}

/**
 * Where each part ends, a column of numbers a part: bars drawn in this order cover the longer ones before them.
 * A part of a day that is zero has no bar (null), whose edge would show.
 */
export function stackSums(keys, days) {
  const sums = keys.map(() => []);
  for (const day of days) {
    let height = 0;
    for (let index = keys.length - 1; index >= 0; index -= 1) {
      const part = Number(keys[index].text(day));
      height += part;
      sums[index].push(part === 0 ? null : height);
    }
  }
  return sums;
}

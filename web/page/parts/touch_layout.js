// Where the touches of an order's contact stand on its time line: pure arithmetic, without a document.

export const LEAD = 1.15; // The axis begins this many longest windows before the order.
export const AFTER_SHARE = 0.1; // At most this part of the width lies after the order.
export const MARK_GAP = 27; // px between the middles of two marks of a lane.
export const MARKS_MOST = 40;
const ORDER_GAP = 15; // px between the order's line and the middle of a mark.
const DAY_MS = 86_400_000;
const TICK_GAP = 96; // px between two day labels, at least.

const ELIGIBLE = new Set(["credited", "expected", "eligible", "lost_to_later_touch"]);

/** Whether a touch could earn the order: it is drawn filled. */
export function isEligible(why) {
  return ELIGIBLE.has(why);
}

/** Whether a touch is the one that the order counts for, or will once it is delivered. */
export function isChosen(why) {
  return why === "credited" || why === "expected";
}

/**
 * The span of the axis, and the touches by where they lie.
 * touches: [{at (ms), why, channel, …}] newest first; windows: ms of each channel that has settings.
 * → {from, to (ms), later, shown, earlier}, each newest first; `shown` are those within the span.
 */
export function spanOf(orderedAt, touches, windows) {
  const within = Math.max(...windows, 0) || Math.max(DAY_MS, orderedAt - oldest(touches, orderedAt));
  const from = orderedAt - within * LEAD;
  const before = touches.filter((one) => one.at <= orderedAt);
  const after = touches.filter((one) => one.at > orderedAt);
  const room = ((orderedAt - from) * AFTER_SHARE) / (1 - AFTER_SHARE);
  const near = after.filter((one) => one.at <= orderedAt + room);
  return {
    from,
    to: orderedAt + room,
    later: after.filter((one) => one.at > orderedAt + room),
    shown: [...near, ...before.filter((one) => one.at >= from)],
    earlier: before.filter((one) => one.at < from),
  };
}

/**
 * Which of the numbered touches are drawn: all, or of too many the eligible ones and the nearest of each reason.
 * numbered: [{number, at, why, …}].
 */
export function drawn(numbered, orderedAt, most = MARKS_MOST) {
  if (numbered.length <= most) return numbered;
  const nearest = new Map();
  for (const one of numbered) {
    const known = nearest.get(one.why);
    if (!known || distance(one, orderedAt) < distance(known, orderedAt)) nearest.set(one.why, one);
  }
  const kept = new Set(nearest.values());
  const eligible = numbered.filter((one) => isEligible(one.why)).slice(0, most - kept.size);
  for (const one of [...numbered.filter((each) => isChosen(each.why)), ...eligible]) kept.add(one);
  return numbered.filter((one) => kept.has(one));
}

/** px of an instant on an axis of `width` px. */
export function place(at, span, width) {
  return ((at - span.from) / (span.to - span.from)) * width;
}

/**
 * The middles of a lane's marks, in px: at their time, moved apart to MARK_GAP (closer where there is no room), those
 * before the order left of its line and those after it right of it.
 * marks: [{at, …}] oldest first → [{…mark, x}] in the same order.
 */
export function spread(marks, orderedAt, span, width) {
  const line = place(orderedAt, span, width);
  const before = marks.filter((one) => one.at <= orderedAt);
  const after = marks.filter((one) => one.at > orderedAt);
  const half = MARK_GAP / 2;
  return [
    ...apart(before, before.map((one) => place(one.at, span, width)), half, line - ORDER_GAP),
    ...apart(after, after.map((one) => place(one.at, span, width)), line + ORDER_GAP, Math.max(width - half, line + ORDER_GAP)),
  ];
}

/** Days that begin on the axis and have room for a label: [{at, x}]. dayStarts: ms, oldest first. */
export function ticks(dayStarts, span, width) {
  const inside = dayStarts.filter((at) => at > span.from && at < span.to);
  const step = Math.max(1, Math.ceil((inside.length * TICK_GAP) / width));
  return inside.filter((_, index) => index % step === 0).map((at) => ({ at, x: place(at, span, width) }));
}

/** ms of a window as the settings write it: "90m", "24h", "3d", "2w". */
export function windowMs(text) {
  const units = { m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };
  return Number(text.slice(0, -1)) * units[text.at(-1)];
}

// Neighbours that are too close become a group around the mean of where its marks would be, until no two groups touch.
function apart(marks, wanted, low, high) {
  const gap = marks.length > 1 ? Math.min(MARK_GAP, Math.max(0, high - low) / (marks.length - 1)) : 0;
  const groups = [];
  for (const x of wanted) {
    groups.push({ count: 1, sum: x, start: clamp(x, low, high) });
    while (groups.length > 1) {
      const [left, right] = groups.slice(-2);
      if (left.start + left.count * gap <= right.start) break;
      const count = left.count + right.count;
      const sum = left.sum + right.sum;
      const start = clamp(sum / count - ((count - 1) * gap) / 2, low, high - (count - 1) * gap);
      groups.splice(-2, 2, { count, sum, start });
    }
  }
  const places = groups.flatMap(({ count, start }) => Array.from({ length: count }, (_, index) => start + index * gap));
  return marks.map((mark, index) => ({ ...mark, x: places[index] }));
}

function clamp(x, low, high) {
  return Math.max(low, Math.min(high, x));
}

function distance(one, orderedAt) {
  return Math.abs(orderedAt - one.at);
}

function oldest(touches, orderedAt) {
  return touches.length ? Math.min(orderedAt, touches.at(-1).at) : orderedAt;
}

// Periods as addresses name them, and days of the account's calendar; days are texts "2026-11-24".

const DAY_MS = 86_400_000;
const SPAN = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/;

export const DEFAULT = "30d";

/** What there is to choose at once, in the order of the menu. */
export const PRESETS = [
  { period: "today", name: "Today" },
  { period: "yesterday", name: "Yesterday" },
  { period: "7d", name: "Last 7 days" },
  { period: "30d", name: "Last 30 days" },
  { period: "month", name: "This month" },
  { period: "last_month", name: "Last month" },
];

/** The days of a period, both included: `{from, to, name}`; name null for a free span. What is none is the default. */
export function resolve(text, today) {
  const preset = PRESETS.find(({ period }) => period === text);
  if (preset) return { ...days(text, today), name: preset.name };
  const span = SPAN.exec(text ?? "");
  if (span && isDay(span[1]) && isDay(span[2]) && span[1] <= span[2]) return { from: span[1], to: span[2], name: null };
  return resolve(DEFAULT, today);
}

function days(preset, today) {
  switch (preset) {
    case "today": return { from: today, to: today };
    case "yesterday": return { from: shift(today, -1), to: shift(today, -1) };
    case "7d": return { from: shift(today, -6), to: today };
    case "30d": return { from: shift(today, -29), to: today };
    case "month": return { from: firstOfMonth(today), to: today };
    default: {
      const last = shift(firstOfMonth(today), -1);
      return { from: firstOfMonth(last), to: last };
    }
  }
}

/** A free span as an address has it. */
export const spanOf = (from, to) => `${from}..${to}`;

/** The period of the same length just before; of whole months the month before. */
export function before(text, today) {
  return beside(text, today, -1);
}

/** The period of the same length just after, or null where that would begin after today. */
export function after(text, today) {
  return beside(text, today, 1);
}

function beside(text, today, direction) {
  const { from, to } = resolve(text, today);
  let next;
  if (isWholeMonth(from, to, today)) {
    const first = direction < 0 ? firstOfMonth(shift(from, -1)) : shift(lastOfMonth(from), 1);
    next = { from: first, to: lastOfMonth(first) };
  } else {
    const length = lengthOf(from, to);
    next = { from: shift(from, direction * length), to: shift(to, direction * length) };
  }
  if (next.from > today) return null;
  if (next.to > today) next.to = today;
  const preset = PRESETS.find(({ period }) => {
    const other = days(period, today);
    return other.from === next.from && other.to === next.to;
  });
  return preset ? preset.period : spanOf(next.from, next.to);
}

function isWholeMonth(from, to, today) {
  return from === firstOfMonth(from) && (to === lastOfMonth(from) || (to === today && firstOfMonth(to) === from && to !== from));
}

/** Whether a period has today in it. */
export const holdsToday = ({ from, to }, today) => from <= today && today <= to;

/** How many days, both included. */
export const lengthOf = (from, to) => Math.round((at(to) - at(from)) / DAY_MS) + 1;

/** Every day of a period, oldest first. */
export const daysOf = ({ from, to }) => Array.from({ length: lengthOf(from, to) }, (_, index) => shift(from, index));

/** A day so many days later. */
export const shift = (day, by) => textOf(new Date(at(day) + by * DAY_MS));

/** The same day so many months later, or the last of that month. */
export function shiftMonths(day, by) {
  const first = new Date(at(firstOfMonth(day)));
  first.setUTCMonth(first.getUTCMonth() + by);
  const last = lastOfMonth(textOf(first));
  const same = last.slice(0, 8) + day.slice(8);
  return same < last ? same : last;
}

export const firstOfMonth = (day) => `${day.slice(0, 8)}01`;

export function lastOfMonth(day) {
  const [year, month] = day.split("-").map(Number);
  return textOf(new Date(Date.UTC(year, month, 0)));
}

/** Whether a text is a day of the calendar. */
export function isDay(text) {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at(text)) && textOf(new Date(at(text))) === text;
}

const at = (day) => Date.parse(`${day}T00:00:00Z`);
const textOf = (date) => date.toISOString().slice(0, 10);

// Wall clocks of the account's zone: what a clock there shows at an instant, and the instant at which it shows something.

const MINUTE_MS = 60_000;
const formats = new Map();

/** ms → "2026-11-18T00:00", as a clock of the zone shows it, and as a date and time field holds it. */
export function clockText(ms, zone) {
  return new Date(ms + offsetMs(ms, zone)).toISOString().slice(0, 16);
}

/** "2026-11-18T00:00" on a clock of the zone → ms. An hour that the clock skips is taken as it was before it did. */
export function instantOf(text, zone) {
  const local = Date.parse(`${text}Z`);
  const guess = local - offsetMs(local, zone);
  return local - offsetMs(guess, zone);
}

/** RFC 3339 with the zone's offset at that instant: what the API takes as `effective_from`. */
export function withOffset(ms, zone) {
  const minutes = Math.round(offsetMs(ms, zone) / MINUTE_MS);
  const pad = (number) => String(Math.abs(number)).padStart(2, "0");
  const sign = minutes < 0 ? "-" : "+";
  return `${clockText(ms, zone)}:00${sign}${pad(Math.trunc(minutes / 60))}:${pad(minutes % 60)}`;
}

/** The beginnings of the zone's days between two instants, oldest first. */
export function dayStarts(from, to, zone) {
  const starts = [];
  const day = new Date(`${clockText(from, zone).slice(0, 10)}T00:00Z`);
  for (;;) {
    day.setUTCDate(day.getUTCDate() + 1);
    const at = instantOf(day.toISOString().slice(0, 16), zone);
    if (at > to) return starts;
    starts.push(at);
  }
}

function offsetMs(ms, zone) {
  if (!formats.has(zone)) {
    const shown = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
    formats.set(zone, new Intl.DateTimeFormat("en-US", { ...shown, hourCycle: "h23", timeZone: zone }));
  }
  const parts = Object.fromEntries(formats.get(zone).formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const shown = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return shown - Math.floor(ms / 1_000) * 1_000;
}

// Numbers, days and times as the reader's language writes them; times in the account's zone, always.

const MINUS = "−";
const locales = globalThis.navigator?.languages?.length ? [...navigator.languages] : ["en-GB"];
let zone = "UTC";
const made = new Map();

/** The account's zone, once. */
export function setZone(timeZone) {
  zone = timeZone;
  made.clear();
}

/** Other languages than the browser's; for tests. */
export function setLocales(...names) {
  locales.splice(0, locales.length, ...names);
  made.clear();
}

function numbers(options) {
  return formatter(Intl.NumberFormat, options);
}

function dates(options) {
  return formatter(Intl.DateTimeFormat, options);
}

function formatter(Kind, options) {
  const key = Kind.name + JSON.stringify(options);
  if (!made.has(key)) made.set(key, new Kind(locales, options));
  return made.get(key);
}

const signed = (text) => text.replace(/-/g, MINUS);

function currencyOptions(currency, whole) {
  return { style: "currency", currency, ...(whole ? { maximumFractionDigits: 0, minimumFractionDigits: 0 } : {}) };
}

/** "19005.64", "EUR" → "€19,005.64"; `whole`: without decimals. The string is formatted exactly. */
export function money(text, currency, { whole = false } = {}) {
  return numbers(currencyOptions(currency, whole)).format(text);
}

/** The same in parts: `{text, quiet}`, quiet what is behind the decimal sign. */
export function moneyParts(text, currency) {
  const parts = [];
  for (const { type, value } of numbers(currencyOptions(currency, false)).formatToParts(text)) {
    const quiet = type === "decimal" || type === "fraction";
    if (parts.at(-1)?.quiet === quiet) parts.at(-1).text += value;
    else parts.push({ text: value, quiet });
  }
  return parts;
}

/** An amount for a column whose head has the currency: grouped, with its decimals, without a sign of currency. */
export function amount(text, currency) {
  return numbers(currencyOptions(currency, false)).formatToParts(text)
    .filter(({ type }) => type !== "currency" && type !== "literal").map(({ value }) => value).join("");
}

/** What stands in a column's head: "€", or the code where the sign is somebody else's, too. */
export function currencySign(currency) {
  const parts = numbers({ style: "currency", currency }).formatToParts(0);
  return parts.find(({ type }) => type === "currency")?.value ?? currency;
}

/** A number of an axis: "€20k". */
export function axisMoney(number, currency) {
  if (number === 0) return numbers({}).format(0);
  const options = { style: "currency", currency, notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 };
  return numbers(options).format(number).replace(/K$/, "k");
}

/** 48210 → "48,210". */
export const count = (number) => numbers({}).format(number);

/** "0.0324" or 0.0324 → "3.24%"; null → "–". */
export const rate = (number) => (number == null ? "–" : percent(number, 2));

/** 0.384 → "38.4%"; null → "–". */
export const share = (number) => (number == null ? "–" : percent(number, 1));

function percent(number, digits) {
  return numbers({ style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(number);
}

/**
 * A change from `before` to `after` (numbers or decimal strings): `{direction: "up"|"down"|"same", text}`,
 * text "58.9%", "new" from 0, "× 12" above 999 %; null where both are 0.
 */
export function change(before, after) {
  const [from, to] = [Number(before), Number(after)];
  if (from === 0) return to === 0 ? null : { direction: "up", text: "new" };
  const by = (to - from) / from;
  const direction = by > 0 ? "up" : by < 0 ? "down" : "same";
  if (by > 9.99) return { direction, text: `× ${numbers({ maximumFractionDigits: 0 }).format(to / from)}` };
  return { direction, text: percent(Math.abs(by), 1) };
}

/** "3741.26", "EUR" → "+3,741.26"; "-2584.10" → "−2,584.10"; without a currency a count: 12 → "+12". */
export function difference(text, currency) {
  if (currency == null) return signed(numbers({ signDisplay: "exceptZero" }).format(text));
  const parts = numbers({ style: "currency", currency, signDisplay: "exceptZero" }).formatToParts(text);
  return parts.filter(({ type }) => type !== "currency" && type !== "literal")
    .map(({ type, value }) => (type === "minusSign" ? MINUS : value)).join("");
}

const noonOf = (day) => Date.parse(`${day}T12:00:00Z`);

/** "2026-11-24" → "Tue 24 Nov"; the year where it is not this one; `weekday: false`: "24 Nov". */
export function day(text, { weekday = true } = {}) {
  const options = { day: "numeric", month: "short", timeZone: "UTC", ...(weekday ? { weekday: "short" } : {}) };
  const year = text.slice(0, 4) === today().slice(0, 4) ? {} : { year: "numeric" };
  return plain(dates({ ...options, ...year }).format(noonOf(text)));
}

/** "2026-11-24" → "Tuesday". */
export const weekday = (text, length = "long") => dates({ weekday: length, timeZone: "UTC" }).format(noonOf(text));

/** Two days, both included → "18–24 Nov"; one day as `day`. */
export function period(from, to) {
  if (from === to) return day(from);
  const year = from.slice(0, 4) === to.slice(0, 4) && to.slice(0, 4) === today().slice(0, 4) ? {} : { year: "numeric" };
  const options = { day: "numeric", month: "short", timeZone: "UTC", ...year };
  return dates(options).formatRange(noonOf(from), noonOf(to)).replace(/[\u2009\u202f\u00a0]/g, " ");
}

const moment = (time) => (typeof time === "number" ? time : Date.parse(time));

/** RFC 3339 or ms → "14:31"; `seconds`: "14:31:40". */
export function time(when, { seconds = false } = {}) {
  const options = { hour: "2-digit", minute: "2-digit", timeZone: zone, ...(seconds ? { second: "2-digit" } : {}) };
  return plain(dates(options).format(moment(when)));
}

/** Minutes since the day began, 0 to 1440 → "14:31"; the end of the day is "24:00" where hours are counted to 24. */
export function clock(minute) {
  const format = dates({ hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
  const isEnd = minute === 24 * 60 && /^h2/.test(format.resolvedOptions().hourCycle);
  return isEnd ? "24:00" : plain(format.format(minute * 60_000));
}

/** RFC 3339 or ms → "24 Nov, 14:31". */
export function dayTime(when, options = {}) {
  return `${day(dayOf(when), { weekday: false })}, ${time(when, options)}`;
}

/** For a `title`: the time with its zone where the reader's own is another. */
export function timeTitle(when) {
  const full = { dateStyle: "medium", timeStyle: "medium", timeZone: zone };
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return dates(full).format(moment(when)) + (own === zone ? "" : ` (${zone})`);
}

/** The day of the account's zone that a moment belongs to, "2026-11-24". */
export function dayOf(when) {
  const key = `day of ${zone}`;
  if (!made.has(key)) {
    made.set(key, new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: zone }));
  }
  return made.get(key).format(moment(when));
}

/** The account's day now, by this machine's clock. */
export const today = () => dayOf(Date.now());

/** The hour of day in the account's zone, with its fraction: 14.53. */
export function hourOf(when) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: zone,
  }).formatToParts(moment(when)).map(({ type, value }) => [type, Number(value)]));
  return parts.hour + parts.minute / 60 + parts.second / 3_600;
}

/** ms → its two greatest units: "2h 18m", "1d 4h", "18m", "40s", "0s". */
export function span(ms) {
  const seconds = Math.floor(Math.abs(ms) / 1_000);
  const units = [["d", Math.floor(seconds / 86_400)], ["h", Math.floor(seconds / 3_600) % 24],
    ["m", Math.floor(seconds / 60) % 60], ["s", seconds % 60]];
  const first = units.findIndex(([, number]) => number > 0);
  if (first < 0) return "0s";
  return units.slice(first, first + 2).filter(([, number]) => number > 0).map(([unit, number]) => number + unit).join(" ");
}

const plain = (text) => text.replace(/\u202f/g, " ");

// Money as the API gives it, decimal strings, and as it is reckoned with: BigInt in the currency's minor units.

const decimals = new Map();

/** How many decimals a currency has: JPY 0, EUR 2, KWD 3. */
export function decimalsOf(currency) {
  if (!decimals.has(currency)) {
    const format = new Intl.NumberFormat("en", { style: "currency", currency });
    decimals.set(currency, format.resolvedOptions().maximumFractionDigits);
  }
  return decimals.get(currency);
}

/** "19005.64", "EUR" → 1900564n. Throws on what is no amount of that currency. */
export function toMinor(text, currency) {
  const found = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  const count = decimalsOf(currency);
  const fraction = found?.[3] ?? "";
  if (!found || /[1-9]/.test(fraction.slice(count))) throw new RangeError(`${text} is no amount in ${currency}`);
  const minor = BigInt(found[2] + fraction.slice(0, count).padEnd(count, "0"));
  return found[1] ? -minor : minor;
}

/** 1900564n, "EUR" → "19005.64". */
export function fromMinor(minor, currency) {
  const count = decimalsOf(currency);
  const digits = String(minor < 0n ? -minor : minor).padStart(count + 1, "0");
  const whole = digits.slice(0, digits.length - count);
  return (minor < 0n ? "-" : "") + whole + (count ? `.${digits.slice(-count)}` : "");
}

/** The sum of amounts, as text. */
export function sum(texts, currency) {
  return fromMinor(texts.reduce((total, text) => total + toMinor(text, currency), 0n), currency);
}

/** a − b, as text. */
export function minus(a, b, currency) {
  return fromMinor(toMinor(a, currency) - toMinor(b, currency), currency);
}

/** revenue / purchases, rounded half up to the currency's decimals; null without a purchase (contract §4). */
export function average(revenue, purchases, currency) {
  if (!purchases) return null;
  const count = BigInt(purchases);
  return fromMinor((2n * toMinor(revenue, currency) + count) / (2n * count), currency);
}

/** a / b as a number, for bars and percentages; null where b is 0. */
export function ratio(a, b) {
  const [from, to] = scaled(a, b);
  return to === 0n ? null : Number((from * 1_000_000n) / to) / 1_000_000;
}

/** < 0, 0, > 0 as amounts of any currency compare: by value. */
export function compare(a, b) {
  const [left, right] = scaled(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Whether an amount is none. */
export const isZero = (text) => !/[1-9]/.test(text);

function scaled(a, b) {
  const count = Math.max(fractionOf(a), fractionOf(b));
  return [a, b].map((text) => {
    const [whole, fraction = ""] = text.split(".");
    return BigInt(whole + fraction.padEnd(count, "0"));
  });
}

const fractionOf = (text) => (text.includes(".") ? text.length - text.indexOf(".") - 1 : 0);

// What the page says of an account's settings, and of what a change of them would do.

import { channel as channelOf } from "./channels.js";
import { splitWindow } from "./settings_changes.js";

export const EVENT_LABELS = { sent: "Sent", delivered: "Delivered", opened: "Opened", clicked: "Clicked" };
const UNITS = { m: ["minute", "minutes"], h: ["hour", "hours"], d: ["day", "days"], w: ["week", "weeks"] };
const LABELS = {
  show_sales: "Show sales in report",
  associate_with_last_message: "Associate with last received message",
  excluded_tags: "Excluded tags",
  ignore_automated: "Machines",
  currency: "Currency of reports",
  time_zone: "Time zone",
};

const WELL_WRITTEN = /^[0-9]{1,9}[mhdw]$/;

/** "24h" → "24 hours"; what is no window yet stands for itself. */
export function windowWords(window) {
  const { count, unit } = splitWindow(window);
  return WELL_WRITTEN.test(window) ? `${Number(count)} ${unitLabel(unit, count)}` : "…";
}

/** "hours"; "hour" for one. */
export function unitLabel(unit, count) {
  return UNITS[unit][Number(count) === 1 ? 0 : 1];
}

/** What a field is called in a list of changes: "Email", "Excluded tags". */
export function fieldLabel({ field, channel }) {
  return field === "channels" ? channelOf(channel).label : (LABELS[field] ?? field);
}

/**
 * Both sides of a difference in words that say no more than what differs: ["24 hours", "3 days"].
 * values: the same field of any number of settings; of a channel {event, window} or null.
 */
export function valueWords({ field }, ...values) {
  if (field !== "channels") return values.map((value) => plainWords(field, value));
  const rules = values.filter(Boolean);
  const sameEvent = rules.length === values.length && new Set(rules.map((rule) => rule.event)).size === 1;
  const sameWindow = rules.length === values.length && new Set(rules.map((rule) => rule.window)).size === 1;
  return values.map((rule) => {
    if (!rule) return "earns nothing";
    if (sameEvent) return windowWords(rule.window);
    return sameWindow ? EVENT_LABELS[rule.event].toLowerCase() : `${EVENT_LABELS[rule.event].toLowerCase()} within ${windowWords(rule.window)}`;
  });
}

/** "Email 24 hours → 3 days, SMS 2 days → 1 day". */
export function changesWords(changes) {
  return changes.map((change) => `${fieldLabel(change)} ${valueWords(change, change.was, change.is).join(" → ")}`).join(", ");
}

/** "2 changes". */
export function changesCount(changes) {
  return changes.length === 1 ? "1 change" : `${changes.length} changes`;
}

function plainWords(field, value) {
  if (Array.isArray(value)) return value.length ? value.join(", ") : "none";
  if (field === "ignore_automated") return value ? "ignored" : "count";
  if (typeof value === "boolean") return value ? "on" : "off";
  return value;
}

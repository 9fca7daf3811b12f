// What two settings of an account differ in, and a change put on top of another's: pure, without a document.

const PLAIN = ["show_sales", "associate_with_last_message"];
const REST = ["excluded_tags", "ignore_automated", "currency", "time_zone"];

/**
 * One entry a difference, in the order of the form: {field, channel?, was, is}.
 * field: a setting, or "channels" with the channel, where `was` or `is` is null for a channel that is not there, else
 * {event, window}.
 */
export function changesOf(before, after) {
  return [...differing(PLAIN, before, after), ...channelChanges(before, after), ...differing(REST, before, after)];
}

/** `base` with these changes on top of it; a new object. */
export function withChanges(base, changes) {
  const settings = { ...base, channels: { ...base.channels } };
  for (const { field, channel, is } of changes) {
    if (field !== "channels") settings[field] = is;
    else if (is === null) delete settings.channels[channel];
    else settings.channels[channel] = is;
  }
  return settings;
}

/** Where two changes of the same settings differ: one entry a field that either changed, {field, channel?, was, theirs, mine}. */
export function conflictOf(was, theirs, mine) {
  const both = [...changesOf(was, theirs), ...changesOf(was, mine)];
  const value = (settings, { field, channel }) => (field === "channels" ? (settings.channels[channel] ?? null) : settings[field]);
  const keyOf = ({ field, channel }) => `${order(field)} ${channel ?? ""}`;
  return [...new Map(both.map((change) => [keyOf(change), change])).entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, change]) => ({
      field: change.field,
      channel: change.channel,
      was: value(was, change),
      theirs: value(theirs, change),
      mine: value(mine, change),
    }));
}

/** "24h" → {count: "24", unit: "h"}. */
export function splitWindow(window) {
  return { count: window.slice(0, -1), unit: window.slice(-1) };
}

/** Equal values of a setting; tags in any order. */
export function isSame(one, other) {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

function order(field) {
  return [...PLAIN, "channels", ...REST].indexOf(field);
}

function channelChanges(before, after) {
  const names = new Set([...Object.keys(before.channels), ...Object.keys(after.channels)]);
  return [...names]
    .map((channel) => ({ field: "channels", channel, was: before.channels[channel] ?? null, is: after.channels[channel] ?? null }))
    .filter(({ was, is }) => !isSame(was, is));
}

function differing(fields, before, after) {
  return fields.filter((field) => !isSame(before[field], after[field])).map((field) => ({ field, was: before[field], is: after[field] }));
}

function plain(value) {
  if (Array.isArray(value)) return [...value].sort();
  if (value && typeof value === "object") return { event: value.event, window: value.window };
  return value;
}

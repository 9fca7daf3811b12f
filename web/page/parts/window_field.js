// What makes a sale on one channel: the event, and the time within which an order has to follow it.

import { channel as channelOf } from "../channels.js";
import { h, icon, setText } from "../dom.js";
import { splitWindow } from "../settings_changes.js";
import { EVENT_LABELS, unitLabel } from "../settings_words.js";

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const WINDOW_MOST_MS = 90 * UNIT_MS.d;

/** What is wrong with a window as it is written, for the person who wrote it; null: nothing. */
export function windowError(window) {
  const { count, unit } = splitWindow(window);
  if (!/^[0-9]{1,9}$/.test(count) || Number(count) === 0) return "Write a whole number, 1 or more.";
  return Number(count) * UNIT_MS[unit] > WINDOW_MOST_MS ? "Touches are kept for 90 days: 90 days or less." : null;
}

/**
 * props: {channel, rule: {event, window}, was: the saved rule or null for a channel that is added, wasWords, changed, error,
 * disabled, onChange(rule), onBlur(), onRemove(), onRestore()}.
 */
export function windowField(props) {
  const known = channelOf(props.channel);
  const id = `window-${props.channel}`;
  let current = props;
  const changed = () => current.onChange({ event: event.value, window: `${count.value.trim()}${unit.value}` });
  const event = h("select", { class: "field", id: `${id}-event`, "aria-label": `${known.label}: event`, on: { change: changed } }, Object.entries(EVENT_LABELS).map(([value, label]) => h("option", { value }, label)));
  const count = h("input", { class: "field window_field-count", inputmode: "numeric", autocomplete: "off", maxlength: "9", "aria-label": `${known.label}: how many`, "aria-describedby": `${id}-error`, on: { input: changed, blur: () => current.onBlur() } });
  const units = Object.fromEntries(Object.keys(UNIT_MS).map((value) => [value, h("option", { value })]));
  const unit = h("select", { class: "field window_field-unit", "aria-label": `${known.label}: unit of time`, on: { change: changed } }, Object.values(units));
  const was = h("button", { type: "button", class: "restore", on: { click: () => current.onRestore() } });
  const remove = h("button", { type: "button", class: "button plain icon-only window_field-remove", "aria-label": `Remove ${known.label}`, on: { click: () => current.onRemove() } }, icon("close"));
  const error = h("p", { class: "field-error", id: `${id}-error` });
  const element = h(
    "div",
    { class: "window_field", role: "group", "aria-label": known.label, data: { channel: props.channel } },
    h("span", { class: "window_field-name", title: known.label }, known.glyph(), h("span", { class: "window_field-label" }, known.label)),
    event,
    h("span", { class: "window_field-within" }, "within"),
    h("span", { class: "window_field-span" }, count, unit),
    h("span", { class: "window_field-end" }, was, remove),
    error,
  );

  function update(next) {
    current = next;
    const { count: number, unit: letter } = splitWindow(next.rule.window);
    event.value = next.rule.event;
    if (count.value.trim() !== number) count.value = number;
    unit.value = letter;
    for (const [value, option] of Object.entries(units)) setText(option, unitLabel(value, number));
    for (const control of [event, count, unit]) control.disabled = Boolean(next.disabled);
    was.hidden = !next.changed;
    setText(was, next.was ? `was ${next.wasWords}` : "new");
    was.setAttribute("aria-label", next.was ? `${known.label} was ${next.wasWords}: restore` : `Take ${known.label} out again`);
    remove.hidden = Boolean(next.disabled);
    element.classList.toggle("is-changed", Boolean(next.changed));
    setText(error, next.error ?? "");
    error.hidden = !next.error;
    count.setAttribute("aria-invalid", next.error ? "true" : "false");
  }
  update(props);
  return { element, update, focus: () => count.focus() };
}

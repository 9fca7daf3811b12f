// The settings of an account as fields. It holds nothing: what is written comes back through `onChange`, whole.

import { NAMES as KNOWN_CHANNELS, inOrder } from "../channels.js";
import { CURRENCIES, currencyLabel } from "../currencies.js";
import { h, setText } from "../dom.js";
import { changesOf } from "../settings_changes.js";
import { valueWords } from "../settings_words.js";
import { channelAdder } from "./channel_adder.js";
import { switchField } from "./switch_field.js";
import { tagField } from "./tag_field.js";
import { windowField } from "./window_field.js";

const NEW_RULE = { event: "clicked", window: "24h" };

/**
 * props: {base: the settings in force, draft: as they are written, tagsSeen, disabled, errors: {field: words} with "channels.sms"
 * for a channel, onChange(draft), onBlur(field)}.
 */
export function settingsForm(props) {
  let current = props;
  const rows = new Map();
  const set = (field, value) => current.onChange({ ...current.draft, [field]: value });
  const switches = {
    show_sales: ["Show sales in report", "Off: no order is credited to a campaign."],
    associate_with_last_message: ["Associate with last received message", "Off: orders are counted, but no channel gets the credit."],
    ignore_automated: ["Ignore openings and clicks by machines", "Mail privacy proxies and link scanners. They then connect to no sale."],
  };
  const toggles = Object.fromEntries(
    Object.entries(switches).map(([field, [label, note]]) => [field, switchField({ id: field, label, note, checked: true, onChange: (on) => set(field, on) })]),
  );
  const list = h("div", { class: "settings_form-channels" });
  const none = h("p", { class: "settings_form-none" }, "No channel earns anything.");
  const adder = channelAdder({ known: KNOWN_CHANNELS, used: [], onAdd: added });
  const tags = tagField({ id: "excluded-tags", label: "Messages that earn nothing", tags: [], seen: [], onChange: (value) => set("excluded_tags", value), onRestore: () => set("excluded_tags", current.base.excluded_tags) });
  const currency = choice("currency", "Currency of reports", CURRENCIES, currencyLabel);
  const zone = choice("time_zone", "Time zone", zones(), (name) => name);
  const element = h(
    "form",
    { class: "settings_form", autocomplete: "off", on: { submit: (event) => event.preventDefault() } },
    h("div", { class: "settings_form-switches" }, toggles.show_sales.element, toggles.associate_with_last_message.element),
    h("h2", { id: "what-makes-a-sale" }, "What makes a sale"),
    h("p", { class: "settings_form-note" }, "An order belongs to the last message with this event within this time before it."),
    list,
    none,
    adder.element,
    h("h2", {}, h("label", { for: "excluded-tags" }, "Messages that earn nothing")),
    tags.element,
    h("div", { class: "settings_form-switches" }, toggles.ignore_automated.element),
    h("div", { class: "settings_form-pair" }, currency.element, zone.element),
  );

  function choice(field, label, values, labelOf) {
    const select = h("select", { class: "field", id: field, on: { change: () => set(field, select.value) } }, values.map((value) => h("option", { value }, labelOf(value))));
    const was = h("button", { type: "button", class: "restore", on: { click: () => set(field, current.base[field]) } });
    const error = h("p", { class: "field-error" });
    const box = h("div", { class: "settings_form-choice" }, h("label", { for: field }, label), select, was, error);
    return {
      element: box,
      update(changed) {
        const value = current.draft[field];
        if (![...select.options].some((option) => option.value === value)) select.append(h("option", { value }, labelOf(value)));
        select.value = value;
        select.disabled = Boolean(current.disabled);
        was.hidden = !changed;
        setText(was, `was ${current.base[field]}`);
        setText(error, current.errors[field] ?? "");
        error.hidden = !current.errors[field];
        box.classList.toggle("is-changed", changed);
      },
    };
  }

  function setRule(channel, rule) {
    const channels = { ...current.draft.channels };
    if (rule) channels[channel] = rule;
    else delete channels[channel];
    set("channels", channels);
  }

  function added(channel) {
    setRule(channel, current.base.channels[channel] ?? NEW_RULE);
    rows.get(channel)?.focus();
  }

  function removed(channel) {
    setRule(channel, null);
    adder.element.querySelector("button").focus();
  }

  function update(next) {
    current = next;
    const changes = changesOf(next.base, next.draft);
    const changed = (field) => changes.some((change) => change.field === field);
    for (const [field, toggle] of Object.entries(toggles)) toggle.update({ checked: next.draft[field], changed: changed(field), disabled: next.disabled });
    const names = Object.keys(next.draft.channels).sort(inOrder);
    for (const name of [...rows.keys()].filter((one) => !names.includes(one))) {
      rows.get(name).element.remove();
      rows.delete(name);
    }
    names.forEach((name, place) => row(name, changes, place));
    none.hidden = names.length > 0;
    adder.update({ known: KNOWN_CHANNELS, used: names, disabled: next.disabled, onAdd: added });
    tags.update({ ...tagsProps(), changed: changed("excluded_tags") });
    currency.update(changed("currency"));
    zone.update(changed("time_zone"));
  }

  function row(name, changes, place) {
    const change = changes.find((one) => one.channel === name);
    const shown = {
      channel: name,
      rule: current.draft.channels[name],
      was: current.base.channels[name] ?? null,
      wasWords: change?.was ? wasWords(change) : "",
      changed: Boolean(change),
      error: current.errors[`channels.${name}`],
      disabled: current.disabled,
      onChange: (rule) => setRule(name, rule),
      onBlur: () => current.onBlur(`channels.${name}`),
      onRemove: () => removed(name),
      onRestore: () => setRule(name, current.base.channels[name] ?? null),
    };
    if (rows.has(name)) rows.get(name).update(shown);
    else rows.set(name, windowField(shown));
    const { element: field } = rows.get(name);
    if (list.children[place] !== field) list.insertBefore(field, list.children[place] ?? null);
  }

  function tagsProps() {
    const { draft, base, tagsSeen, disabled } = current;
    const wasWords = valueWords({ field: "excluded_tags" }, base.excluded_tags)[0];
    return { tags: draft.excluded_tags, seen: tagsSeen, disabled, wasWords, onChange: (value) => set("excluded_tags", value), onRestore: () => set("excluded_tags", base.excluded_tags) };
  }

  update(props);
  return { element, update };
}

function wasWords({ was, is }) {
  if (is && was.event === is.event) return was.window;
  return is && was.window === is.window ? was.event : `${was.event} ${was.window}`;
}

function zones() {
  const known = new Set([...Intl.supportedValuesOf("timeZone"), "UTC"]);
  return [...known].sort();
}

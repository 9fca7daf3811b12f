// Tags as chips, with a field that adds one and those that messages have had as suggestions.

import { h, icon } from "../dom.js";

const SUGGESTED = 6;
const TAG_MOST = 256; // characters

/** props: {id, label, tags, seen: latest first, disabled, changed, wasWords, onChange(tags), onRestore()}. */
export function tagField(props) {
  let current = props;
  const chips = h("ul", { class: "tag_field-chips", "aria-label": props.label });
  const input = h("input", {
    class: "tag_field-input",
    id: props.id,
    placeholder: "Add a tag",
    "aria-label": "Add a tag",
    maxlength: String(TAG_MOST),
    autocomplete: "off",
    list: `${props.id}-seen`,
    on: { keydown: pressed, change: added, blur: added },
  });
  const list = h("datalist", { id: `${props.id}-seen` });
  const suggestions = h("p", { class: "tag_field-seen" });
  const was = h("button", { type: "button", class: "restore", on: { click: () => current.onRestore() } });
  const box = h("div", { class: "tag_field-box", on: { click: (event) => event.target === box && input.focus() } }, chips, input);
  const element = h("div", { class: "tag_field" }, box, list, h("div", { class: "tag_field-under" }, suggestions, was));

  function pressed(event) {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      added();
    } else if (event.key === "Backspace" && input.value === "" && current.tags.length) {
      current.onChange(current.tags.slice(0, -1));
    }
  }

  function added() {
    const tag = input.value.trim();
    input.value = "";
    if (tag) add(tag);
  }

  function add(tag) {
    if (!current.tags.includes(tag)) current.onChange([...current.tags, tag]);
  }

  function remove(tag) {
    current.onChange(current.tags.filter((one) => one !== tag));
    input.focus();
  }

  function update(next) {
    current = next;
    const unused = next.seen.filter((tag) => !next.tags.includes(tag));
    chips.replaceChildren(...next.tags.map((tag) => chip(tag, next.disabled)));
    list.replaceChildren(...unused.map((tag) => h("option", { value: tag })));
    const offered = next.disabled ? [] : unused.slice(0, SUGGESTED);
    suggestions.hidden = offered.length === 0;
    suggestions.replaceChildren("Seen in messages: ", ...offered.map((tag) => h("button", { type: "button", class: "link", title: tag, on: { click: () => add(tag) } }, tag)));
    was.hidden = !next.changed;
    was.replaceChildren(`was ${next.wasWords}`);
    input.hidden = Boolean(next.disabled);
    box.classList.toggle("is-changed", Boolean(next.changed));
    box.classList.toggle("is-disabled", Boolean(next.disabled));
  }

  function chip(tag, disabled) {
    const button = disabled ? null : h("button", { type: "button", class: "tag_field-remove", "aria-label": `Remove ${tag}`, on: { click: () => remove(tag) } }, icon("close"));
    return h("li", { class: "tag_field-chip" }, h("span", { class: "tag_field-name", title: tag }, tag), button);
  }

  update(props);
  return { element, update };
}

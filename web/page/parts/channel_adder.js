// Adds a channel to those that make a sale: one that is known, or any other by its name.

import { channel as channelOf } from "../channels.js";
import { h, icon } from "../dom.js";

const NAME = /^[a-z0-9_-]{1,32}$/;

/** props: {known: names to offer, used: names that are there, onAdd(name)}. */
export function channelAdder(props) {
  let current = props;
  const list = h("datalist", { id: "channel-adder-known" });
  const input = h("input", { class: "field", id: "channel-adder-name", list: list.id, maxlength: "32", autocomplete: "off", autocapitalize: "none", spellcheck: "false", "aria-describedby": "channel-adder-error", on: { keydown: pressed } });
  const error = h("p", { class: "field-error", id: "channel-adder-error", role: "alert" });
  const add = h("button", { type: "button", class: "button", on: { click: added } }, "Add");
  const cancel = h("button", { type: "button", class: "button plain", on: { click: () => open(false) } }, "Cancel");
  const form = h("div", { class: "channel_adder-form" }, h("label", { class: "channel_adder-label", for: input.id }, "Channel"), input, add, cancel, error, list);
  const opener = h("button", { type: "button", class: "button plain channel_adder-open", on: { click: () => open(true) } }, icon("plus"), "Add a channel");
  const element = h("div", { class: "channel_adder" }, opener, form);

  function open(isOpen) {
    form.hidden = !isOpen;
    opener.hidden = isOpen;
    input.value = "";
    error.replaceChildren();
    (isOpen ? input : opener).focus();
  }

  function pressed(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      added();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      open(false);
    }
  }

  function added() {
    const written = input.value.trim().toLowerCase();
    const name = current.known.find((one) => channelOf(one).label.toLowerCase() === written) ?? written;
    const wrong = wrongName(name);
    error.replaceChildren(wrong ?? "");
    if (wrong) return input.focus();
    form.hidden = true;
    opener.hidden = false;
    current.onAdd(name);
  }

  function wrongName(name) {
    if (!NAME.test(name)) return "A channel’s name is 1–32 of a–z, 0–9, _ and -.";
    return current.used.includes(name) ? `${channelOf(name).label} is there already.` : null;
  }

  function update(next) {
    current = next;
    element.hidden = Boolean(next.disabled);
    list.replaceChildren(...next.known.filter((name) => !next.used.includes(name)).map((name) => h("option", { value: channelOf(name).label })));
  }
  form.hidden = true;
  update(props);
  return { element, update };
}

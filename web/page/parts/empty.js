// Where nothing is: why, and the way out.

import { h } from "../dom.js";

/** text: a sentence; action: `{label, onClick}` or null. */
export function empty({ text, action = null }) {
  return { element: h("p", { class: "empty" }, text, " ",
    action && h("button", { class: "link", type: "button", on: { click: action.onClick } }, action.label)) };
}

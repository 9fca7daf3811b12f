// The list of keys, as `?` shows it, and the switch that turns single letters off.

import { h } from "../dom.js";
import { KEYS } from "../words.js";
import { drawer } from "./drawer.js";

/** areOn: whether single letters do something; onSwitch(areOn). */
export function keysList({ areOn, onSwitch }) {
  const keys = KEYS.map(([key, what]) => [
    h("dt", {}, key.split(" ").map((one) => [h("kbd", {}, one), " "])), h("dd", {}, what),
  ]);
  const box = h("input", { type: "checkbox", checked: areOn, on: { change: (event) => onSwitch(event.target.checked) } });
  return drawer({ kind: "dialog", title: "Keyboard shortcuts",
    body: [h("dl", { class: "keys" }, keys), h("label", { class: "keys-choice" }, box, "Single letters are shortcuts")] });
}

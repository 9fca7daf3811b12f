// One thing to connect: its number, which becomes a tick, what to do, and how far it is.

import { h, icon, replace, setText } from "../dom.js";

/** number; title; text: a sentence; state: at the right; body: a node; done. */
export function connectStep({ number, title, body, ...first }) {
  const sign = h("span", { class: "connect_step-sign" });
  const text = h("p", { class: "connect_step-text" });
  const state = h("span", { class: "connect_step-state" });
  const element = h("li", { class: "connect_step" }, sign,
    h("div", { class: "connect_step-head" }, h("h2", {}, title), state), text, h("div", { class: "connect_step-body" }, body));
  let shown = { done: false, text: "", state: "" };
  function update(more) {
    shown = { ...shown, ...more };
    element.dataset.done = shown.done;
    replace(sign, shown.done ? icon("check", "Done") : number);
    setText(text, shown.text);
    setText(state, shown.state);
  }
  update(first);
  return { element, update };
}

/** One line to copy. */
export function snippet({ text, onCopied }) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    onCopied();
  };
  return h("div", { class: "connect_step-snippet" }, h("code", { class: "name" }, text),
    navigator.clipboard && h("button", { class: "link", type: "button", on: { click: copy } }, "Copy"));
}

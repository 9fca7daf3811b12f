// What was done, told for six seconds at the lower edge; never an error.

import { h, icon, replace } from "../dom.js";

const SHOWN_MS = 6_000;

export function toast() {
  let timer = 0;
  const text = h("span", { class: "toast-text" });
  const hide = () => {
    clearTimeout(timer);
    if (element.matches(":popover-open")) element.hidePopover();
  };
  const element = h("div", { class: "toast", popover: "manual" },
    text, h("button", { class: "toast-close", type: "button", on: { click: hide } }, icon("close", "Close")));
  return {
    element,
    /** Show it in the place of the one before. */
    show(said) {
      hide();
      replace(text, said);
      element.showPopover();
      timer = setTimeout(hide, SHOWN_MS);
    },
    /** Hide it. Returns whether it was there. */
    hide() {
      const shown = element.matches(":popover-open");
      hide();
      return shown;
    },
  };
}

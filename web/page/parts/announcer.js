// What screen readers are told in passing: one polite region for the whole page.

import { h } from "../dom.js";

export function announcer() {
  const element = h("div", { class: "unseen", role: "status", "aria-live": "polite" });
  return {
    element,
    /** Say it; said twice, it is heard twice. */
    say(text) {
      element.textContent = element.textContent === text ? `${text}\u00a0` : text;
    },
  };
}

// Moments in a chart of days at which something changed: a dashed line, and what it was.

import { h } from "../dom.js";

const LABEL_PX = 16;

/** `{element, update(marks), place(plot)}`; a mark: `{at: day and its fraction from the first, label}`. */
export function dayMarks() {
  const element = h("div", { class: "day_marks" });
  let shown = [];

  return {
    element,
    update(marks) {
      shown = marks.map(({ at, label }) => ({ at, node: h("p", { class: "day_marks-mark" }, h("span", {}, label)) }));
      element.replaceChildren(...shown.map(({ node }) => node));
    },
    place({ over, valToPos }) {
      const { offsetLeft, offsetTop, clientWidth, clientHeight } = over;
      for (const { at, node } of shown) {
        // A column is centred on its number: its day begins half a step before it.
        const left = offsetLeft + valToPos(at - 0.5, "x");
        const label = node.firstChild;
        const most = offsetLeft + clientWidth - label.offsetWidth;
        node.style.setProperty("left", `${left}px`);
        node.style.setProperty("top", `${offsetTop - LABEL_PX}px`);
        node.style.setProperty("height", `${clientHeight + LABEL_PX}px`);
        label.style.setProperty("left", `${Math.max(0, Math.min(left, most)) - left}px`);
      }
    },
  };
}

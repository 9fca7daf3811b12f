// Moments in a chart of days at which something changed: a dashed line, and what it was.

import { h } from "../dom.js";

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
    place(plot) {
      for (const { at, node } of shown) {
        // A column is centred on its number: its day begins half a step before it.
        const left = plot.over.offsetLeft + plot.valToPos(at - 0.5, "x");
        node.style.setProperty("left", `${left}px`);
        node.style.setProperty("top", `${plot.over.offsetTop - 8}px`);
        node.style.setProperty("height", `${plot.over.offsetHeight + 8}px`);
        node.classList.toggle("is-late", left > plot.over.offsetLeft + plot.over.clientWidth / 2);
      }
    },
  };
}

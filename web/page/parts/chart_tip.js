// What a chart says of one of its columns: beside the column, never over it.

import { h } from "../dom.js";

const GAP = 10;

/**
 * `{element, show({title, rows, sums}, column, room), hide()}`. A row: `{glyph, label, value}`; a sum has no glyph.
 * `column`: `{left, right}`, `room`: `{width, height}` of what the tip is placed in, in CSS px.
 */
export function chartTip() {
  const element = h("div", { class: "chart_tip", hidden: true, "aria-hidden": "true" });

  function place(column, room) {
    const { offsetWidth: width, offsetHeight: height } = element;
    const fitsLeft = column.left - GAP - width >= 0;
    const beside = fitsLeft ? column.left - GAP - width : column.right + GAP;
    const left = Math.max(0, Math.min(beside, room.width - width));
    element.style.setProperty("left", `${left}px`);
    element.style.setProperty("top", `${Math.max(0, (room.height - height) / 2)}px`);
  }

  return {
    element,
    show(content, column, room) {
      element.replaceChildren(
        h("p", { class: "chart_tip-title" }, content.title),
        ...content.rows.map((row) => line(row, "chart_tip-row")),
        ...(content.sums ?? []).map((row) => line(row, "chart_tip-sum")),
      );
      element.hidden = false;
      place(column, room);
    },
    hide() {
      element.hidden = true;
    },
  };
}

function line({ glyph, label, value, quiet }, name) {
  const of = quiet ? `${name} is-quiet` : name;
  return h("p", { class: of }, glyph, h("span", { class: "chart_tip-label" }, label), h("span", {}, value));
}

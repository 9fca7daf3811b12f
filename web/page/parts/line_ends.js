// The names of a chart's lines where they end, and of the one that is still growing at its dot.

import { h, setText } from "../dom.js";

const LABEL_PX = 32;
const GAP_PX = 8;
const ROOM_LEFT_PX = 64;

/** `names`: of the lines that are over. `element` lies over the canvas. */
export function lineEnds(names) {
  const labels = names.map((name) => h("p", { class: "line_ends-end" }, name, h("span", {})));
  const growing = h("p", { class: "line_ends-growing" }, "Today");
  const element = h("div", { class: "line_ends" }, labels, growing);

  return {
    element,
    /** `ends[i]`: `{y, text}` of the line of `names[i]`, or null while it is not known; `now`: `{x, y}`; px of the plot. */
    place(plot, ends, now) {
      const { offsetLeft: left, offsetTop: top, clientWidth: width, clientHeight: height } = plot.over;
      const known = labels.map((label, index) => ({ label, ...ends[index] })).filter(({ label, text }) => {
        label.hidden = text === undefined;
        return !label.hidden;
      });
      known.sort((a, b) => a.y - b.y);
      let free = -LABEL_PX;
      for (const one of known) {
        one.top = Math.max(free, one.y - LABEL_PX / 2);
        free = one.top + LABEL_PX;
      }
      const tooLow = Math.max(0, free - height - LABEL_PX / 2);
      for (const { label, text, top: from } of known) {
        setText(label.lastChild, text);
        moveTo(label, left + width + GAP_PX, top + from - tooLow);
      }
      moveTo(growing, left + now.x, top + now.y);
      growing.classList.toggle("is-right", now.x < ROOM_LEFT_PX);
    },
  };
}

/** By a transform, which lays nothing out anew as the line grows. */
function moveTo(node, x, y) {
  node.style.setProperty("--x", `${x}px`);
  node.style.setProperty("--y", `${y}px`);
}

/** The same names in a row, with a piece of each line: where there is no room at their ends. */
export function lineNames(names) {
  const kinds = ["today", "yesterday", "week"];
  return h(
    "p",
    { class: "line_names", "aria-hidden": "true" },
    ["Today", ...names].map((name, index) => h("span", { class: `line_names-${kinds[index]}` }, name)),
  );
}

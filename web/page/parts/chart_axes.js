// The axes that all charts have: a few hairlines, quiet labels, nothing else.

import { h } from "../dom.js";
import { axisMoney } from "../format.js";
import { computed } from "./chart_colors.js";

const FONT_PX = 12;
const LABEL_GAP = 8;
const FINE = 8;
const X_AXIS_PX = 30;
/** From the plot down to its labels. */
export const X_LABEL_GAP_PX = 8;

/** The colours and the font of axes in `node`, by the theme in force. */
export function axisInk(node) {
  return {
    line: computed(node, "var(--line)"),
    text: computed(node, "var(--text-2)"),
    strong: computed(node, "var(--text)"),
    font: `${FONT_PX}px ${getComputedStyle(node).fontFamily}`,
  };
}

const measured = h("canvas", { class: "unseen", "aria-hidden": "true" });

/**
 * The width in CSS px of the widest of some labels, on any screen: where a pixel of CSS is one of the screen, glyphs are
 * put on whole ones, elsewhere not. Measured within the page: only there a canvas has the page's numerals.
 */
export function widest(labels, font) {
  if (!measured.isConnected) document.body.append(measured);
  const context = measured.getContext("2d");
  const width = (scale) => {
    context.font = font.replace(/^[0-9.]+/, (size) => Number(size) * scale);
    return Math.max(0, ...labels.map((label) => context.measureText(label).width)) / scale;
  };
  return Math.ceil(Math.max(width(1), width(FINE)));
}

/** The axis of amounts: its longest label begins at the figure's left edge. `axis()`: `{top, ticks}`. */
export function moneyAxis(axis, currency, ink) {
  const labels = () => axis().ticks.map((tick) => axisMoney(tick, currency));
  return {
    scale: "y",
    side: 3,
    size: () => widest(labels(), ink.font) + LABEL_GAP,
    gap: LABEL_GAP,
    font: ink.font,
    stroke: ink.text,
    ticks: { show: false },
    grid: { stroke: ink.line, width: 1 },
    splits: () => axis().ticks,
    values: labels,
  };
}

/** The axis of days or hours. `splits`: the positions with a label, `values` their labels. */
export function timeAxis(splits, values, ink) {
  return {
    scale: "x",
    side: 2,
    size: X_AXIS_PX,
    gap: X_LABEL_GAP_PX,
    font: ink.font,
    stroke: ink.text,
    ticks: { show: false },
    grid: { show: false },
    splits,
    values,
  };
}

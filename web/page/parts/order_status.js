// The status of an order: a glyph and its word.

import { h, svg } from "../dom.js";
import { statusLabel } from "../order_words.js";

const RING = { cx: 8, cy: 8, r: 5.6, fill: "none", stroke: "currentColor", "stroke-width": 1.4 };
const DRAWN = {
  INITIALIZED: () => [svg("circle", RING)],
  IN_PROGRESS: () => [svg("circle", RING), svg("path", { d: "M8 2.4a5.6 5.6 0 0 1 0 11.2z", fill: "currentColor" })],
  DELIVERED: () => [
    svg("circle", { cx: 8, cy: 8, r: 6.3, fill: "currentColor" }),
    svg("path", { class: "order_status-check", d: "M5.1 8.2l2 2 3.8-4", fill: "none", "stroke-width": 1.5, "stroke-linecap": "round", "stroke-linejoin": "round" }),
  ],
  CANCELLED: () => [svg("circle", RING), svg("path", { d: "M6 6l4 4M10 6l-4 4", fill: "none", stroke: "currentColor", "stroke-width": 1.4, "stroke-linecap": "round" })],
  ABANDONED_SHOPPING_CART: () => [svg("circle", { ...RING, "stroke-dasharray": "2.2 2.2" })],
};

/** A glyph alone; it says nothing to screen readers. */
export function statusGlyph(status) {
  const drawn = (DRAWN[status] ?? DRAWN.ABANDONED_SHOPPING_CART)();
  const kind = status.toLowerCase().replaceAll("_", "-");
  return svg("svg", { class: `icon order_status-glyph is-${kind}`, width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" }, drawn);
}

/** Glyph and word. */
export function orderStatus(status) {
  return h("span", { class: "order_status" }, statusGlyph(status), statusLabel(status));
}

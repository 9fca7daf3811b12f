// The mark: two touches that do not count, and the last one, which does.

import { h, svg } from "../dom.js";

/** `href`: where it leads; null: nowhere. */
export function mark(href = null) {
  const rings = svg("svg", { class: "mark-rings", viewBox: "0 0 27 12", "aria-hidden": "true" },
    svg("circle", { cx: 3.75, cy: 6, r: 2.6 }), svg("circle", { cx: 11.75, cy: 6, r: 2.6 }),
    svg("circle", { class: "mark-disc", cx: 21.5, cy: 6, r: 5 }));
  return h(href === null ? "span" : "a", { class: "mark", href, "aria-label": href === null ? null : "lasttouch" }, rings, h("span", { class: "mark-word" }, "lasttouch"));
}

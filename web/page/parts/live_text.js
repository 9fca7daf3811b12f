// A number that changes in place: only where it differs, and its ground lights up for a moment, once a second at most.

import { setText } from "../dom.js";

const EVERY_MS = 1_000;
const litAt = new WeakMap();

/** Sets the text of a node; what differs from a text that was there before lights up. */
export function setLive(node, text) {
  if (node.textContent === text) return;
  const isFirst = node.textContent === "";
  setText(node, text);
  if (!isFirst) lightUp(node);
}

/** The node's ground in the soft accent, fading. */
export function lightUp(node) {
  const now = performance.now();
  if (now - (litAt.get(node) ?? -Infinity) < EVERY_MS) return;
  litAt.set(node, now);
  node.addEventListener("animationend", () => node.classList.remove("changed"), { once: true });
  node.classList.remove("changed");
  requestAnimationFrame(() => node.classList.add("changed"));
}

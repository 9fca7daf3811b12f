// Channels: their names, glyphs, colours and order; the same everywhere.

import { icon, svg } from "./dom.js";

const KNOWN = {
  email: "Email",
  sms: "SMS",
  viber: "Viber",
  webpush: "Web push",
  mobilepush: "Mobile push",
  telegram: "Telegram",
  inapp: "In-app",
};
const ORDER = Object.keys(KNOWN);

/** The names of the channels that are known here, in their order. */
export const NAMES = ORDER;
const SPARE_COLOURS = ["--channel-telegram", "--channel-inapp", "--text-2"];
const strangers = [];

/** What no channel earned, beside the channels. */
export const UNATTRIBUTED = "unattributed";

/**
 * `{name, label, glyph() → a new node, color: name of a CSS variable, onColor: that of text on it, order}`.
 * A channel that is not known here has its first two letters in a box, and the next colour that is free.
 */
export function channel(name) {
  if (name === UNATTRIBUTED) {
    return { name, label: "Unattributed", glyph: () => icon("unattributed"), color: "--hatch", onColor: "--text", order: 1_000 };
  }
  if (name in KNOWN) {
    return { name, label: KNOWN[name], glyph: () => tinted(icon(name), name), color: `--channel-${name}`,
      onColor: `--on-${name}`, order: ORDER.indexOf(name) };
  }
  if (!strangers.includes(name)) strangers.push(name);
  const color = SPARE_COLOURS[Math.min(strangers.indexOf(name), SPARE_COLOURS.length - 1)];
  return { name, label: name, glyph: () => letters(name, color), color, onColor: "--bg", order: 100 };
}

/** Compares names of channels in the order of stacks and tables: as listed above, others by name, unattributed last. */
export function inOrder(a, b) {
  return channel(a).order - channel(b).order || (a < b ? -1 : a > b ? 1 : 0);
}

function tinted(node, name) {
  node.classList.add("glyph", `glyph-${name}`);
  return node;
}

function letters(name, color) {
  const box = svg("svg", { class: "icon glyph", width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true", vars: { color: `var(${color})` } },
    svg("rect", { x: 1.5, y: 1.5, width: 13, height: 13, rx: 3, fill: "none", stroke: "currentColor", "stroke-width": 1.4 }),
    svg("text", { x: 8, y: 11, "text-anchor": "middle", "font-size": 7.5, "font-weight": 600, fill: "currentColor" }, name.slice(0, 2)));
  return box;
}

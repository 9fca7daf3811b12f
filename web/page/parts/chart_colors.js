// The page's colours as a canvas takes them, the hatch of what no channel earned, and word of a change of theme.

import { theme } from "../appearance.js";

const HATCH_PITCH = 5;
const EXPECTED_SHARE = 45;

/** A colour that CSS computes (a token, a mix of tokens), by the theme in force. `within`: an element in the page. */
export function computed(within, expression) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.setProperty("color", expression);
  // Where the system forces its colours, channels keep theirs: nothing else tells the parts of a bar apart.
  probe.style.setProperty("forced-color-adjust", "none");
  within.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

/** What is on its way has its channel's colour at 45 %, opaque: it may lie over another bar. */
export function expectedColor(token) {
  return `color-mix(in srgb, var(${token}) ${EXPECTED_SHARE}%, var(--bg))`;
}

/** A `CanvasPattern` of 45° lines over `background`, drawn for the device's pixels. */
export function hatch(context, color, background) {
  const ratio = globalThis.devicePixelRatio || 1;
  const size = Math.round(HATCH_PITCH * Math.SQRT2 * ratio);
  const tile = document.createElement("canvas");
  tile.width = size;
  tile.height = size;
  const drawing = tile.getContext("2d");
  drawing.fillStyle = background;
  drawing.fillRect(0, 0, size, size);
  drawing.strokeStyle = color;
  drawing.lineWidth = ratio;
  drawing.lineCap = "square";
  drawing.beginPath();
  for (const offset of [-size, 0, size]) {
    drawing.moveTo(offset, size);
    drawing.lineTo(offset + size, 0);
  }
  drawing.stroke();
  return context.createPattern(tile, "repeat");
}

/** Calls `changed` after the theme is another; returns what ends it. */
export function onThemeChange(changed) {
  const forced = matchMedia("(forced-colors: active)");
  forced.addEventListener("change", changed);
  const unsubscribe = theme.subscribe(changed);
  return () => {
    unsubscribe();
    forced.removeEventListener("change", changed);
  };
}

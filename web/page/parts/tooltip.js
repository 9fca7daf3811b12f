// A sentence beside what it explains: after a moment of the pointer, at once with the focus, and on touch.

import { h, icon, replace } from "../dom.js";

const POINTER_MS = 300;
const GAP = 6;
const EDGE = 8;

/** Show `content()` (text or nodes) beside `target`, which takes focus by itself. Returns how to say it anew while it is shown. */
export function explain(target, content) {
  const id = `tooltip-${++count}`;
  let shown = null;
  let timer = 0;
  const hide = () => {
    clearTimeout(timer);
    shown?.remove();
    shown = null;
    target.removeAttribute("aria-describedby");
  };
  const show = () => {
    clearTimeout(timer);
    if (shown || !target.isConnected) return;
    shown = h("div", { class: "tooltip", popover: "manual", role: "tooltip", id });
    (target.closest("dialog") ?? document.body).append(shown);
    shown.showPopover();
    say();
    target.setAttribute("aria-describedby", id);
  };
  const say = () => {
    if (!shown) return;
    replace(shown, content());
    place(shown, target);
  };
  const onKey = (event) => {
    if (event.key !== "Escape" || !shown) return;
    hide();
    event.stopPropagation();
    event.preventDefault();
  };
  const listeners = {
    pointerenter: (event) => event.pointerType === "mouse" && (timer = setTimeout(show, POINTER_MS)),
    pointerleave: (event) => event.pointerType === "mouse" && hide(),
    pointerdown: (event) => event.pointerType !== "mouse" && (shown ? hide() : show()),
    focus: () => target.matches(":focus-visible") && show(),
    blur: hide,
    keydown: onKey,
  };
  for (const [event, listener] of Object.entries(listeners)) target.addEventListener(event, listener);
  return say;
}

/** The small (i) beside a label, with what it says. */
export function info(label, text) {
  const element = h("button", { class: "info", type: "button", "aria-label": `What is ${label}?` }, icon("info"));
  explain(element, () => text);
  return element;
}

/** Whatever is explained is not there any more. */
export function hideTooltips() {
  for (const shown of document.querySelectorAll(".tooltip")) shown.remove();
}

let count = 0;

/** Below the target, or above where there is no room; inside the window. */
export function place(floating, target, { align = "center" } = {}) {
  const at = target.getBoundingClientRect();
  const size = floating.getBoundingClientRect();
  const left = align === "end" ? at.right - size.width : align === "start" ? at.left : at.left + (at.width - size.width) / 2;
  const below = at.bottom + GAP;
  const isBelow = below + size.height <= innerHeight - EDGE || at.top - GAP - size.height < EDGE;
  const top = isBelow ? below : at.top - GAP - size.height;
  floating.style.setProperty("left", `${Math.max(EDGE, Math.min(left, innerWidth - size.width - EDGE))}px`);
  floating.style.setProperty("top", `${Math.max(EDGE, top)}px`);
}

// A popover that a button opens and closes, placed beside it for as long as it is open.
import { place } from "./tooltip.js";

/**
 * Makes `floating` a popover of the button.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} floating
 * @param {{align?: "start"|"end"|"center", onOpening?: () => void, onOpen?: () => void}} options  which of their edges
 *   agree; `onOpening` is called before it can be seen, `onOpen` some time after, once it can have the focus
 * @returns {{open: () => void, close: () => void, isOpen: () => boolean}}
 */
export function floatingAt(button, floating, { align = "start", onOpening = () => {}, onOpen = () => {} } = {}) {
  const isOpen = () => floating.matches(":popover-open");
  const put = () => place(floating, button, { align });
  floating.setAttribute("popover", "auto");
  button.popoverTargetElement = floating;
  button.setAttribute("aria-expanded", "false");
  floating.addEventListener("beforetoggle", (event) => event.newState === "open" && onOpening());
  floating.addEventListener("toggle", (event) => {
    const opened = event.newState === "open";
    button.setAttribute("aria-expanded", String(opened));
    const change = opened ? addEventListener : removeEventListener;
    change.call(window, "scroll", put, { capture: true, passive: true });
    change.call(window, "resize", put);
    if (!opened) return;
    put();
    onOpen();
  });
  return { open: () => isOpen() || floating.showPopover(), close: () => isOpen() && floating.hidePopover(), isOpen };
}

// One amount of money that may change in place: its decimals quieter, its value exact for programs and screen readers.

import { h, replace } from "../dom.js";
import { money, moneyParts } from "../format.js";

const FLASH_EVERY_MS = 1_000;

/**
 * value: decimal string, or null (none: –); currency; quiet: whether the decimals are quieter;
 * whole: without decimals, exact in the title; flash: whether a change lights its ground up for a moment.
 */
export function amount(props) {
  const element = h("data", { class: "amount" });
  let shown = null;
  let flashedAt = 0;
  const update = (next) => {
    const now = { quiet: false, whole: false, flash: false, ...next };
    if (shown && shown.value === now.value && shown.currency === now.currency) return;
    const hadValue = shown !== null && shown.value !== null;
    shown = now;
    element.value = now.value ?? "";
    if (now.value === null) return replace(element, "–");
    if (now.whole) element.title = money(now.value, now.currency);
    if (now.quiet) {
      replace(element, moneyParts(now.value, now.currency).map(({ text, quiet }) =>
        quiet ? h("span", { class: "amount-decimals" }, text) : text));
    } else {
      replace(element, money(now.value, now.currency, { whole: now.whole }));
    }
    if (now.flash && hadValue) flash();
  };
  const flash = () => {
    if (performance.now() - flashedAt < FLASH_EVERY_MS) return;
    flashedAt = performance.now();
    element.classList.remove("changed");
    requestAnimationFrame(() => element.classList.add("changed"));
  };
  element.addEventListener("animationend", () => element.classList.remove("changed"));
  update(props);
  return { element, update };
}

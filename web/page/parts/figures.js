// The figures of a view: the one amount that is largest, how it compares, and the lines below it.

import { h, replace, setText } from "../dom.js";
import { amount } from "./amount.js";
import { setLive } from "./live_text.js";

const HERO_CHARACTERS_MOST = 12;
const FIGURE_CHARACTERS_MOST = 14;
const ARROWS = { up: "▲", down: "▼", same: "" };
const COMPARED = { up: "more", down: "less", same: "the same" };

/**
 * An amount of 20 px and more. props: `{value, currency, size: "hero" | "figure"}`; value null: not known yet.
 * Steps down once by the longest amount it has shown, and stays there.
 */
export function bigAmount({ size, ...first }) {
  const shown = amount({ quiet: true, flash: true, ...first });
  const { element } = shown;
  element.classList.add("figures-amount", `is-${size}`);

  function update({ value, currency }) {
    element.classList.toggle("awaited", value === null);
    shown.update({ value, currency, quiet: true, flash: true });
    const most = size === "hero" ? HERO_CHARACTERS_MOST : FIGURE_CHARACTERS_MOST;
    if (value !== null && element.textContent.length > most) element.classList.add("is-long");
  }

  update(first);
  return { element, update };
}

/** An amount with what it is above it; props of `bigAmount`, and `label`. */
export function hero({ label, ...first }) {
  const { element, update } = bigAmount({ size: "hero", ...first });
  return { element: h("p", { class: "figures-hero" }, h("span", { class: "figures-label" }, label), " ", element), update };
}

/**
 * How an amount compares with earlier ones, a line each. `update(lines)`; a line:
 * `{change: as format.change, words: "vs yesterday by 14:32", value: text, title}`; null where it is not known yet.
 * `about`: a node that explains them all, behind the words of the first.
 */
export function comparisons(count, about = null) {
  const lines = Array.from({ length: count }, (_, index) => {
    const change = h("span", { class: "figures-change" });
    const words = h("span", { class: "figures-words" });
    const value = h("span", { class: "figures-value" });
    return { element: h("div", { class: "figures-comparison" }, change, words, index === 0 ? about : null, value), change, words, value };
  });
  return {
    element: h("div", { class: "figures-comparisons" }, lines.map((line) => line.element)),
    update(next) {
      lines.forEach(({ element, change, words, value }, index) => {
        const line = next[index];
        element.classList.toggle("is-going", !line);
        if (!line) return;
        const { direction = "same", text = "–" } = line.change ?? {};
        change.className = `figures-change is-${direction}`;
        const shown = `${direction} ${text}`;
        if (change.dataset.shown !== shown) {
          change.dataset.shown = shown;
          replace(change, h("span", { "aria-hidden": "true" }, ARROWS[direction]), ` ${text} `, h("span", { class: "unseen" }, COMPARED[direction]));
        }
        setText(words, line.words);
        setText(value, line.value);
        if (line.title) value.title = line.title;
      });
    },
  };
}

/**
 * Lines of a label and a number. `rows`: `[{key, label}]`, label text or a node; `update({key: {value, note, href}})`:
 * the number's text, what stands before it, and where its orders are.
 */
export function figureLines(rows) {
  const lines = new Map(
    rows.map(({ key, label }) => {
      const note = h("span", { class: "figures-note" });
      const link = h("a", { class: "figures-value" });
      return [key, { element: h("div", { class: "figures-line" }, h("dt", {}, label), h("dd", {}, note, " ", link)), note, link }];
    }),
  );
  return {
    element: h("dl", { class: "figures-lines" }, [...lines.values()].map((line) => line.element)),
    update(values) {
      for (const [key, { value, note = "", href = null }] of Object.entries(values)) {
        const line = lines.get(key);
        setText(line.note, note);
        setLive(line.link, value);
        if (href === null) line.link.removeAttribute("href");
        else if (line.link.getAttribute("href") !== href) line.link.setAttribute("href", href);
      }
    },
  };
}

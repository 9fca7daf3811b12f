// The figures at the head of a list: the first is the one that matters.
import { h, setText } from "../dom.js";
import { money } from "../format.js";
import { amount } from "./amount.js";

const LONG = 14;

/**
 * @param {{figures: {key: string, label: string, currency?: string, note?: string, value: string|null, text?: string}[],
 *   short: string}} props  `value`: decimal string of `currency`, or null while it is not known; `text`: what is shown of
 *   a figure that is no amount; `note`: what is said below; `short`: all but the first in a line, where there is no room
 * @returns {{element: Element, update: (props: object) => void}}
 */
export function headline(props) {
  const made = new Map();
  const short = h("p", { class: "headline-short" });
  const list = h("dl", { class: "headline-figures" }, props.figures.map(({ key, label }) => {
    const [value, note] = [h("dd", { class: "headline-value awaited" }), h("dd", { class: "headline-note" })];
    made.set(key, { value, note, shown: null });
    return h("div", { class: "headline-figure", data: { figure: key } }, h("dt", {}, label), value, note);
  }));
  const element = h("div", { class: "headline" }, list, short);

  function show(one, { currency, value, text, note = "" }) {
    one.value.classList.toggle("awaited", value === null);
    setText(one.note, note);
    if (value === null) return;
    if (!currency) {
      setText(one.value, text);
      return;
    }
    if (!one.shown) {
      one.shown = amount({ value, currency, quiet: true });
      one.value.replaceChildren(one.shown.element);
    } else {
      one.shown.update({ value, currency, quiet: true });
    }
    if (money(value, currency).length > LONG) one.value.classList.add("is-long");
  }

  function update({ figures, short: line }) {
    for (const figure of figures) show(made.get(figure.key), figure);
    setText(short, line);
  }

  update(props);
  return { element, update };
}

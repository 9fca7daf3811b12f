// How what counts as a sale has changed within a period, by the sentences of the API (http.md §3, `formulas`).

import { dayOf, dayTime, hourOf } from "./format.js";
import { lengthOf } from "./periods.js";

const WINDOW = /\bwithin (\d+) (minute|hour|day|week)s?\b/;
const HOURS_OF_DAY = 24;

/** The first sentence says what a sale is, the others what does not count; together they are the formula. */
export function sentencesOf(formula) {
  const end = formula.indexOf(". ");
  return end < 0 ? [formula, ""] : [formula.slice(0, end + 1), formula.slice(end + 2)];
}

/**
 * The stretches, newest first: `[{when, text}]`; text "within 24 hours" where nothing but the window has changed,
 * else the whole sentence. Empty where it read the same all the time.
 */
export function historyOf(formulas) {
  if (formulas.length < 2) return [];
  const short = onlyWindows(formulas);
  return formulas.map(({ from, to, text }, index) => {
    const isLast = index === formulas.length - 1;
    const when = isLast ? `Since ${dayTime(from)}` : index === 0 ? "Before" : `${dayTime(from)} to ${dayTime(to)}`;
    return { when, text: short ? WINDOW.exec(text)[0] : text };
  }).reverse();
}

/**
 * Where in a chart of days from `firstDay` on something changed: `[{at, label}]`; `at`: days and their fraction,
 * label "20 Nov, 09:00: window 12h → 24h".
 */
export function changesOf(formulas, firstDay) {
  const short = onlyWindows(formulas);
  return formulas.slice(1).map(({ from, text }, index) => {
    const before = formulas[index].text;
    const what = short ? `window ${brief(before)} → ${brief(text)}` : "what counts as a sale changed";
    return { at: lengthOf(firstDay, dayOf(from)) - 1 + hourOf(from) / HOURS_OF_DAY, label: `${dayTime(from)}: ${what}` };
  });
}

/** Whether the sentences are the same but for the window. */
function onlyWindows(formulas) {
  const others = new Set(formulas.map(({ text }) => (WINDOW.test(text) ? text.replace(WINDOW, "within") : `${text} `)));
  return others.size === 1 && WINDOW.test(formulas[0]?.text ?? "");
}

function brief(text) {
  const [, number, unit] = WINDOW.exec(text);
  return number + unit[0];
}

// What counts as a sale of a channel, in the API's words, and how that has changed.

import { h, replace, setText } from "../dom.js";
import { historyOf, sentencesOf } from "../sale_history.js";

/** props: `{formula, formulas, settingsLabel, settingsHref}`. */
export function saleRule(first) {
  const rule = h("p", { class: "sale_rule-rule" });
  const exceptions = h("p", { class: "sale_rule-exceptions" });
  const history = h("dl", { class: "sale_rule-history" });
  const link = h("a", {});
  const element = h("div", { class: "sale_rule" }, rule, exceptions, history, h("p", { class: "sale_rule-link" }, link));

  function update({ formula, formulas, settingsLabel, settingsHref }) {
    const [sale, others] = sentencesOf(formula);
    setText(rule, sale);
    setText(exceptions, others);
    exceptions.hidden = others === "";
    replace(history, historyOf(formulas).map(({ when, text }) => h("div", {}, h("dt", {}, when), h("dd", {}, text))));
    setText(link, settingsLabel);
    link.href = settingsHref;
  }

  update(first);
  return { element, update };
}

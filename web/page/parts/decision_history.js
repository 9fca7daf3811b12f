// What was decided of an order, when, and because of what; newest first.

import { h } from "../dom.js";

/** props: {decisions: [{title, when, whenTitle, because}]}. */
export function decisionHistory({ decisions }) {
  const one = ({ title, when, whenTitle, because }) =>
    h("li", { class: "decision_history-one" }, h("p", { class: "decision_history-title" }, title), h("p", { class: "decision_history-when", title: whenTitle }, `${when} · ${because}`));
  return h("ol", { class: "decision_history" }, decisions.map(one));
}

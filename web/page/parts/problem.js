// A part that could not be read: in its place, what is wrong and what to do; the rest of the page works on.

import { h, replace } from "../dom.js";
import { problemWords } from "../words.js";

/** problem: as api.js gives it; what: "These numbers"; onRetry: for the button, null where trying again is of no use. */
export function problem(props) {
  const element = h("div", { class: "problem" });
  const update = ({ problem: found, what, onRetry = null }) => {
    const { title, detail } = problemWords(found, what);
    replace(element,
      h("p", { class: "problem-title" }, title),
      h("p", { class: "problem-detail" }, detail),
      h("p", { class: "problem-actions" },
        onRetry && h("button", { class: "button", type: "button", on: { click: onRetry } }, "Try now"),
        found.request_id && h("span", { class: "note" }, `Request ${found.request_id.slice(0, 13)}`)));
  };
  update(props);
  return { element, update };
}

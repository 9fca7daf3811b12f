// The touches of an order's contact as a table: when, what, and what became of each.

import { channel as channelOf } from "../channels.js";
import { h, icon } from "../dom.js";
import { isChosen, isEligible } from "./touch_layout.js";
import { touchMark } from "./touch_mark.js";

/**
 * props: {rows: [{number, when, whenTitle, toOrder, label, name: of the campaign, href, became, channel, why}], caption, laterWords and
 * earlierWords (null: none are left out), onLater(), onEarlier()}. `point(number)` shows a row as the one that is pointed at.
 */
export function touchList(props) {
  const heads = [["#", "text"], ["When", "text"], ["Time to order", "number"], ["Touch", "text"], ["Campaign", "text"], ["What became of it", "text"]];
  const body = h("tbody", {}, props.rows.map(line));
  const table = h(
    "table",
    { class: "touch_list" },
    h("caption", { class: "unseen" }, props.caption),
    h("thead", {}, h("tr", {}, heads.map(([label, kind]) => h("th", { scope: "col", class: kind }, label === "#" ? [h("span", { "aria-hidden": "true" }, "#"), h("span", { class: "unseen" }, "Number")] : label)))),
    body,
  );
  const element = h("div", { class: "touch_list-frame" }, more(props.laterWords, props.onLater), table, more(props.earlierWords, props.onEarlier));

  function line(row) {
    const known = channelOf(row.channel);
    const kind = isChosen(row.why) ? "is-chosen" : isEligible(row.why) ? "is-eligible" : "";
    const came = isChosen(row.why) ? [row.why === "credited" ? icon("check") : null, h("strong", {}, row.became)] : row.became;
    return h(
      "tr",
      { class: kind, data: { number: row.number }, vars: { "--channel": `var(${known.color})` } },
      h("td", { class: "text touch_list-number" }, touchMark(row)),
      h("td", { class: "text is-quiet", title: row.whenTitle }, row.when),
      h("td", { class: "number" }, row.toOrder),
      h("td", { class: "text" }, h("span", { class: "touch_list-touch" }, known.glyph(), row.label)),
      h("th", { scope: "row", class: "text" }, h("a", { class: "name", href: row.href, title: row.name }, row.name)),
      h("td", { class: "text touch_list-became" }, came),
    );
  }

  function point(number) {
    for (const row of body.rows) row.classList.toggle("is-pointed", number !== null && row.dataset.number === String(number));
  }
  return { element, point };
}

/** The sentence of touches that are left out, and the button that shows them. */
export function more(words, onShow) {
  if (words === null) return null;
  return h("p", { class: "touch_list-more" }, words, " ", h("button", { type: "button", class: "link", on: { click: onShow } }, "Show them"));
}

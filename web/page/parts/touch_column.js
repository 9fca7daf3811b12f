// The touches before an order on an upright line, for narrow screens: the order on top, then newest first.

import { channel as channelOf } from "../channels.js";
import { h, icon } from "../dom.js";
import { isChosen, isEligible } from "./touch_layout.js";
import { more } from "./touch_list.js";
import { touchMark } from "./touch_mark.js";

/**
 * props: {rows: those before the order, as of `touchList`, with `at` (ms), orderedLabel, window: {channel, at (ms), words} where the
 * window of the channel it counts for begins (null: none), laterWords, earlierWords, onLater(), onEarlier()}.
 */
export function touchColumn({ rows, orderedLabel, window, laterWords, earlierWords, onLater, onEarlier }) {
  const begins = window ? rows.findIndex((row) => row.at < window.at) : -1;
  const items = rows.map(item);
  if (window) items.splice(begins < 0 ? items.length : begins, 0, border(window));
  const list = h("ol", { class: "touch_column" }, h("li", { class: "touch_column-order" }, orderedLabel), items);
  return { element: h("div", { class: "touch_column-frame" }, list, more(earlierWords, onEarlier), more(laterWords, onLater)) };
}

function item(row) {
  const known = channelOf(row.channel);
  const kind = isChosen(row.why) ? "is-chosen" : isEligible(row.why) ? "is-eligible" : "";
  return h(
    "li",
    { class: `touch_column-touch ${kind}`, vars: { "--channel": `var(${known.color})` } },
    touchMark(row),
    h("a", { class: "touch_column-campaign name", href: row.href, title: row.name }, row.name),
    h("span", { class: "touch_column-before", title: row.whenTitle }, row.beforeOrder),
    h("span", { class: "touch_column-label" }, known.glyph(), row.label),
    h("span", { class: "touch_column-became" }, isChosen(row.why) ? [row.why === "credited" ? icon("check") : null, h("strong", {}, row.became)] : row.became),
  );
}

function border({ channel, words }) {
  return h("li", { class: "touch_column-window", vars: { "--channel": `var(${channelOf(channel).color})` } }, h("span", {}, words));
}

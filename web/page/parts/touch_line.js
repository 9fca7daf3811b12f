// The touches before an order on a line of time, a lane a channel; the list beside it says the same in words.

import { channel as channelOf } from "../channels.js";
import { h } from "../dom.js";
import { isChosen, place, spread, ticks } from "./touch_layout.js";
import { touchMark } from "./touch_mark.js";

/**
 * props: {orderedAt (ms), orderedLabel, span: as `spanOf` gives it, lanes: [{channel, rule (null: no settings), note, windowMs}],
 * marks: drawn touches with their numbers, dayStarts (ms), dayLabel(ms), caption, onPoint(number or null)}.
 */
export function touchLine(props) {
  const over = h("div", { class: "touch_line-over" });
  const lanes = props.lanes.map((lane) => ({ ...lane, track: h("div", { class: "touch_line-track" }) }));
  const axis = h("div", { class: "touch_line-axis" });
  const plot = h("div", { class: "touch_line-plot", "aria-hidden": "true" }, lanes.map(laneOf), over, axis);
  const element = h("figure", { class: "touch_line" }, h("figcaption", { class: "unseen" }, props.caption), plot, legend(props));
  const sizes = new ResizeObserver(() => draw(over.clientWidth));
  sizes.observe(over);

  function laneOf({ channel, note, track }) {
    const known = channelOf(channel);
    const name = h("div", { class: "touch_line-name" }, known.glyph(), h("span", { class: "touch_line-label", title: known.label }, known.label), h("span", { class: "touch_line-note" }, note));
    return h("div", { class: "touch_line-lane", vars: { "--channel": `var(${known.color})` } }, name, track);
  }

  function draw(width) {
    if (!width) return;
    const line = place(props.orderedAt, props.span, width);
    for (const lane of lanes) lane.track.replaceChildren(...inLane(lane, line, width));
    const label = h("span", { class: "touch_line-ordered" }, props.orderedLabel);
    over.replaceChildren(...dayLines(width), at(h("div", { class: "touch_line-order" }, label), line));
    axis.replaceChildren(...dayLabels(width));
  }

  function inLane({ channel, rule, windowMs }, line, width) {
    const own = props.marks.filter((mark) => mark.channel === channel).sort((one, other) => one.at - other.at || other.number - one.number);
    const placed = spread(own, props.orderedAt, props.span, width);
    const chosen = placed.find((mark) => isChosen(mark.why));
    const nodes = [];
    if (rule) {
      const start = Math.max(0, place(props.orderedAt - windowMs, props.span, width));
      nodes.push(at(h("div", { class: "touch_line-window" }, h("span", { class: "touch_line-window-label" }, `${rule.window} window`)), start, line - start));
    }
    if (chosen) nodes.push(at(h("div", { class: `touch_line-credit is-${chosen.why}` }), chosen.x, line - chosen.x));
    return [...nodes, ...placed.map((mark) => at(pointed(mark), mark.x))];
  }

  function pointed(mark) {
    const node = touchMark(mark);
    node.title = mark.words;
    node.addEventListener("pointerenter", () => props.onPoint(mark.number));
    node.addEventListener("pointerleave", () => props.onPoint(null));
    return node;
  }

  function dayLines(width) {
    return ticks(props.dayStarts, props.span, width).map((tick) => at(h("div", { class: "touch_line-day" }), tick.x));
  }

  function dayLabels(width) {
    const labels = ticks(props.dayStarts, props.span, width);
    const first = !labels.length || labels[0].x > 90 ? [{ at: props.span.from, x: -6 }] : [];
    return [...first, ...labels].filter(({ x }) => x < width - 70).map((tick) => at(h("span", { class: "touch_line-day-label" }, props.dayLabel(tick.at)), tick.x));
  }

  return { element, destroy: () => sizes.disconnect() };
}

function at(node, x, width) {
  node.style.setProperty("--x", `${x.toFixed(1)}px`);
  if (width !== undefined) node.style.setProperty("--width", `${Math.max(0, width).toFixed(1)}px`);
  return node;
}

function legend({ marks }) {
  const chosen = marks.find((mark) => isChosen(mark.why));
  const sample = (why, label) => h("li", {}, h("span", { class: `touch_mark is-sample ${why}` }), label);
  return h(
    "ul",
    { class: "touch_line-legend", "aria-hidden": "true" },
    chosen ? sample(`is-eligible is-${chosen.why}`, chosen.why === "credited" ? "credited" : "will be credited") : null,
    sample("is-eligible", "eligible"),
    sample("", "not eligible"),
    h("li", {}, h("span", { class: "touch_line-window-sample" }), "its window"),
  );
}

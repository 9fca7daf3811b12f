// Revenue by day: what each channel earned stacked, unattributed hatched on top, and what is on its way above it.

import { UNATTRIBUTED } from "../channels.js";
import { day as dayText, money, weekday } from "../format.js";
import { isZero, sum } from "../money.js";
import { growingAxis } from "../chart_scale.js";
import { axisInk, moneyAxis, timeAxis, widest, X_LABEL_GAP_PX } from "./chart_axes.js";
import { computed, expectedColor, hatch } from "./chart_colors.js";
import { chartFrame } from "./chart_frame.js";
import { figuresTable } from "./chart_table.js";
import { dayMarks } from "./day_marks.js";
import { stackOf, stackSums } from "./day_stack.js";

const BAR_SHARE = 0.72;
const BAR_PX_MOST = 36;
const EACH_DAY_MOST = 8;
const LABEL_GAP_PX = 8;
const MONDAY = 1;
const EDGE_PX = 1;
const TOP_PX = 8;
const MARKS_PX = 24;

/**
 * props: `{label, caption, currency, days, today, open(day), marks}`.
 * A day: `{day, channels: [{channel, revenue, expected_revenue}], unattributed?: {revenue, expected_revenue}}`.
 * `marks`: `[{at: day and its fraction, counted from the first, label}]`, vertical lines.
 */
export function dayChart(first) {
  let props = first;
  let keys = stackOf(props.days);
  let axis = growingAxis();
  let reached = axis.reach(0);

  function data() {
    const sums = stackSums(keys, props.days);
    reached = axis.reach(Math.max(0, ...sums.flat()));
    return [props.days.map((_, index) => index), ...sums];
  }

  function plot(node, width, height) {
    const ink = axisInk(node);
    const background = computed(node, "var(--bg)");
    const bars = uPlot.paths.bars({ size: [BAR_SHARE, BAR_PX_MOST] });
    const edges = Math.max(props.days.length, 1) - 0.5;
    const drawn = new uPlot(
      {
        width,
        height,
        padding: [props.marks?.length ? MARKS_PX : TOP_PX, 0, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, range: () => [-0.5, edges] }, y: { range: () => [0, reached.top] } },
        axes: [
          timeAxis((chart) => labelled(chart.bbox.width / uPlot.pxRatio, ink.font), (_, splits) => splits.map(dayLabel), ink),
          moneyAxis(() => reached, props.currency, ink),
        ],
        series: [{}, ...keys.map((key) => ({ paths: bars, points: { show: false }, ...look(node, key, background) }))],
        hooks: { draw: [() => marks.place(drawn), (chart) => nameToday(chart, ink)] },
      },
      data(),
      node,
    );
    return drawn;
  }

  /** The columns that have their day's name below: each of a few, else Mondays; as many as there is room for. */
  function labelled(width, font) {
    const { days, today } = props;
    const last = days.length - 1;
    const all = days.map((_, index) => index);
    const isToday = days[last]?.day === today;
    const shown = isFew() ? all : all.filter((index) => isMonday(days[index].day));
    const room = widest(shown.map(dayLabel), font) + LABEL_GAP_PX;
    const step = width / Math.max(days.length, 1);
    const stride = Math.max(1, Math.ceil(room / (isFew() ? step : step * 7)));
    return shown.filter((index, place) => (shown.length - 1 - place) % stride === 0 && !(isToday && (last - index) * step < room));
  }

  const isFew = () => props.days.length <= EACH_DAY_MOST;

  /** Today's column has its own name, that stays within the chart. */
  function nameToday({ ctx, bbox, over }, ink) {
    if (props.days.at(-1)?.day !== props.today) return;
    const ratio = uPlot.pxRatio;
    const half = widest(["Today"], `600 ${ink.font}`) / 2;
    const middle = Math.min(over.clientWidth * (1 - 0.5 / props.days.length), over.clientWidth - half);
    ctx.save();
    ctx.font = `600 ${ink.font.replace(/^\d+/, (px) => px * ratio)}`;
    ctx.fillStyle = ink.strong;
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    ctx.fillText("Today", bbox.left + middle * ratio, bbox.top + bbox.height + X_LABEL_GAP_PX * ratio);
    ctx.restore();
  }

  function dayLabel(index) {
    const { day } = props.days[index];
    return isFew() ? `${weekday(day, "short")} ${Number(day.slice(-2))}` : dayText(day, { weekday: false });
  }

  function tipOf(index) {
    const day = props.days[index];
    const rows = keys.filter((key) => !key.expected && (key.total > 0 || keys.length === 1)).map((key) => ({
      glyph: key.glyph(),
      label: key.label,
      value: money(key.text(day), props.currency),
    }));
    const sums = keys.some((key) => key.name === UNATTRIBUTED) || rows.length > 1
      ? [{ label: "Delivered", value: money(deliveredOf(day), props.currency) }] : [];
    const expected = expectedOf(day);
    if (!isZero(expected)) sums.push({ label: "On its way", value: money(expected, props.currency), quiet: true });
    return { title: dayText(day.day), rows, sums };
  }

  const parts = (day) => [...day.channels, ...(day.unattributed ? [day.unattributed] : [])];
  const deliveredOf = (day) => sum(parts(day).map((part) => part.revenue), props.currency);
  const expectedOf = (day) => sum(parts(day).map((part) => part.expected_revenue), props.currency);

  function table() {
    const shown = keys.filter((key) => !key.expected).reverse();
    return figuresTable(
      props.label,
      ["Day", ...shown.map((key) => key.label), "Delivered", "On its way"],
      props.days.map((day) => [
        dayText(day.day),
        ...[...shown.map((key) => key.text(day)), deliveredOf(day), expectedOf(day)].map((text) => money(text, props.currency)),
      ]),
    );
  }

  const marks = dayMarks();
  const frame = chartFrame({
    name: "day_chart",
    label: props.label,
    draw: {
      plot,
      table,
      columns: () => props.days.length,
      at: (x) => Math.floor((x / frame.plot().over.clientWidth) * props.days.length),
      column(index) {
        const { offsetLeft, clientWidth } = frame.plot().over;
        const step = clientWidth / props.days.length;
        return { left: offsetLeft + index * step, right: offsetLeft + (index + 1) * step };
      },
      tip: tipOf,
      spoken(index) {
        const { title, sums, rows } = tipOf(index);
        return `${title}: ${[...rows, ...sums].map(({ label, value }) => `${label} ${value}`).join(", ")}`;
      },
      open: props.open ? (index) => props.open(props.days[index].day) : null,
    },
  });
  frame.overlay.append(marks.element);
  frame.setCaption(props.caption);
  marks.update(props.marks ?? []);

  return {
    element: frame.element,
    update(next) {
      const isAnother = next.days[0]?.day !== props.days[0]?.day || next.days.length !== props.days.length
        || next.currency !== props.currency;
      const before = keys.map((key) => key.id).join();
      props = next;
      keys = stackOf(props.days);
      if (isAnother) axis = growingAxis();
      marks.update(props.marks ?? []);
      frame.setCaption(props.caption);
      if (isAnother || keys.map((key) => key.id).join() !== before) frame.redraw();
      else frame.refresh(data());
    },
    destroy: frame.destroy,
  };
}

const isMonday = (day) => new Date(`${day}T12:00:00Z`).getUTCDay() === MONDAY;

/** How a part of the stack looks: filled, with an edge that covers that of the longer bar behind it. */
function look(node, key, background) {
  if (key.name !== UNATTRIBUTED) {
    const color = key.expected ? expectedColor(key.token) : `var(${key.token})`;
    return { fill: computed(node, color), stroke: background, width: EDGE_PX };
  }
  const line = computed(node, key.expected ? expectedColor("--hatch") : "var(--hatch)");
  return { fill: (chart) => hatch(chart.ctx, line, background), stroke: line, width: EDGE_PX };
}

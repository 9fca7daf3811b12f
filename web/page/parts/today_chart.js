// Today's sum as it grows, against yesterday's and that of the same day a week ago.

import { growingAxis } from "../chart_scale.js";
import { clock, money } from "../format.js";
import { MINUTES_OF_DAY, sumAt } from "../hours.js";
import { fromMinor } from "../money.js";
import { axisInk, moneyAxis, timeAxis, widest } from "./chart_axes.js";
import { computed } from "./chart_colors.js";
import { chartFrame } from "./chart_frame.js";
import { figuresTable } from "./chart_table.js";
import { lineEnds, lineNames } from "./line_ends.js";

const HOUR = 60;
const NARROW_PX = 560;
const LABELS_EVERY = { wide: 3 * HOUR, narrow: 6 * HOUR };
const END_GAP_PX = 8;
const DOT_PX = 4.5;
const HOURS = Array.from({ length: 25 }, (_, hour) => hour * HOUR);

/**
 * props: `{label, caption, currency, minute, now, today, names, before}`, sums in minor units.
 * `now`: the sum at `minute` of the day; `today`: those at the full hours, 0:00 to 24:00;
 * `before[i]`: the same of the day called `names[i]`, yesterday first, or null until it is read.
 */
export function todayChart(first) {
  let props = first;
  const axis = growingAxis();
  let reached = axis.reach(0);
  let minutes = [];
  const ends = lineEnds(props.names);

  const exact = (minor) => fromMinor(minor, props.currency);
  const number = (minor) => (minor === null ? null : Number(exact(minor)));
  const whole = (minor) => money(exact(minor), props.currency, { whole: true });
  const before = (index, minute) => (props.before[index] ? sumAt(props.before[index], minute) : null);

  /** Null later than now; the stream's sum is newer than those of the hours. */
  function todayAt(minute) {
    if (minute >= props.minute) return minute === props.minute ? props.now : null;
    const sum = sumAt(props.today, minute);
    return sum < props.now ? sum : props.now;
  }

  function data() {
    minutes = [...new Set([...HOURS, props.minute])].sort((a, b) => a - b);
    const lines = [(minute) => before(1, minute), (minute) => before(0, minute), todayAt];
    const columns = lines.map((line) => minutes.map((minute) => number(line(minute))));
    reached = axis.reach(Math.max(0, ...columns.flat()));
    return [minutes, ...columns];
  }

  function plot(node, width, height) {
    const ink = axisInk(node);
    const isNarrow = width < NARROW_PX;
    frame.element.classList.toggle("is-narrow", isNarrow);
    const every = isNarrow ? LABELS_EVERY.narrow : LABELS_EVERY.wide;
    const splits = HOURS.filter((minute) => minute % every === 0);
    const labels = [...props.names, ...props.before.map((sums) => (sums ? whole(sums.at(-1)) : ""))];
    const right = isNarrow ? Math.ceil(widest([clock(MINUTES_OF_DAY)], ink.font) / 2) : END_GAP_PX + widest(labels, ink.font);
    const line = (color, width, more = {}) => ({ points: { show: false }, stroke: computed(node, color), width, ...more });
    const [rule, edge] = [computed(node, "var(--line-strong)"), computed(node, "var(--bg)")];
    return new uPlot(
      {
        width,
        height,
        padding: [8, right, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, range: () => [0, MINUTES_OF_DAY] }, y: { range: () => [0, reached.top] } },
        axes: [timeAxis(() => splits, () => splits.map(clock), ink), moneyAxis(() => reached, props.currency, ink)],
        series: [
          {},
          line("var(--text-2)", 1.5, { dash: [2, 3] }),
          line("var(--hatch)", 1.5),
          line("var(--text)", 2.5, { fill: computed(node, "color-mix(in srgb, var(--text) 5%, transparent)") }),
        ],
        hooks: {
          drawAxes: [(chart) => ruleAtNow(chart, rule)],
          draw: [(chart) => endOfToday(chart, ink.strong, edge)],
        },
      },
      data(),
      node,
    );
  }

  /** Up to this line the days are compared. */
  function ruleAtNow(chart, color) {
    const { ctx, bbox } = chart;
    ctx.save();
    ctx.fillStyle = color;
    ctx.fillRect(Math.round(chart.valToPos(props.minute, "x", true)), bbox.top, uPlot.pxRatio, bbox.height);
    ctx.restore();
  }

  function endOfToday(chart, color, edge) {
    const { ctx } = chart;
    const y = (minor, inCanvas) => chart.valToPos(number(minor), "y", inCanvas);
    ctx.save();
    for (const [radius, fill] of [[DOT_PX + 2, edge], [DOT_PX, color]]) {
      ctx.fillStyle = fill;
      ctx.beginPath();
      ctx.arc(chart.valToPos(props.minute, "x", true), y(props.now, true), radius * uPlot.pxRatio, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.restore();
    ends.place(
      chart,
      props.before.map((sums) => (sums ? { y: y(sums.at(-1)), text: whole(sums.at(-1)) } : null)),
      { x: chart.valToPos(props.minute, "x"), y: y(props.now) },
    );
  }

  /** Sums are known at the full hours; between them they are taken to grow evenly, and shown without decimals. */
  function tip(index) {
    const minute = minutes[index];
    const sums = [["Today", todayAt(minute)], ...props.names.map((name, of) => [name, before(of, minute)])];
    const text = (minor) => (minute % HOUR === 0 ? money(exact(minor), props.currency) : whole(minor));
    const rows = sums.filter(([, minor]) => minor !== null).map(([label, minor]) => ({ label, value: text(minor) }));
    return { title: `By ${clock(minute)}`, rows };
  }

  function table() {
    const cell = (minor) => (minor === null ? "–" : money(exact(minor), props.currency));
    const rows = HOURS.slice(1).map((minute) => [clock(minute), ...[todayAt(minute), before(0, minute), before(1, minute)].map(cell)]);
    return figuresTable(props.label, ["By", "Today", ...props.names], rows);
  }

  const frame = chartFrame({
    name: "today_chart",
    label: props.label,
    draw: {
      plot,
      table,
      tip,
      columns: () => minutes.length,
      at(x) {
        const pointed = (x / frame.plot().over.clientWidth) * MINUTES_OF_DAY;
        const distances = minutes.map((minute) => Math.abs(minute - pointed));
        return distances.indexOf(Math.min(...distances));
      },
      column(index) {
        const chart = frame.plot();
        const left = chart.over.offsetLeft + chart.valToPos(minutes[index], "x");
        return { left, right: left + 1 };
      },
      spoken(index) {
        const { title, rows } = tip(index);
        return `${title}: ${rows.map(({ label, value }) => `${label} ${value}`).join(", ")}`;
      },
      open: null,
    },
  });
  frame.overlay.append(ends.element);
  frame.element.firstChild.after(lineNames(props.names));
  frame.setCaption(props.caption);

  return {
    element: frame.element,
    update(next) {
      const known = (of) => of.before.filter(Boolean).length;
      // The room for the names at the right is as wide as their sums.
      const isWider = known(props) !== known(next);
      props = next;
      frame.setCaption(props.caption);
      if (isWider) frame.redraw();
      else frame.refresh(data());
    },
    destroy: frame.destroy,
  };
}

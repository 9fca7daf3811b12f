// Which days a view shows: presets at once, a free span with Apply.
import { h, icon, setText } from "../dom.js";
import { period as daysInWords } from "../format.js";
import { PRESETS, resolve, spanOf } from "../periods.js";
import { calendar } from "./calendar.js";
import { floatingAt } from "./placement.js";

/** The earliest day that can be asked for. */
const FIRST_DAY = "2000-01-01";

/**
 * @param {{period: string, today: string, zone: string, onChange: (period: string) => void}} props  `period`: as an
 *   address has it ("7d", "2026-11-01..2026-11-20"); `today`: the day of the account's zone
 * @returns {{element: Element, update: (props: object) => void, open: () => void}}
 */
export function periodPicker(props) {
  let now = props;
  let { from, to } = resolve(props.period, props.today);
  const [label, days] = [h("span", { class: "period_picker-label" }), h("span", { class: "period_picker-days" })];
  const button = h("button", {
    type: "button", class: "button", id: "period", "aria-haspopup": "dialog", "aria-keyshortcuts": "p",
  }, icon("calendar"), label, days, icon("chevron_down"));
  const presets = h("div", { class: "period_picker-presets", role: "group", "aria-label": "Periods" });
  const months = calendar({ from, to, today: props.today, onChoose: choose });
  const fields = [dateField("From", () => from), dateField("To", () => to)];
  const problem = h("p", { class: "period_picker-problem", role: "alert" });
  const zone = h("span", { class: "period_picker-zone" });
  const apply = h("button", { type: "submit", class: "button primary" }, "Apply");
  const ends = h("div", { class: "period_picker-ends" }, fields[0], h("span", { "aria-hidden": "true" }, "–"), fields[1], zone, apply);
  const form = h("form", { class: "period_picker-span", novalidate: true, on: { submit } }, months.element, ends, problem);
  const panel = h("div", { class: "period_picker-panel", role: "dialog", "aria-label": "Period" }, presets, form);
  const popover = floatingAt(button, panel, { align: "end", onOpening: startAnew, onOpen: takeFocus });
  const element = h("div", { class: "period_picker" }, button, panel);

  function dateField(name, value) {
    const typed = () => {
      if (!input.value) return;
      if (name === "From") from = input.value;
      else to = input.value;
      if (!wrong()) months.update({ from, to });
      setText(problem, "");
    };
    const input = h("input", { type: "date", "aria-label": name, min: FIRST_DAY, value: value(), on: { input: typed } });
    return input;
  }

  function wrong() {
    const hasBoth = fields.every((field) => field.value);
    if (!hasBoth) return "Give both days.";
    if (from < FIRST_DAY) return "That is before anything can have been counted.";
    if (from > to) return "The first day is after the last.";
    return "";
  }

  function submit(event) {
    event.preventDefault();
    const said = wrong();
    setText(problem, said);
    if (said) return fields[0].focus();
    popover.close();
    button.focus();
    return now.onChange(spanOf(from, to));
  }

  function choose(first, last) {
    [from, to] = [first, last];
    [fields[0].value, fields[1].value] = [first, last];
    setText(problem, "");
    months.update({ from, to });
  }

  function startAnew() {
    const current = resolve(now.period, now.today);
    months.restart();
    choose(current.from, current.to);
  }

  function takeFocus() {
    (presets.querySelector("[aria-pressed=true]") ?? presets.querySelector("button"))?.focus();
  }

  function preset({ period, name }) {
    const isChosen = period === now.period;
    const press = () => {
      popover.close();
      button.focus();
      now.onChange(period);
    };
    return h("button", { type: "button", data: { period }, "aria-pressed": String(isChosen), on: { click: press } },
      name, isChosen ? icon("check") : null);
  }

  presets.addEventListener("keydown", (event) => {
    const all = [...presets.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    all.at((all.indexOf(document.activeElement) + step) % all.length).focus();
  });

  function update(more) {
    now = { ...now, ...more };
    const current = resolve(now.period, now.today);
    setText(label, current.name ?? "");
    setText(days, daysInWords(current.from, current.to));
    setText(zone, now.zone);
    button.setAttribute("aria-label", `Period: ${[label, days].map((part) => part.textContent).filter(Boolean).join(", ")}`);
    months.update({ today: now.today });
    for (const field of fields) field.max = now.today;
    presets.replaceChildren(...PRESETS.map(preset));
  }

  update({});
  return { element, update, open: popover.open };
}

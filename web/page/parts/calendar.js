// Months of days, of which a span can be chosen: the first press is where it begins, the second where it ends. Arrows go
// from day to day, PageUp and PageDown from month to month.
import { h, icon } from "../dom.js";
import { daysOf, firstOfMonth, lastOfMonth, shift, shiftMonths } from "../periods.js";

const locale = () => navigator.languages?.[0] ?? "en-GB";
const inWords = (day, options) => new Intl.DateTimeFormat(locale(), { timeZone: "UTC", ...options }).format(new Date(day));

/** 1 Monday … 7 Sunday: how weeks begin where the reader is. */
function firstWeekday() {
  const known = new Intl.Locale(locale());
  return (known.getWeekInfo?.() ?? known.weekInfo)?.firstDay ?? 1;
}

/**
 * @param {{from: string, to: string, today: string, onChoose: (from: string, to: string) => void}} props  days after
 *   `today` cannot be chosen
 * @returns {{element: Element, update: (props: object) => void, restart: () => void}}
 */
export function calendar(props) {
  let now = props;
  let [last, cursor, begun] = [firstOfMonth(props.to), props.to, null];
  const element = h("div", { class: "calendar" });
  const offset = (day) => (new Date(day).getUTCDay() - firstWeekday() + 7) % 7;

  function dayCell(day) {
    const isEnd = day === now.from || day === now.to;
    const isWithin = day >= now.from && day <= now.to;
    const attributes = {
      type: "button", data: { day }, tabindex: day === cursor ? 0 : -1, disabled: day > now.today,
      "aria-label": inWords(day, { dateStyle: "full" }), "aria-current": day === now.today ? "date" : undefined,
      class: [isEnd ? "is-end" : "", isWithin ? "is-within" : ""].join(" ").trim() || undefined,
    };
    return h("td", { role: "gridcell", "aria-selected": String(isWithin) }, h("button", attributes, Number(day.slice(8))));
  }

  function month(first) {
    const days = [...Array(offset(first)).fill(null), ...daysOf({ from: first, to: lastOfMonth(first) })];
    const weeks = Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (__, at) => days[week * 7 + at] ?? null));
    const names = weeks[1].map((day) => {
      const [short, long] = [inWords(day, { weekday: "narrow" }), inWords(day, { weekday: "long" })];
      return h("th", { scope: "col", abbr: long }, h("span", { "aria-hidden": "true" }, short), h("span", { class: "unseen" }, long));
    });
    const title = inWords(first, { month: "long", year: "numeric" });
    const row = (week) => h("tr", {}, week.map((day) => (day ? dayCell(day) : h("td", { role: "gridcell" }))));
    return h("table", { role: "grid", "aria-label": title, class: "calendar-month" },
      h("caption", { "aria-hidden": "true" }, title), h("thead", {}, h("tr", {}, names)), h("tbody", {}, weeks.map(row)));
  }

  function reveal(day) {
    if (day >= shiftMonths(last, 1) || day < shiftMonths(last, -1)) last = firstOfMonth(day);
  }

  function turn(months) {
    last = shiftMonths(last, months);
    draw();
  }

  function draw() {
    if (last > now.today) last = firstOfMonth(now.today);
    const isNewest = shiftMonths(last, 1) > now.today;
    const button = (name, label, months, disabled) =>
      h("button", { type: "button", class: "quiet calendar-turn", "aria-label": label, disabled, on: { click: () => turn(months) } }, icon(name));
    element.replaceChildren(
      button("chevron_left", "The month before", -1, false), month(shiftMonths(last, -1)), month(last),
      button("chevron_right", "The month after", 1, isNewest),
    );
    if (!element.querySelector("[data-day][tabindex='0']")) element.querySelector(`[data-day="${last}"]`).tabIndex = 0;
  }

  function choose(day) {
    const from = begun === null ? day : [begun, day].sort()[0];
    const to = begun === null ? day : [begun, day].sort()[1];
    begun = begun === null ? day : null;
    cursor = day;
    now.onChoose(from, to);
  }

  function moveTo(day) {
    cursor = day > now.today ? now.today : day;
    reveal(cursor);
    draw();
    element.querySelector(`[data-day="${cursor}"]`).focus();
  }

  element.addEventListener("click", (event) => {
    const { day } = event.target.closest("[data-day]")?.dataset ?? {};
    if (!day) return;
    choose(day);
    element.querySelector(`[data-day="${day}"]`)?.focus();
  });

  element.addEventListener("keydown", (event) => {
    const { day } = event.target.dataset;
    if (!day) return;
    const goes = {
      ArrowLeft: () => shift(day, -1), ArrowRight: () => shift(day, 1),
      ArrowUp: () => shift(day, -7), ArrowDown: () => shift(day, 7),
      Home: () => shift(day, -offset(day)), End: () => shift(day, 6 - offset(day)),
      PageUp: () => shiftMonths(day, -1), PageDown: () => shiftMonths(day, 1),
    };
    if (!goes[event.key]) return;
    event.preventDefault();
    moveTo(goes[event.key]());
  });

  function update(more) {
    if (more.to && more.to !== now.to) {
      cursor = more.to;
      reveal(cursor);
    }
    now = { ...now, ...more };
    draw();
  }

  /** Forgets where a span was begun. */
  function restart() {
    begun = null;
  }

  update({});
  return { element, update, restart };
}

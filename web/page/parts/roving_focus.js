// One Tab stop for a whole table: the arrows go from row to row and between what can be pressed in a row; Home, End,
// PageUp and PageDown go further.

const STOPS = "a[href], button:not([disabled])";

const stopsOf = (line) => (line ? [...line.querySelectorAll(STOPS)] : []);
const columnOf = (stop) => stop.closest("td, th, li")?.cellIndex ?? 0;

/**
 * @param {{root: Element, head: () => Element|null, list: ReturnType<import("./virtual_rows.js").virtualRows>,
 *   first: () => Element|null}} of  `head`: the line above the rows, where it can be pressed; `first`: what Tab comes to
 *   as long as nothing else in the table had focus
 * @returns {{refresh: () => void}} `refresh` is called whenever rows were made
 */
export function rovingFocus({ root, head, list, first }) {
  let current = null;

  function refresh() {
    const stops = stopsOf(root);
    if (!current?.isConnected || !root.contains(current)) {
      const wanted = first();
      current = wanted?.matches(STOPS) ? wanted : (stops[0] ?? null);
    }
    for (const stop of stops) stop.tabIndex = stop === current ? 0 : -1;
  }

  function become(stop) {
    if (!stop) return;
    if (current) current.tabIndex = -1;
    current = stop;
    current.tabIndex = 0;
  }

  function goTo(stop) {
    become(stop);
    stop?.focus();
  }

  /** The stop of a line that is nearest to a column, or of the next line that has one. */
  function goToLine(index, step, column) {
    for (let at = index; at >= -1 && at < list.count(); at += step) {
      const stops = stopsOf(at === -1 ? head() : list.show(at));
      if (stops.length) {
        const distance = (stop) => Math.abs(columnOf(stop) - column);
        return goTo(stops.reduce((best, stop) => (distance(stop) < distance(best) ? stop : best)));
      }
    }
    return undefined;
  }

  function lineOf(stop) {
    for (let node = stop; node && node !== root; node = node.parentElement) {
      if (node.rowKey !== undefined) return { index: list.indexOf(node), line: node };
    }
    return { index: -1, line: head() };
  }

  root.addEventListener("focusin", (event) => {
    const stop = event.target.closest(STOPS);
    if (stop && root.contains(stop)) become(stop);
  });

  root.addEventListener("keydown", (event) => {
    const stop = event.target.closest(STOPS);
    if (!stop || event.altKey || event.ctrlKey || event.metaKey) return;
    const { index, line } = lineOf(stop);
    const page = Math.max(1, Math.floor(innerHeight / list.rowHeight()) - 4);
    const [stops, last] = [stopsOf(line), list.count() - 1];
    const goes = {
      ArrowLeft: () => goTo(stops[stops.indexOf(stop) - 1]),
      ArrowRight: () => goTo(stops[stops.indexOf(stop) + 1]),
      ArrowUp: () => goToLine(index - 1, -1, columnOf(stop)),
      ArrowDown: () => goToLine(index + 1, 1, columnOf(stop)),
      Home: () => goToLine(0, 1, columnOf(stop)),
      End: () => goToLine(last, -1, columnOf(stop)),
      PageUp: () => goToLine(Math.max(0, index - page), -1, columnOf(stop)),
      PageDown: () => goToLine(Math.min(last, index + page), 1, columnOf(stop)),
    };
    if (!goes[event.key]) return;
    event.preventDefault();
    goes[event.key]();
  });

  return { refresh };
}

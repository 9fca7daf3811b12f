// The heads of a table's columns: groups above, and buttons that sort. The arrow stands outside of the word's edge, so
// that nothing moves when another column is sorted.
import { h } from "../dom.js";

/** What a first press of a column's head gives: numbers descending, names ascending. */
export const firstDirection = (column) => (column.align === "number" ? "desc" : "asc");

const WORDS = { asc: "ascending", desc: "descending" };

/**
 * @param {{columns: object[], sort: {key: string, dir: "asc"|"desc"}|null, onSort: Function}} props
 * @returns {Element[]} the rows of a thead
 */
export function headRows({ columns, sort, onSort }) {
  const heads = h("tr", { class: "table-heads" }, columns.map((column) => headCell(column, sort, onSort)));
  return columns.some((column) => column.group) ? [groupRow(columns), heads] : [heads];
}

function groupRow(columns) {
  const cells = [];
  for (const column of columns) {
    const last = cells.at(-1);
    // The first column may stay in sight while the others are scrolled: its cell is its own.
    if (cells.length > 1 && last.group === (column.group ?? null)) last.span += 1;
    else cells.push({ group: column.group ?? null, span: 1 });
  }
  const cell = ({ group, span }) =>
    group === null
      ? h("td", { colspan: span })
      : h("th", { scope: "colgroup", colspan: span, class: "table-group" }, h("span", {}, group));
  return h("tr", { class: "table-groups" }, cells.map(cell));
}

function headCell(column, sort, onSort) {
  const isSorted = sort?.key === column.key;
  const props = { scope: "col", class: cellClass(column), "aria-sort": isSorted ? WORDS[sort.dir] : undefined };
  if (!column.sortable) {
    const label = column.labelHidden ? h("span", { class: "unseen" }, column.label) : column.label;
    return h("th", props, label);
  }
  const flipped = sort?.dir === "desc" ? "asc" : "desc";
  const dir = isSorted ? flipped : firstDirection(column);
  const arrow = h("span", { class: "table-arrow", "aria-hidden": "true" }, isSorted && sort.dir === "asc" ? "↑" : "↓");
  const press = () => onSort({ key: column.key, dir });
  return h("th", props, h("button", { type: "button", data: { sort: column.key }, on: { click: press } }, arrow, column.label));
}

/** The classes of a column's cells, in the head as below. */
export function cellClass(column) {
  return [column.align === "number" ? "number" : "text", column.starts ? "starts-group" : null, column.class ?? null]
    .filter(Boolean)
    .join(" ");
}

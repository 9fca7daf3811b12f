// A table of rows: sorted by its heads, filtered, with a sum row, one Tab stop, and a window of rows where there are
// many.
import { h, setText } from "../dom.js";
import { ordering } from "./ordered_rows.js";
import { rovingFocus } from "./roving_focus.js";
import { cellClass, headRows } from "./table_head.js";
import { ALL_SHOWN_MAX, virtualRows } from "./virtual_rows.js";

const ROW_HEIGHT = 40;
const ROWS_WHILE_WAITING = 8;

/**
 * @typedef {object} Column
 * @property {string} key
 * @property {string} label  the currency of amounts stands here
 * @property {boolean} [labelHidden]  for a column of buttons: heard, not seen
 * @property {"text"|"number"} align
 * @property {string} [group]  the words above it and its neighbours of the same group
 * @property {boolean} [starts]  more room before it
 * @property {string} [class]
 * @property {(row: object) => number|bigint|string|null} value  what it sorts by
 * @property {(row: object) => Node|string} cell
 * @property {boolean} [sortable]
 *
 * @param {{caption: string, columns: Column[], rows: object[]|null, sort?: {key: string, dir: "asc"|"desc"}|null,
 *   onSort?: Function, filter?: ((row: object) => boolean)|null, sum?: ((shown: object[]) => {label: string, cells: object}|null)|null, empty?: Node,
 *   rowKey: (row: object) => string, marked?: string|null, class?: string}} props  `rows` null: they are on their way;
 *   `sort` null: as they stand; `sum`: of the rows that are shown; `marked`: the key of the row that is open elsewhere; the first column is the row's head
 * @returns {{element: Element, update: (props: object) => void, shown: () => object[], destroy: () => void}}
 */
export function table(props) {
  let now = { sort: null, filter: null, sum: null, marked: null, onSort: () => {}, ...props };
  let shown = [];
  let sizedFor = null;
  const order = ordering();
  const [caption, head] = [h("caption", {}, h("span", { class: "unseen" })), h("thead")];
  const [sizer, body, foot] = [h("tbody", { class: "table-sizer", "aria-hidden": "true" }), h("tbody"), h("tfoot")];
  const grid = h("table", {}, caption, head, sizer, body, foot);
  const element = h("div", { class: ["table", "scrolls", props.class].filter(Boolean).join(" ") }, grid);
  const makeSpacer = () => h("tr", { class: "table-spacer", "aria-hidden": "true" }, h("td", { colspan: now.columns.length }));
  const list = virtualRows({ body, rowHeight: ROW_HEIGHT, makeRow, makeSpacer });
  const first = () => head.querySelector("[aria-sort] button") ?? body.querySelector("a[href], button");
  const focus = rovingFocus({ root: grid, head: () => head.querySelector(".table-heads"), list, first });

  function makeRow(row, index, old) {
    const cells = now.columns.map((column, place) => {
      const attributes = { class: cellClass(column), ...(place === 0 ? { scope: "row" } : {}) };
      return h(place === 0 ? "th" : "td", attributes, column.cell(row));
    });
    const node = old ?? h("tr");
    if (old) replaceCells(old, cells);
    else node.append(...cells);
    node.classList.toggle("is-marked", now.marked !== null && now.rowKey(row) === now.marked);
    if (list?.count() > ALL_SHOWN_MAX) node.setAttribute("aria-rowindex", String(index + 2));
    else node.removeAttribute("aria-rowindex");
    return node;
  }

  function drawHead() {
    const pressed = head.contains(document.activeElement) ? document.activeElement.dataset.sort : null;
    head.replaceChildren(...headRows(now));
    if (pressed) head.querySelector(`[data-sort="${CSS.escape(pressed)}"]`)?.focus();
  }

  function sumRow(rows) {
    const { columns } = now;
    const sum = rows.length ? (now.sum?.(rows) ?? null) : null;
    if (!sum) return [];
    const span = Math.max(1, columns.findIndex((column) => column.key in sum.cells));
    const cells = columns.slice(span).map((column) => h("td", { class: cellClass(column) }, sum.cells[column.key] ?? ""));
    return [h("tr", { class: "table-sum" }, h("th", { scope: "row", colspan: span }, sum.label), cells)];
  }

  /** The widest cell of each column, and the sum, in rows that are not seen: columns keep their widths, whatever is shown of the rows. */
  function drawSizer() {
    if (!now.rows?.length || (!("filter" in props) && now.rows.length <= ALL_SHOWN_MAX)) return sizer.replaceChildren();
    const size = (column, row) => {
      const value = column.value?.(row) ?? 0;
      return column.align === "number" ? Number(value) : String(value).length;
    };
    const widest = (column) => now.rows.reduce((best, row) => (size(column, row) > size(column, best) ? row : best));
    const cells = now.columns.map((column) => h("td", { class: cellClass(column) }, column.cell(widest(column))));
    for (const stop of cells.flatMap((cell) => [...cell.querySelectorAll("a, button")])) {
      stop.replaceWith(h("span", { class: stop.className }, [...stop.childNodes]));
    }
    return sizer.replaceChildren(h("tr", {}, cells), ...sumRow(now.rows));
  }

  function drawInstead() {
    const columns = now.columns.length;
    const waiting = () => h("tr", { class: "table-waiting", "aria-hidden": "true" }, now.columns.map(() => h("td", {}, h("i"))));
    if (now.rows === null) body.replaceChildren(...Array.from({ length: ROWS_WHILE_WAITING }, waiting));
    else body.replaceChildren(h("tr", { class: "table-empty" }, h("td", { colspan: columns }, now.empty ?? "Nothing here.")));
  }

  function drawRows() {
    const column = now.columns.find((one) => one.key === now.sort?.key);
    const before = shown;
    shown = now.rows ? order(now.rows, column ?? null, now.sort?.dir, now.filter) : [];
    if (!shown.length || !before.length) list.reset();
    if (shown.length > ALL_SHOWN_MAX) grid.setAttribute("aria-rowcount", String(shown.length + 1));
    else grid.removeAttribute("aria-rowcount");
    list.update(shown, now.rowKey);
    if (!shown.length) drawInstead();
    grid.setAttribute("aria-busy", String(now.rows === null));
  }

  function mark() {
    for (const row of body.children) row.classList.toggle("is-marked", now.marked !== null && row.rowKey === now.marked);
  }

  function update(more) {
    const old = now;
    now = { ...now, ...more };
    setText(caption.firstChild, now.caption);
    const isOther = more.columns && more.columns !== old.columns;
    if (isOther) list.reset();
    if (isOther || now.sort !== old.sort || !head.firstChild) drawHead();
    if (isOther || now.rows !== sizedFor) drawSizer();
    sizedFor = now.rows;
    drawRows();
    foot.replaceChildren(...sumRow(shown));
    mark();
    focus.refresh();
  }

  new MutationObserver(focus.refresh).observe(body, { childList: true });
  update({ columns: [...props.columns] });
  return { element, update, shown: () => shown, destroy: list.destroy };
}

/** Puts new cells into a row; focus stays in the column where it was. */
function replaceCells(row, cells) {
  const column = row.contains(document.activeElement) ? document.activeElement.closest("td, th").cellIndex : -1;
  cells.forEach((cell, place) => {
    if (!row.cells[place]?.isEqualNode(cell)) row.cells[place].replaceWith(cell);
  });
  if (column >= 0 && !row.contains(document.activeElement)) row.cells[column].querySelector("a, button")?.focus();
}

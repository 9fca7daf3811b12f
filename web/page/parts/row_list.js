// Rows of two lines, where a table has no room: the same order, filter and window of rows as a table's.
import { h } from "../dom.js";
import { ordering } from "./ordered_rows.js";
import { virtualRows } from "./virtual_rows.js";

const ROW_HEIGHT = 61;

/**
 * @param {{label: string, rows: object[]|null, column?: {key: string, value: Function}|null, dir?: "asc"|"desc",
 *   filter?: ((row: object) => boolean)|null, item: (row: object) => Node[], rowKey: (row: object) => string,
 *   empty?: Node}} props  `column`: what they are sorted by; `item`: what stands in a row; `rows` null: on their way
 * @returns {{element: Element, update: (props: object) => void, shown: () => object[], destroy: () => void}}
 */
export function rowList(props) {
  let now = { column: null, dir: "desc", filter: null, ...props };
  let shown = [];
  const order = ordering();
  const body = h("ul", { class: "row_list-rows" });
  const nothing = h("div", { class: "row_list-empty" });
  const element = h("div", { class: "row_list" }, body, nothing);
  const list = virtualRows({ body, rowHeight: ROW_HEIGHT, makeRow, makeSpacer: () => h("li", { "aria-hidden": "true" }) });

  function makeRow(row, index, old) {
    const node = old ?? h("li", { class: "row_list-row" });
    const hadFocus = node.contains(document.activeElement);
    node.replaceChildren(...now.item(row));
    if (hadFocus) node.querySelector("a, button")?.focus();
    return node;
  }

  function update(more) {
    const isOther = "column" in more && more.column !== now.column;
    now = { ...now, ...more };
    body.setAttribute("aria-label", now.label);
    if (isOther) list.reset();
    shown = now.rows ? order(now.rows, now.column, now.dir, now.filter) : [];
    list.update(shown, now.rowKey);
    nothing.replaceChildren(...(now.rows && !shown.length && now.empty ? [now.empty] : []));
  }

  update({});
  return { element, update, shown: () => shown, destroy: list.destroy };
}

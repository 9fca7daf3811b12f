// A chart's figures as a table: the first column names the row, the others are numbers.

import { h } from "../dom.js";

/** `heads`, `rows`: text by column. */
export function figuresTable(caption, heads, rows) {
  const head = (text, index) => h("th", { scope: "col", class: index ? "is-number" : null }, text);
  const cell = (text, index) => index ? h("td", { class: "is-number" }, text) : h("th", { scope: "row" }, text);
  return h(
    "table",
    { class: "chart_table" },
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, heads.map(head))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell)))),
  );
}

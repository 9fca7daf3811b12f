// The campaigns as a table, or as rows of two lines where there is no room for one.

import { summed } from "../campaign_rows.js";
import { channel } from "../channels.js";
import { h, replace } from "../dom.js";
import { count, money, rate } from "../format.js";
import { rowList } from "../parts/row_list.js";
import { table } from "../parts/table.js";
import { buyersButton, campaignLink, sumCells } from "./campaign_columns.js";

const narrow = matchMedia("(max-width: 719px)");

/**
 * @param {{onSort: Function, onBuyers: Function}} handlers
 * @returns what parts/table.js does, `sortChoice`: what it is sorted by, where there are no heads to press, and
 *   `subscribe(fn)`: called when it has become the other of the two; it is then to be updated
 */
export function campaignListing({ onSort, onBuyers }) {
  let part = null;
  let now = null;
  const element = h("div", { class: "campaign_listing" });
  const select = h("select", { on: { change: () => onSort({ key: select.value, dir: select.value === "campaign" ? "asc" : "desc" }) } });
  const sortChoice = h("label", { class: "sort_choice" }, h("span", {}, "Sort"), select);

  function figure(row) {
    const { key } = now.sort;
    if (key === "average_check") return row.average_check === null ? "–" : money(row.average_check, now.currency);
    if (key.endsWith("_rate")) return rate(row[key]);
    return ["campaign", "channel", "revenue"].includes(key) ? money(row.revenue, now.currency) : count(row[key]);
  }

  function item(row) {
    const { glyph, label } = channel(row.channel);
    return [
      h("div", { class: "campaign_listing-line" }, glyph(), campaignLink(row, now.period), h("b", {}, figure(row))),
      h("div", { class: "campaign_listing-line is-second" }, h("span", {}, label),
        h("span", {}, `${count(row.sent)} sent`), h("span", {}, `${count(row.clicked)} clicked`), buyersButton(row, onBuyers, " bought")),
    ];
  }

  function sumOf(shown) {
    const all = now.of === 1 ? "1 campaign" : `All ${count(now.of)} campaigns`;
    const label = shown.length === now.of ? all : `${count(shown.length)} of ${count(now.of)} campaigns`;
    return { label, cells: sumCells(summed(shown, now.currency), now.currency, now.hasSales) };
  }

  function drawList() {
    const column = now.columns.find(({ key }) => key === now.sort.key);
    const choices = now.columns.filter(({ sortable, key }) => sortable && key !== "channel");
    if ([...select.options].map(({ value }) => value).join() !== choices.map(({ key }) => key).join()) {
      replace(select, choices.map(({ key, words: label }) => h("option", { value: key }, label)));
    }
    select.value = now.sort.key;
    part.update({ rows: now.rows, column, dir: now.sort.dir, filter: now.filter, empty: now.empty, label: "Campaigns" });
  }

  function drawTable() {
    const { columns, rows, sort, filter, empty, marked } = now;
    part.update({ columns, rows, sort, filter, empty, marked, sum: sumOf });
  }

  function make() {
    part?.destroy();
    part = narrow.matches
      ? rowList({ label: "Campaigns", rows: null, item, rowKey: (row) => row.key })
      : table({ caption: "Campaigns", columns: now.columns, rows: null, sort: now.sort, filter: null, onSort, rowKey: (row) => row.key });
    element.replaceChildren(part.element);
    element.dataset.narrow = String(narrow.matches);
  }

  function update(props) {
    now = props;
    if (element.dataset.narrow !== String(narrow.matches)) make();
    if (narrow.matches) drawList();
    else drawTable();
  }

  return {
    element, sortChoice, update,
    shown: () => part?.shown() ?? [],
    subscribe(fn) {
      narrow.addEventListener("change", fn);
      return () => narrow.removeEventListener("change", fn);
    },
    destroy: () => part?.destroy(),
  };
}

// Orders: what they come to by status, as it adds up, and the list of them, each with its why.

import { exportCsv, mayExport, PAGE_MOST } from "../csv_export.js";
import { h, icon, replace, setText } from "../dom.js";
import { count, period as daysInWords, today as dayOfToday, day, dayOf } from "../format.js";
import { onKeys } from "../keyboard.js";
import { namesReading } from "../names_reading.js";
import { cameMeanwhile, orderPages } from "../order_pages.js";
import { TOTAL_NOTE } from "../order_words.js";
import { empty } from "../parts/empty.js";
import { equation } from "../parts/equation.js";
import { orderColumns, orderItem } from "../parts/order_cells.js";
import { touchOf } from "../parts/feed.js";
import { periodPicker } from "../parts/period_picker.js";
import { problem } from "../parts/problem.js";
import { search } from "../parts/search.js";
import { creditedOf, statusDetail } from "../parts/status_detail.js";
import { table } from "../parts/table.js";
import { tabs } from "../parts/tabs.js";
import { after, before, DEFAULT, holdsToday, resolve } from "../periods.js";
import { reading } from "../reading.js";
import { href } from "../router.js";
import { STATUSES } from "../words.js";
import { previewContact } from "./contact_preview.js";

const REPORT = "/v1/reports/orders";
const SEARCH_MS = 400;
const LIVE_ROWS = 10;
const OF_STATUS = { initialized: "INITIALIZED", in_progress: "IN_PROGRESS", delivered: "DELIVERED", cancelled: "CANCELLED" };
const TERMS = [["total", "Total", ""], ["initialized", "Initialized", "="], ["in_progress", "In progress", "+"], ["delivered", "Delivered", "+"]];
const APART = [["cancelled", "Cancelled"], ["refunded", "Refunded"], ["contact_unknown", "Contact unknown"]];

export function mount(root, first, context) {
  const { me, live } = context;
  const narrow = matchMedia("(max-width: 719px)");
  const exports = mayExport(me);
  let asked = first;
  let [totals, channels, listed, readFor, timer] = [null, null, null, null, 0];
  const today = () => live.get()?.day ?? dayOfToday();
  const period = () => resolve(asked.period ?? DEFAULT, today());
  const span = () => ({ from: period().from, to: period().to });
  const go = (changes, options) => context.navigate(href("orders", [], { ...asked, ...changes }), options);
  const hrefOf = (order) => href("orders", [order]);
  const filter = () => ({ ...span(), status: asked.status, order: asked.order });

  const picker = periodPicker({ period: asked.period ?? DEFAULT, today: today(), zone: me.time_zone, onChange: choosePeriod });
  const exported = h("button", { type: "button", class: "button orders-export", "aria-label": "Export CSV", on: { click: exportList } }, icon("download"), h("span", {}, "Export CSV"));
  const sums = equation({ ...figures(), currency: me.currency, selected: null, detail, onSelect: (key) => go({ status: OF_STATUS[key] ?? null }) });
  const statuses = tabs({ label: "Status", tabs: [], selected: "", controls: "orders-list", onSelect: (key) => go({ status: key || null }, { replace: true }) });
  const find = search({ label: "Search an order by its id", placeholder: "Order id", value: asked.order ?? "", onInput: typed, onSubmit: searched });
  const newer = h("button", { type: "button", class: "button orders-newer", on: { click: readNewer } });
  const more = h("button", { type: "button", class: "button orders-more", on: { click: () => pages.more() } }, "Show more orders");
  const left = h("p", { class: "note orders-left" });
  const place = h("div", { class: "orders-list", id: "orders-list", role: "tabpanel", "aria-labelledby": "heading" });
  let list = null;
  root.classList.add("orders");
  root.append(
    h("div", { class: "heading" }, h("h1", { id: "heading", tabindex: "-1" }, "Orders"), h("div", { class: "heading-actions" }, picker.element, exports && exported)),
    sums.element,
    h("div", { class: "orders-bar" }, statuses.element, h("div", { class: "orders-find" }, newer, find.element)),
    place,
    left,
    more,
  );
  const ends = new IntersectionObserver(([entry]) => entry.isIntersecting && !more.hidden && pages.more(), { rootMargin: "600px" });
  ends.observe(more);

  const pages = orderPages(showRows, (found) => {
    place.classList.remove("going");
    if (listed === null) replace(place, problem({ problem: found, what: "The orders", onRetry: () => pages.read(filter()) }).element);
  });
  const sumsRead = reading((report) => {
    totals = report;
    draw();
  }, () => {});
  const channelsRead = reading((report) => {
    channels = report;
    draw();
  }, () => {});
  const names = namesReading(() => list.update(shown()));
  const stops = [
    live.subscribe(onTotals),
    onKeys({ "/": find.focus, p: picker.open, "[": () => choosePeriod(before(asked.period ?? DEFAULT, today())), "]": () => choosePeriod(after(asked.period ?? DEFAULT, today())), e: () => exports && exportList() }),
  ];
  narrow.addEventListener("change", newList);

  function figures() {
    const of = (key) => ({ orders: totals?.totals[key].orders ?? 0, amount: totals?.totals[key].amount ?? null });
    return {
      terms: TERMS.map(([key, label, signed]) => ({ key, label, signed, status: OF_STATUS[key] ?? null, ...of(key) })),
      apart: APART.map(([key, label]) => ({ key, label, ...of(key) })),
    };
  }

  function detail(key) {
    if (!totals) return "…";
    const known = STATUSES[OF_STATUS[key] ?? key.toUpperCase()];
    const { orders, amount } = totals.totals[key];
    const shown = { title: known?.label ?? "Total", note: known?.info ?? TOTAL_NOTE, days: daysInWords(totals.from, totals.to), orders, amount, currency: totals.currency };
    if (key !== "delivered") return statusDetail({ ...shown, total: key === "initialized" || key === "in_progress" ? totals.totals.total.amount : null });
    return statusDetail({ ...shown, ...(channels && channels.total.purchases === orders ? creditedOf(channels) : {}) });
  }

  function draw() {
    const currency = totals?.currency ?? me.currency;
    const selected = Object.keys(OF_STATUS).find((key) => OF_STATUS[key] === asked.status) ?? null;
    sums.update({ ...figures(), currency, selected });
    const counted = (key) => totals && count(totals.totals[key].orders);
    statuses.update({
      selected: asked.status ?? "",
      tabs: [{ key: "", label: "All" }, ...Object.entries(OF_STATUS).map(([key, status]) => ({ key: status, label: STATUSES[status].label, count: counted(key) })), { key: "ABANDONED_SHOPPING_CART", label: "Abandoned cart" }],
    });
  }

  function newList() {
    list?.destroy?.();
    if (narrow.matches) list = orderItems(totals?.currency ?? me.currency, hrefOf);
    else list = table({ caption: "Orders, newest first", columns: columns(), rows: null, rowKey: (row) => row.order });
    list.update(shown());
    replace(place, list.element);
  }

  const columns = () => orderColumns({ currency: totals?.currency ?? me.currency, hidesPeople: me.role === "viewer", hrefOf, onContact: exports ? previewContact : null });

  /** What the list shows, each of its cells made anew. */
  const shown = () => ({ rows: listed?.rows ?? null, empty: nothing(), columns: columns() });

  function showRows(found) {
    place.classList.remove("going");
    const isFirst = listed === null;
    listed = found;
    if (isFirst) newList();
    else list.update({ rows: found.rows, empty: nothing() });
    if (!place.contains(list.element)) replace(place, list.element);
    names.need(found.rows.map(touchOf).filter(Boolean), namesSpan(found));
    more.hidden = !found.hasMore;
    newer.hidden = true;
    const from = found.report.rows_from;
    setText(left, from ? `Orders before ${day(from)} are in the sums; they are kept one by one no longer.` : "");
    if (isFirst || !asked.order) context.announce(`${count(found.rows.length)}${found.hasMore ? " and more" : ""} ${found.rows.length === 1 ? "order" : "orders"}, newest first`);
  }

  /** An order that was searched for may be of any day. */
  function namesSpan({ rows, report }) {
    if (!asked.order || !rows.length) return { from: report.from, to: report.to };
    const of = dayOf(rows[0].ordered_at);
    return { from: of, to: of };
  }

  function nothing() {
    if (asked.order) {
      const text = asked.status ? `No order “${asked.order}” with this status.` : `Nobody has told lasttouch about order ${asked.order}.`;
      return empty({ text, action: { label: "Clear the search", onClick: clearSearch } }).element;
    }
    return empty({ text: asked.status ? `No order of this period is ${STATUSES[asked.status]?.label.toLowerCase() ?? asked.status}.` : "No order was made in this period.", action: asked.status ? { label: "Show all", onClick: () => go({ status: null }) } : null }).element;
  }

  function onTotals(now) {
    if (!now || !holdsToday(period(), today())) return;
    sumsRead.again();
    channelsRead.again();
    if (listed === null || asked.order) return;
    const { fresh, differs } = cameMeanwhile(listed.rows, now.orders, asked);
    newer.hidden = !fresh && !differs;
    setText(newer, fresh ? `${fresh >= LIVE_ROWS ? `${fresh} or more` : fresh} newer ${fresh === 1 ? "order" : "orders"}` : "Orders have changed");
  }

  function readNewer() {
    newer.hidden = true;
    document.getElementById("heading").focus({ preventScroll: true });
    pages.anew();
    sumsRead.now();
    channelsRead.now();
  }

  function choosePeriod(text) {
    if (text !== null) go({ period: text === DEFAULT ? null : text });
  }

  function typed(text) {
    clearTimeout(timer);
    timer = setTimeout(() => searched(text), SEARCH_MS);
  }

  function searched(text) {
    clearTimeout(timer);
    go({ order: text.trim() || null }, { replace: true });
  }

  function clearSearch() {
    find.update({ value: "" });
    searched("");
    find.focus();
  }

  function exportList() {
    exportCsv(REPORT, { ...filter(), limit: PAGE_MOST }, { button: exported, toast: context.toast });
  }

  function update(params) {
    asked = params;
    const wanted = JSON.stringify(filter());
    picker.update({ period: asked.period ?? DEFAULT, today: today() });
    find.update({ value: asked.order ?? "" });
    if (wanted !== readFor) {
      if (readFor !== null) place.classList.add("going");
      readFor = wanted;
      newer.hidden = true;
      sumsRead.read(REPORT, { ...span(), limit: 1 });
      channelsRead.read("/v1/reports/channels", span());
      pages.read(filter());
    }
    draw();
  }

  context.setTitle("Orders");
  newer.hidden = more.hidden = true;
  newList();
  update(first);
  return {
    update,
    unmount() {
      clearTimeout(timer);
      stops.forEach((stop) => stop());
      [pages, sumsRead, channelsRead, names].forEach((one) => one.stop());
      ends.disconnect();
      list?.destroy?.();
      narrow.removeEventListener("change", newList);
    },
  };
}

// The list on narrow screens: rows of two lines, each a link.
function orderItems(currency, hrefOf) {
  const element = h("div", { class: "order_items" });
  return {
    element,
    update({ rows, empty: instead }) {
      if (rows && !rows.length) return replace(element, instead);
      return replace(element, h("ul", { "aria-label": "Orders, newest first" }, (rows ?? []).map((row) => h("li", {}, h("a", { class: "order_item", href: hrefOf(row.order) }, orderItem(row, currency))))));
    },
  };
}

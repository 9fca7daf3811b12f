// Campaigns: a period's campaigns beside each other, what they sent and what they earned, and who bought.

import { learnNames } from "../campaign_names.js";
import { byName, channelsOf, matching, ofKey, prepared } from "../campaign_rows.js";
import { copyRows } from "../clipboard.js";
import { exportCsv, mayExport } from "../csv_export.js";
import { h, icon, replace } from "../dom.js";
import { count, today as dayOfToday } from "../format.js";
import { onKeys } from "../keyboard.js";
import { empty } from "../parts/empty.js";
import { headline } from "../parts/headline.js";
import { periodPicker } from "../parts/period_picker.js";
import { problem } from "../parts/problem.js";
import { search } from "../parts/search.js";
import { switchControl } from "../parts/switch.js";
import { tabs } from "../parts/tabs.js";
import { after, before, DEFAULT, holdsToday, resolve } from "../periods.js";
import { reading } from "../reading.js";
import { href } from "../router.js";
import { campaignColumns } from "./campaign_columns.js";
import { campaignFigures } from "./campaigns_headline.js";
import { campaignListing } from "./campaign_listing.js";
import { whoBought } from "./who_bought.js";

const REPORT = "/v1/reports/campaigns";
const SALES_OFF = "lasttouch.sales.off";
const NONE = [];

export function mount(root, first, context) {
  const { me, live } = context;
  let asked = first;
  let [report, rows, readFor, toldBy] = [null, null, null, null];
  let hasSales = localStorage.getItem(SALES_OFF) === null;
  let columns = [];
  let ofColumns = null;

  const today = () => live.get()?.day ?? dayOfToday();
  const period = () => resolve(asked.period ?? DEFAULT, today());
  const span = () => ({ from: period().from, to: period().to });
  const ofChannel = () => (rows ?? NONE).filter((row) => !asked.channel || row.channel === asked.channel);
  const address = (changes) => href("campaigns", [], { ...asked, ...changes });
  const go = (changes, options) => context.navigate(address(changes), options);
  const exports = mayExport(me);

  const picker = periodPicker({ period: asked.period ?? DEFAULT, today: today(), zone: me.time_zone, onChange: choosePeriod });
  const button = (name, label, press) => h("button", { type: "button", class: `button campaigns-${name}`, on: { click: press } }, icon(name), h("span", {}, label));
  const [copied, exported] = [button("copy", "Copy", copy), button("download", "Export CSV", exportReport)];
  const figures = headline(campaignFigures(null, me.currency));
  const channels = tabs({ label: "Channels", tabs: [], selected: "", controls: "campaigns-table", onSelect: (key) => go({ channel: key || null }, { replace: true }) });
  const sales = switchControl({ label: "$ Sales", checked: hasSales, shortcut: "$", onChange: showSales });
  const find = search({ label: "Search campaigns", placeholder: "Search campaigns", value: asked.q ?? "", onInput: (text) => go({ q: text || null }, { replace: true }) });
  const listing = campaignListing({ onSort, onBuyers });
  const changed = h("button", { type: "button", class: "button campaigns-changed", hidden: true, on: { click: readAnew } }, "Numbers have changed");
  const place = h("div", { class: "campaigns-place", id: "campaigns-table", role: "tabpanel", "aria-labelledby": "heading" }, listing.element);
  root.classList.add("campaigns");
  root.append(
    h("div", { class: "heading" }, h("h1", { id: "heading", tabindex: "-1" }, "Campaigns"),
      h("div", { class: "heading-actions" }, picker.element, copied, exports && exported)),
    figures.element,
    h("div", { class: "campaigns-bar" }, channels.element, sales.element, h("div", { class: "campaigns-find" }, find.element, listing.sortChoice), changed),
    place);

  const page = reading(show, fail);
  const drawer = whoBought({ context, onClose: () => go({ bought: null }, { replace: true }) });
  const stops = [live.subscribe(onTotals), listing.subscribe(draw),
    onKeys({ "/": find.focus, p: picker.open, $: () => showSales(!hasSales), "[": () => step(before), "]": () => step(after), e: () => exports && exportReport() })];

  function show(data) {
    place.classList.remove("going");
    learnNames(data.campaigns);
    [report, rows, toldBy] = [data, prepared(data), fingerprint(live.get())];
    changed.hidden = true;
    replace(place, listing.element);
    draw();
    announceRows();
  }

  function fail(found) {
    place.classList.remove("going");
    if (rows === null) replace(place, problem({ problem: found, what: "These numbers", onRetry: page.now }).element);
  }

  /** The numbers of a period that holds today are older than what the stream tells: said, not moved. */
  function onTotals(totals) {
    if (rows === null || !holdsToday(period(), today())) return;
    toldBy ??= fingerprint(totals);
    changed.hidden = toldBy === fingerprint(totals);
  }

  function readAnew() {
    changed.hidden = true;
    find.element.querySelector("input").focus({ preventScroll: true });
    page.now();
  }

  function choosePeriod(text) {
    if (text !== null) go({ period: text === DEFAULT ? null : text });
  }

  const step = (direction) => choosePeriod(direction(asked.period ?? DEFAULT, today()));

  function showSales(on) {
    hasSales = on;
    if (on) localStorage.removeItem(SALES_OFF);
    else localStorage.setItem(SALES_OFF, "1");
    sales.update({ checked: on });
    draw();
    announceRows();
  }

  function columnsNow() {
    const of = JSON.stringify([me.currency, report?.currency, asked.period, hasSales]);
    if (of !== ofColumns) columns = campaignColumns({ currency: report?.currency ?? me.currency, period: asked.period ?? null, hasSales, onBuyers });
    ofColumns = of;
    return columns;
  }

  function sortNow() {
    const [key, dir] = (asked.sort ?? "").split(".");
    const column = columnsNow().find((one) => one.key === key && one.sortable);
    if (!column) return { key: hasSales ? "revenue" : "sent", dir: "desc" };
    return { key, dir: dir ?? (column.align === "number" ? "desc" : "asc") };
  }

  function onSort({ key, dir }) {
    go({ sort: `${key}.${dir}` }, { replace: true });
    announceRows();
  }

  function draw() {
    const currency = report?.currency ?? me.currency;
    const all = channelsOf(rows ?? NONE);
    const known = all.some(({ name }) => name === asked.channel) || !asked.channel ? all : [...all, { name: asked.channel, count: 0, label: asked.channel }];
    channels.update({ selected: asked.channel ?? "", tabs: [{ key: "", label: "All", count: rows && count(rows.length) },
      ...known.map(({ name, label, count: number }) => ({ key: name, label, count: count(number) }))] });
    const [shown, sort] = [rows && ofChannel(), sortNow()];
    listing.update({
      columns: columnsNow(), currency, hasSales, sort, filter: matching(asked.q ?? ""), period: asked.period ?? null,
      rows: shown && (sort.key === "revenue" && sort.dir === "desc" ? shown : byName(shown)), of: shown?.length ?? 0,
      empty: nothing(), marked: asked.bought ?? null,
    });
    figures.update(campaignFigures(shown, currency));
    copied.disabled = !listing.shown().length;
    drawer.update({ of: ofKey(asked.bought), ...span(), row: rows?.find((row) => row.key === asked.bought) ?? null, currency, inList: rows !== null });
  }

  function nothing() {
    if (asked.q && ofChannel().length) {
      return empty({ text: `No campaign matches “${asked.q}”.`, action: { label: "Clear the search", onClick: clearSearch } }).element;
    }
    const text = "Nothing was sent in this period, and no order of it was earned by a campaign.";
    const isLong = (asked.period ?? DEFAULT) === DEFAULT;
    const all = { label: "Show all channels", onClick: () => go({ channel: null }) };
    const longer = isLong ? null : { label: "Show the last 30 days", onClick: () => choosePeriod(DEFAULT) };
    return empty({ text, action: asked.channel && rows?.length ? all : longer }).element;
  }

  function clearSearch() {
    go({ q: null }, { replace: true });
    find.update({ value: "" });
    find.focus();
  }

  function announceRows() {
    const { key, dir } = sortNow();
    const column = columnsNow().find((one) => one.key === key);
    const number = listing.shown().length;
    context.announce(`${count(number)} ${number === 1 ? "campaign" : "campaigns"}, sorted by ${column.words.toLowerCase()}, ${dir === "desc" ? "descending" : "ascending"}`);
  }

  function onBuyers(row) {
    drawer.opensHere();
    go({ bought: row.key });
  }

  async function copy() {
    const lines = listing.shown();
    const heads = columnsNow().map((column) => column.words + (column.key === "revenue" || column.key === "average_check" ? `, ${report.currency}` : ""));
    const done = await copyRows([heads, ...lines.map((row) => columnsNow().map((column) => column.copied(row)))]);
    context.toast(done ? `${count(lines.length)} ${lines.length === 1 ? "campaign" : "campaigns"} copied. Paste them into a spreadsheet.` : "The browser did not let this page copy.");
  }

  function exportReport() {
    exportCsv(REPORT, { ...span(), channel: asked.channel }, { button: exported, toast: context.toast });
  }

  function update(params) {
    asked = params;
    const wanted = JSON.stringify(span());
    picker.update({ period: asked.period ?? DEFAULT, today: today() });
    find.update({ value: asked.q ?? "" });
    if (wanted !== readFor) {
      if (readFor !== null) place.classList.add("going");
      readFor = wanted;
      page.read(REPORT, span());
    }
    draw();
  }

  context.setTitle("Campaigns");
  update(first);
  return {
    update,
    unmount() {
      stops.forEach((stop) => stop());
      page.stop();
      drawer.destroy();
      listing.destroy();
    },
  };
}

/** What today's campaigns come to, as far as a report shows it. */
function fingerprint(totals) {
  return totals && JSON.stringify([totals.day, totals.purchases, totals.revenue, totals.expected_purchases, totals.expected_revenue, totals.unattributed]);
}

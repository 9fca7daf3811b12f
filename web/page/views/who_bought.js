// Who bought: the orders that a campaign earned, the people behind them, and what can be done with them.

import { get } from "../api.js";
import { channel } from "../channels.js";
import { exportCsv, PAGE_MOST } from "../csv_export.js";
import { h, icon, replace, setText } from "../dom.js";
import { count, money, period } from "../format.js";
import { buyers } from "../parts/buyers.js";
import { drawer } from "../parts/drawer.js";
import { problem } from "../parts/problem.js";
import { href } from "../router.js";
import { INFO, ROLES, SEGMENT } from "../words.js";
import { previewContact } from "./contact_preview.js";
import { saveSegment } from "./segment_dialog.js";

const REPORT = "/v1/reports/purchases";
const PAGE = 100;
const SEE_PEOPLE = new Set(["marketer", "admin"]);

/** A campaign's orders in words: "412 orders · €33,788.02 · 18–24 Nov"; the list has those of other currencies, too. */
const aboutOf = ({ row, currency, from, to }, others) =>
  [row && `${count(row.purchases)} ${row.purchases === 1 ? "order" : "orders"}`, row && money(row.revenue, currency), period(from, to),
    others > 0 && `${count(others)} in other currencies`].filter(Boolean);

/**
 * The drawer; it is open while `update` is told of a campaign.
 * @param {{context: object, onClose: () => void}} props  `onClose`: the reader has closed it
 * @returns {{update: (of: object) => void, opensHere: () => void, destroy: () => void}} `update({of: {channel, campaign} or
 *   null, from, to, row: the campaign's in the report or null, currency})`
 */
export function whoBought({ context, onClose }) {
  const seesPeople = SEE_PEOPLE.has(context.me.role);
  let open = null;
  let hasEntry = false;

  function show(told) {
    const own = { told, purchases: null, next: null, controller: new AbortController(), isClosing: false };
    const { glyph, label } = channel(told.of.channel);
    const name = h("span", { class: "name", dir: "auto" });
    const about = h("p", { class: "who_bought-about" });
    const button = (sign, words, press) => h("button", { type: "button", class: "button", on: { click: press } }, icon(sign), words);
    const actions = seesPeople ? h("div", { class: "who_bought-actions" }, button("download", "CSV", (event) => exportList(own, event.currentTarget)), button("people", SEGMENT.action, () => saveSegment(own.told, context))) : null;
    const isNarrow = matchMedia("(max-width: 719px)").matches;
    own.list = buyers({ purchases: null, currency: told.currency, isHidden: !seesPeople, isNarrow, href: (order) => href("orders", [order]),
      onPreview: seesPeople ? previewContact : null, empty: h("p", { class: "second" }, "No order of this period was credited to this campaign.") });
    const more = h("div", { class: "who_bought-more" });
    const note = seesPeople ? null : h("p", { class: "note" }, INFO.hidden(ROLES[context.me.role].toLowerCase()));
    const place = h("div", { class: "who_bought-place" }, own.list.element);
    own.sheet = drawer({
      title: h("span", { class: "who_bought-title" }, glyph(), name, h("span", { class: "who_bought-channel" }, label)), over: "Who bought",
      body: [h("div", { class: "who_bought-bar" }, about, actions), note, place, more],
      openerId: `bought-${told.of.channel}/${told.of.campaign}`, onClose: () => closed(own),
    });
    own.sheet.element.classList.add("who_bought");
    own.update = (now) => {
      own.told = now;
      setText(name, now.row?.label ?? now.of.campaign);
      name.title = name.textContent;
      const others = (own.purchases ?? []).filter(({ currency }) => currency !== now.currency).length;
      const [first, ...rest] = aboutOf(now, others);
      replace(about, h("b", {}, first), rest.map((text) => ` · ${text}`));
    };
    own.fail = (found) => replace(own.purchases === null ? place : more, problem({ problem: found, what: "Who bought", onRetry: () => readPage(own) }).element);
    own.show = () => {
      if (!own.list.element.isConnected) replace(place, own.list.element);
      replace(more);
      own.list.update({ purchases: own.purchases });
      own.update(own.told);
    };
    own.watch = new IntersectionObserver(([entry]) => entry.isIntersecting && own.next && readPage(own), { root: own.sheet.element, rootMargin: "800px" });
    own.watch.observe(more);
    open = own;
    own.update(told);
    own.sheet.open();
    readPage(own);
  }

  async function readPage(own) {
    if (own.isReading) return;
    own.isReading = true;
    const { of, from, to } = own.told;
    const params = { channel: of.channel, campaign: of.campaign, from, to, limit: PAGE, cursor: own.next };
    let answer;
    try {
      answer = await get(REPORT, { params, signal: own.controller.signal });
    } catch (error) {
      if (error.name === "AbortError") return;
      throw error;
    } finally {
      own.isReading = false;
    }
    if (!answer.ok) {
      own.fail(answer.problem);
      return;
    }
    own.purchases = [...(own.purchases ?? []), ...answer.data.purchases];
    own.next = answer.data.next;
    own.show();
    if (own.next) lookAgain(own);
  }

  /** The observer tells only of changes: the end may be as near as it was. */
  function lookAgain({ watch, sheet }) {
    const more = sheet.element.querySelector(".who_bought-more");
    watch.unobserve(more);
    watch.observe(more);
  }

  function exportList({ told: { of, from, to } }, button) {
    exportCsv(REPORT, { channel: of.channel, campaign: of.campaign, from, to, limit: PAGE_MOST }, { button, toast: context.toast });
  }

  function closed(own) {
    own.controller.abort();
    own.watch.disconnect();
    own.list.destroy();
    if (open === own) open = null;
    if (own.isClosing) return;
    // What opened it stands in the history: Back is where the reader came from.
    if (hasEntry) history.back();
    else onClose();
    hasEntry = false;
  }

  function hide() {
    if (!open) return;
    open.isClosing = true;
    hasEntry = false;
    open.sheet.close();
  }

  return {
    update(told) {
      const isSame = open && told.of && open.told.of.channel === told.of.channel && open.told.of.campaign === told.of.campaign
        && open.told.from === told.from && open.told.to === told.to;
      if (isSame) return open.update(told);
      hide();
      return told.of ? show(told) : undefined;
    },
    /** The next campaign is opened from this page, as an entry of its own in the history. */
    opensHere() {
      hasEntry = true;
    },
    destroy: hide,
  };
}

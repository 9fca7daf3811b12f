// One campaign on one channel: what it earned by day, from sent to purchased, what a sale is, and who bought.

import { cached, part } from "../api.js";
import { learnNames } from "../campaign_names.js";
import { channel as channelOf, inOrder } from "../channels.js";
import { exportCsv, mayExport } from "../csv_export.js";
import { h, icon, replace, setText } from "../dom.js";
import { today as dayOfToday } from "../format.js";
import { onKeys } from "../keyboard.js";
import { periodPicker } from "../parts/period_picker.js";
import { after, before, DEFAULT, holdsToday, resolve } from "../periods.js";
import { reading } from "../reading.js";
import { href } from "../router.js";
import { campaignFigures } from "./campaign_figures.js";
import { whoBought } from "./who_bought.js";

const BUYERS_SHOWN_MOST = 6;
const CAMPAIGNS = "/v1/reports/campaigns";

export function mount(root, first, context) {
  const { me, live } = context;
  let asked = first;
  let figures = null;
  let shown = null;
  const today = () => live.get()?.day ?? dayOfToday();
  const period = () => resolve(asked.period ?? DEFAULT, today());
  const span = () => ({ from: period().from, to: period().to });
  const path = () => `${CAMPAIGNS}/${part(asked.channel)}/${part(asked.campaign)}`;

  const back = h("a", { class: "campaign-back" }, icon("chevron_left"), "Campaigns");
  const heading = h("h1", { id: "heading", class: "name", dir: "auto", tabindex: "-1" });
  const channels = h("nav", { class: "segmented", "aria-label": "Channels of the campaign" });
  const picker = periodPicker({ period: asked.period ?? DEFAULT, today: today(), zone: me.time_zone, onChange: choosePeriod });
  const exported = h("button", { class: "button campaign-export", type: "button", on: { click: exportDays } },
    icon("download"), h("span", {}, "Export CSV"));
  const place = h("div", { class: "campaign-place" });
  root.classList.add("campaign");
  root.append(
    h("p", {}, back),
    h("div", { class: "heading" }, heading, channels,
      h("div", { class: "heading-actions" }, picker.element, mayExport(me) && exported)),
    place,
  );

  const page = reading(
    (report) => {
      place.classList.remove("going");
      const { channel, campaign, row } = report;
      if (channel !== asked.channel || campaign !== asked.campaign) return;
      shown = report;
      learnNames([row]);
      showName(row.name);
      figures.show(report);
      showWhoBought();
    },
    (problem) => {
      place.classList.remove("going");
      figures.fail(problem, page.now);
    },
  );
  const buyers = reading((report) => figures.showBuyers(report.purchases), (problem) => figures.failBuyers(problem, buyers.now));
  const settings = reading(({ settings: now }) => figures.setSaleEvent(now.channels[asked.channel]?.event ?? null), () => {});
  const siblings = reading((report) => showChannels(report.campaigns), () => {});

  const drawer = whoBought({
    context,
    onClose: () => context.navigate(href("campaigns", [asked.channel, asked.campaign], { period: asked.period }), { replace: true }),
  });

  /** The drawer is open while the address says so. */
  function showWhoBought() {
    const row = shown && { ...shown.row, label: heading.title };
    drawer.update({ of: asked.bought ? { channel: asked.channel, campaign: asked.campaign } : null, ...span(), row, currency: shown?.currency ?? me.currency });
  }

  function showName(name) {
    const shown = name ?? asked.campaign;
    setText(heading, shown);
    heading.title = shown;
    context.setTitle(shown);
  }

  /** The channels that have the same campaign in the period; this one always. */
  function showChannels(rows) {
    const of = rows.filter((row) => row.campaign === asked.campaign).map((row) => row.channel);
    const names = [...new Set([...of, asked.channel])].sort(inOrder);
    replace(channels, names.map((name) => h("a", {
      href: href("campaigns", [name, asked.campaign], { period: asked.period }),
      "aria-current": name === asked.channel ? "page" : null,
    }, channelOf(name).glyph(), channelOf(name).label)));
  }

  function choosePeriod(text) {
    if (text === null) return;
    context.navigate(href("campaigns", [asked.channel, asked.campaign], { period: text === DEFAULT ? null : text }));
  }

  function exportDays() {
    exportCsv(path(), span(), { button: exported, toast: context.toast });
  }

  function begin() {
    figures?.destroy();
    shown = null;
    figures = campaignFigures({ ...context, today, asked: () => asked, opensWhoBought: drawer.opensHere });
    place.replaceChildren(...figures.elements);
    const known = cached(CAMPAIGNS, span())?.campaigns
      .find((row) => row.channel === asked.channel && row.campaign === asked.campaign);
    showName(known?.name ?? null);
    showChannels([]);
    settings.read("/v1/settings");
  }

  function read() {
    showWhoBought();
    back.href = href("campaigns", [], { period: asked.period });
    picker.update({ period: asked.period ?? DEFAULT, today: today() });
    page.read(path(), span());
    buyers.read("/v1/reports/purchases", { ...span(), campaign: asked.campaign, channel: asked.channel, limit: BUYERS_SHOWN_MOST });
    const all = cached(CAMPAIGNS, span());
    if (all) showChannels(all.campaigns);
    else siblings.read(CAMPAIGNS, span());
  }

  function again() {
    if (!holdsToday(period(), today())) return;
    page.again();
    buyers.again();
  }

  const stops = [
    live.subscribe(again),
    onKeys({
      e: () => mayExport(me) && exportDays(),
      p: picker.open,
      "[": () => choosePeriod(before(asked.period ?? DEFAULT, today())),
      "]": () => choosePeriod(after(asked.period ?? DEFAULT, today())),
    }),
  ];
  begin();
  read();

  return {
    update(next) {
      const isAnother = next.channel !== asked.channel || next.campaign !== asked.campaign;
      const isSame = !isAnother && next.period === asked.period;
      asked = next;
      if (isSame) return showWhoBought();
      if (isAnother) begin();
      else place.classList.add("going");
      return read();
    },
    unmount() {
      drawer.destroy();
      stops.forEach((stop) => stop());
      [page, buyers, settings, siblings].forEach((one) => one.stop());
      figures.destroy();
    },
  };
}

// One order: why it counts where it counts, drawn on a line of time and told touch by touch.

import { get, part } from "../api.js";
import { nameOf } from "../campaign_names.js";
import { channel as channelOf, inOrder } from "../channels.js";
import { h, icon, replace } from "../dom.js";
import { dayOf, dayTime, day, moneyParts, span, time, timeTitle, weekday } from "../format.js";
import { becameOf, decisions, ruleLabel, statusLabel, touchLabel, whySentence, windowsOf } from "../order_words.js";
import { namesReading } from "../names_reading.js";
import { decisionHistory } from "../parts/decision_history.js";
import { orderStatus } from "../parts/order_status.js";
import { problem as problemPart } from "../parts/problem.js";
import { touchColumn } from "../parts/touch_column.js";
import { drawn, isChosen, spanOf } from "../parts/touch_layout.js";
import { touchLine } from "../parts/touch_line.js";
import { touchList } from "../parts/touch_list.js";
import { href } from "../router.js";
import { dayStarts } from "../zone_clock.js";

const NARROW = "(max-width: 719px)";
const NEAR_MS = 6 * 86_400_000;

export function mount(root, params, context) {
  const order = params.order;
  const narrow = matchMedia(NARROW);
  const aborter = new AbortController();
  const shown = { later: false, earlier: false };
  const campaignNames = namesReading(draw);
  const seesPeople = context.me.role !== "viewer";
  let [found, name, author, line, touches] = [null, null, null, null, null];
  let [told, decided] = [null, null];
  context.setTitle(`Order ${order}`);
  const heading = h("h1", { tabindex: "-1", id: "heading" }, "Order ", h("span", { class: "name" }, order));
  const top = h("div", { class: "why-top" }, h("a", { class: "why-back", href: href("orders") }, icon("chevron_left"), "Orders"), heading);
  const content = h("div", { class: "why-content" });
  replace(root, h("div", { class: "why" }, top, content));
  narrow.addEventListener("change", draw);
  const unsubscribe = context.live.subscribe(lived);
  read();

  async function read() {
    const answer = await get(`v1/orders/${part(order)}`, { signal: aborter.signal }).catch(() => null);
    if (!answer) return;
    if (!answer.ok) return failed(answer.problem);
    found = answer.data;
    draw();
    readNames();
    await Promise.all([readName(), readAuthor()]).catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
  }

  async function readName() {
    if (!seesPeople || found.contact === null) return;
    const answer = await get(`v1/contacts/${part(found.contact)}`, { signal: aborter.signal });
    if (!answer.ok) return;
    name = [answer.data.first_name, answer.data.last_name].filter(Boolean).join(" ") || null;
    if (name) told = renewed(told, summary());
  }

  /** What the campaigns of its touches are called: each has a row in the days of its touches. */
  function readNames() {
    const days = found.candidates.map((one) => dayOf(one.touched_at)).sort();
    if (days.length) campaignNames.need(found.candidates, { from: days[0], to: days.at(-1) });
  }

  async function readAuthor() {
    const answer = await get("v1/settings", { signal: aborter.signal });
    if (!answer.ok) return;
    author = answer.data.versions.find((version) => version.effective_from === found.settings.effective_from)?.by ?? null;
    if (author) decided = renewed(decided, aside());
  }

  function lived(totals) {
    const row = totals?.orders.find((one) => one.order === order);
    if (row && found && (row.status !== found.status || row.campaign !== (found.credit?.campaign ?? null))) read();
  }

  function failed(problem) {
    const isUnknown = problem.status === 404;
    replace(content, isUnknown ? h("p", { class: "why-unknown" }, `Nobody has told lasttouch about order ${order}.`) : problemPart({ problem, onRetry: read }).element);
  }

  function draw() {
    if (!found) return;
    line?.destroy();
    line = null;
    const model = modelOf(found, shown);
    replace(top.querySelector(".why-state") ?? top.appendChild(h("div", { class: "why-state" })), orderStatus(found.status), h("p", { class: "why-times" }, timesOf(found)));
    [told, decided] = [summary(), aside()];
    if (narrow.matches) replace(content, told, column(model), decided);
    else replace(content, told, graph(model), h("div", { class: "why-below" }, list(model), decided));
  }

  function summary() {
    const sentence = whySentence(found, name).map(({ text, strong, campaign }) => {
      if (campaign) return h("strong", {}, h("a", { class: "name", href: href("campaigns", [campaign.channel, campaign.campaign]) }, text));
      return strong ? h("strong", {}, text) : text;
    });
    const amount = moneyParts(found.amount, found.currency).map((one) => (one.quiet ? h("span", { class: "quiet" }, one.text) : one.text));
    const refunded = found.refunded && h("p", { class: "why-refunded" }, `${moneyParts(found.refunded, found.currency).map((one) => one.text).join("")} refunded`);
    return h("div", { class: "why-summary" }, h("p", { class: "why-sentence" }, sentence), h("div", { class: "why-amount" }, h("p", { class: "why-amount-label" }, "Amount"), h("data", { class: "why-amount-figure", value: found.amount }, amount), refunded));
  }

  function graph(model) {
    if (!model.lanes.length) return null;
    const caption = `Touches on a line of time, ${day(dayOf(model.span.from))} to the order on ${dayTime(found.ordered_at)}; the table below has them all.`;
    line = touchLine({
      ...model,
      caption,
      orderedLabel: `Ordered ${weekday(dayOf(found.ordered_at), "short")} ${time(found.ordered_at)}`,
      dayStarts: dayStarts(model.span.from, model.span.to, found.time_zone),
      dayLabel: (ms) => day(dayOf(ms)),
      onPoint: (number) => touches?.point(number),
    });
    return line.element;
  }

  function list(model) {
    if (!found.candidates.length) return h("p", { class: "why-none" }, noTouches(found));
    touches = touchList({ ...model, caption: `Touches of the contact of order ${order}, newest first`, ...folds() });
    return h("div", { class: "why-list" }, touches.element, fullChannels());
  }

  function column(model) {
    if (!found.candidates.length) return h("p", { class: "why-none" }, noTouches(found));
    return touchColumn({ ...model, rows: model.columnRows, laterWords: model.columnLater, orderedLabel: `Ordered ${weekday(dayOf(found.ordered_at), "short")} ${dayTime(found.ordered_at)}`, ...folds() }).element;
  }

  function folds() {
    const show = (which) => () => {
      shown[which] = true;
      draw();
    };
    return { onLater: show("later"), onEarlier: show("earlier") };
  }

  function fullChannels() {
    if (!found.full_channels.length) return null;
    return h("p", { class: "why-full" }, `Of ${found.full_channels.map((channel) => channelOf(channel).label).join(", ")} only the contact’s latest messages are kept: older ones may be missing here.`);
  }

  function aside() {
    const history = decisions(found.history).map((one) => ({ ...one, when: `${day(dayOf(one.at))}, ${time(one.at, { seconds: true })}`, whenTitle: timeTitle(one.at) }));
    const { effective_from: from, excluded_tags: tags, ignore_automated: ignores } = found.settings;
    const since = from === null ? "In force from the beginning." : `In force since ${day(dayOf(from))}, ${time(from)}${author ? `, by ${author}` : ""}.`;
    const excluded = tags.length ? `Excluded ${tags.length === 1 ? "tag" : "tags"}: ${tags.join(", ")}.` : "No excluded tags.";
    const machines = ignores ? "Machines’ openings and clicks are ignored." : "Machines’ openings and clicks count.";
    return h(
      "aside",
      { class: "why-aside", "aria-label": "How it was decided" },
      history.length ? [h("h2", {}, "Decisions, newest first"), decisionHistory({ decisions: history }), found.moved ? h("p", { class: "why-moved" }, "It belonged to another contact before.") : null] : null,
      h("h2", {}, "Settings it was decided by"),
      h("p", { class: "why-settings" }, [since, excluded, machines].join(" ")),
      h("a", { class: "link", href: href("settings") }, "See settings"),
    );
  }

  return {
    update: () => {},
    unmount() {
      aborter.abort();
      campaignNames.stop();
      unsubscribe();
      line?.destroy();
      narrow.removeEventListener("change", draw);
    },
  };
}

// What the parts draw, of an explanation: rows with their numbers, lanes, marks, and the sentences of what is left out.
function modelOf(found, shown) {
  const orderedAt = Date.parse(found.ordered_at);
  const windows = windowsOf(found.settings);
  const touches = found.candidates.map((one) => ({ ...one, at: Date.parse(one.touched_at) }));
  const span_ = spanOf(orderedAt, touches, Object.values(windows));
  const numbered = span_.shown.map((one, index) => ({ ...one, number: index + 1 }));
  const row = (one) => rowOf(one, found, orderedAt);
  const later = shown.later ? span_.later.map((one) => row({ ...one, number: null })) : [];
  const earlier = shown.earlier ? span_.earlier.map((one) => row({ ...one, number: null })) : [];
  const inAxis = numbered.map(row);
  const after = [...later, ...inAxis.filter((one) => one.at > orderedAt)];
  const hiddenAfter = span_.later.length + numbered.filter((one) => one.at > orderedAt).length;
  const names = [...new Set([...Object.keys(windows), ...span_.shown.map((one) => one.channel)])].sort(inOrder);
  const chosen = numbered.find((one) => isChosen(one.why));
  return {
    orderedAt,
    span: span_,
    lanes: names.map((channel) => ({ channel, rule: found.settings.channels[channel] ?? null, note: ruleLabel(found.settings.channels[channel]), windowMs: windows[channel] ?? 0 })),
    marks: drawn(numbered, orderedAt).map((one) => ({ ...one, words: row(one).became })),
    rows: [...later, ...inAxis, ...earlier],
    laterWords: shown.later || !span_.later.length ? null : laterWords(span_.later.length),
    earlierWords: shown.earlier || !span_.earlier.length ? null : earlierWords(span_.earlier),
    columnRows: [...(shown.later ? after : []), ...inAxis.filter((one) => one.at <= orderedAt), ...earlier],
    columnLater: shown.later || !hiddenAfter ? null : laterWords(hiddenAfter),
    window: chosen ? { channel: chosen.channel, at: orderedAt - windows[chosen.channel], words: `${channelOf(chosen.channel).label}’s ${found.settings.channels[chosen.channel].window} window begins` } : null,
  };
}

function rowOf(one, found, orderedAt) {
  const gap = span(Math.abs(orderedAt - one.at));
  const isAfter = one.at > orderedAt;
  const near = Math.abs(orderedAt - one.at) < NEAR_MS;
  return {
    ...one,
    when: near ? `${weekday(dayOf(one.at), "short")} ${time(one.at, { seconds: true })}` : dayTime(one.at, { seconds: true }),
    whenTitle: timeTitle(one.at),
    toOrder: isAfter ? `${gap} after` : gap,
    beforeOrder: `${gap} ${isAfter ? "after" : "before"}`,
    label: touchLabel(one),
    name: nameOf(one.channel, one.campaign),
    href: href("campaigns", [one.channel, one.campaign]),
    became: becameOf(one, found.settings),
  };
}

function timesOf({ ordered_at: ordered, status, status_since: since }) {
  const long = `Ordered ${day(dayOf(ordered))} ${dayOf(ordered).slice(0, 4)}, ${time(ordered, { seconds: true })}`;
  return status === "INITIALIZED" ? long : `${long} · ${statusLabel(status).toLowerCase()} ${day(dayOf(since))}, ${time(since)}`;
}

function laterWords(count) {
  return count === 1 ? "1 later touch came after the order." : `${count} later touches came after the order.`;
}

function earlierWords(touches) {
  const since = day(dayOf(touches.at(-1).at), { weekday: false });
  return touches.length === 1 ? `1 earlier touch, of ${since}, lies outside every window.` : `${touches.length} earlier touches since ${since} lie outside every window.`;
}

function noTouches({ contact }) {
  return contact === null ? "Touches are looked for once the contact is known." : "The contact has had no touch that is still kept.";
}

// What has been read later stands in its place; nothing else is drawn anew.
function renewed(old, node) {
  old.replaceWith(node);
  return node;
}

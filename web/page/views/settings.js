// Settings of an account: what makes a sale, what a change would do before it is saved, and who changed what when.

import { get, send } from "../api.js";
import { h, replace } from "../dom.js";
import { day, dayOf, dayTime, time, today as dayOfToday } from "../format.js";
import { onKeys } from "../keyboard.js";
import { problem } from "../parts/problem.js";
import { saveBar } from "../parts/save_bar.js";
import { settingsConflict } from "../parts/settings_conflict.js";
import { settingsForm } from "../parts/settings_form.js";
import { settingsLog } from "../parts/settings_log.js";
import { windowError } from "../parts/window_field.js";
import { changesOf, conflictOf, withChanges } from "../settings_changes.js";
import { changesCount, changesWords } from "../settings_words.js";
import { clockText, instantOf, withOffset } from "../zone_clock.js";
import { settingsEffect } from "./settings_effect.js";

const PATH = "/v1/settings";
const LEAVE = "Leave without saving? Your changes to the settings are lost.";

export function mount(root, _params, context) {
  const { me, live } = context;
  const mayChange = me.role === "admin";
  const mayPreview = me.role !== "viewer";
  let [report, etag, draft, from, isSaving, told] = [null, null, null, null, false, {}];
  let [form, effect] = [null, null];
  const left = new Set();
  const today = () => live.get()?.day ?? dayOfToday();

  const since = h("p", { class: "settings-since" });
  const main = h("div", { class: "settings-main" });
  const side = h("div", { class: "settings-side" });
  const log = h("section", { class: "settings-history section", "aria-labelledby": "history" });
  const bar = saveBar({ ...barProps(), count: "", words: "" });
  root.classList.add("settings");
  root.append(h("div", { class: "heading" }, h("h1", { id: "heading", tabindex: "-1" }, "Revenue from campaigns"), since), h("div", { class: "settings-columns" }, main, mayPreview && side), log, mayPreview && bar.element);

  const stop = onKeys({ p: () => effect?.openPeriod() });
  const warn = (event) => changes().length && event.preventDefault();
  addEventListener("beforeunload", warn);
  context.guard(({ view }) => view === "settings" || !changes().length || confirm(LEAVE));
  context.setTitle("Settings");
  read();

  async function read() {
    const answer = await get(PATH);
    if (!root.isConnected && report !== null) return;
    if (!answer.ok) return replace(main, problem({ problem: answer.problem, what: "The settings", onRetry: read }).element);
    etag = answer.etag;
    shown(answer.data);
  }

  function shown(found) {
    const mine = report === null ? [] : changes();
    report = found;
    draft = withChanges(report.settings, mine);
    if (form === null) build();
    drawHistory();
    draw();
  }

  function build() {
    form = settingsForm(formProps());
    replace(main, !mayPreview && h("p", { class: "settings-role" }, "Your role (viewer) shows the settings; it does not change them."), form.element);
    if (!mayPreview) return;
    effect = settingsEffect({ today, zone: me.time_zone });
    replace(side, effect.element);
  }

  function formProps() {
    return { base: report.settings, draft, tagsSeen: report.tags_seen, disabled: !mayPreview || isSaving, errors: shownErrors(), onChange: changed, onBlur: (field) => (left.add(field), draw()) };
  }

  function barProps() {
    return {
      from, latest: report && clockText(Date.now(), report.settings.time_zone), zone: me.time_zone, maySave: mayChange, isSaving,
      canSave: report !== null && !Object.keys(errors()).length, problem: told.effective_from ?? told.whole ?? overruled(),
      onFrom: (text) => ((from = text), (told = {}), draw()), onDiscard: discard, onSave: save,
    };
  }

  function changes() {
    return report === null ? [] : changesOf(report.settings, draft);
  }

  /** Fields that cannot be, as far as this page knows. */
  function errors() {
    const wrong = Object.entries(draft.channels).map(([name, rule]) => [`channels.${name}`, windowError(rule.window)]);
    return Object.fromEntries(wrong.filter(([, words]) => words !== null));
  }

  /** A field is called wrong once it has been left, or when the server says so. */
  function shownErrors() {
    const known = Object.entries(errors()).filter(([field]) => left.has(field));
    return { ...told, ...Object.fromEntries(known) };
  }

  function changed(next) {
    draft = next;
    told = {};
    draw();
  }

  function draw() {
    const made = changes();
    form.update(formProps());
    bar.element.hidden = !made.length;
    root.classList.toggle("is-dirty", made.length > 0);
    bar.update({ ...barProps(), count: changesCount(made), words: changesWords(made) });
    effect?.update({ changes: made, isValid: !Object.keys(errors()).length, settings: draft, from: effectiveFrom() });
  }

  const effectiveFrom = () => (from === null ? null : withOffset(instantOf(from, report.settings.time_zone), report.settings.time_zone));

  /** Settings that begin earlier hold only until the next version does. */
  function overruled() {
    if (report === null) return null;
    const at = from === null ? Date.now() : instantOf(from, report.settings.time_zone);
    const next = report.versions.findLast((version) => version.effective_from !== null && Date.parse(version.effective_from) > at);
    return next ? `They hold until ${dayTime(next.effective_from)}: from then on there are other settings.` : null;
  }

  function discard() {
    [draft, from, told] = [report.settings, null, {}];
    left.clear();
    draw();
    document.getElementById("heading").focus({ preventScroll: true });
  }

  async function save() {
    [isSaving, told] = [true, {}];
    draw();
    const answer = await send(PATH, "PUT", { settings: draft, ...(from === null ? {} : { effective_from: effectiveFrom() }) }, { headers: { "If-Match": etag } });
    isSaving = false;
    if (answer.ok) return saved(answer.data);
    if (answer.problem.status === 412) return changedByAnother();
    told = toldOf(answer.problem);
    draw();
  }

  async function saved({ effective_from: at }) {
    const words = from === null ? "now on" : `${day(dayOf(at), { weekday: false })} ${dayOf(at).slice(0, 4)}, ${time(at)}`;
    context.toast(`Saved. In force from ${words}; past orders are being decided anew.`);
    [draft, from] = [report.settings, null];
    await read();
    document.getElementById("heading")?.focus({ preventScroll: true });
  }

  async function changedByAnother() {
    const answer = await get(PATH);
    if (!answer.ok) {
      told = toldOf(answer.problem);
      return draw();
    }
    const [was, mine] = [report.settings, changes()];
    const newest = answer.data.versions.filter((version) => version.time !== null).reduce((last, one) => (one.time > last.time ? one : last));
    const take = (kept) => {
      [report, etag] = [answer.data, answer.etag];
      draft = withChanges(report.settings, kept);
      drawHistory();
      draw();
    };
    settingsConflict({
      by: newest.by, at: newest.time, rows: conflictOf(was, answer.data.settings, draft),
      onKeepTheirs: () => take([]),
      onMineOnTop: () => (take(mine), save()),
      onClosed: draw,
    }).open();
  }

  function drawHistory() {
    const inForce = report.versions.find((version) => version.effective_from === report.effective_from);
    const { effective_from: at, by } = inForce;
    const words = at === null ? "In force from the beginning" : `In force since ${day(dayOf(at))}, ${time(at)}${by ? `, set by ${by}` : ""}`;
    replace(since, `${words} · `, h("button", { type: "button", class: "link", on: { click: toHistory } }, "History"));
    replace(log, h("h2", { id: "history", tabindex: "-1" }, "Who changed what, and when"), settingsLog({ versions: report.versions, inForce }));
  }

  function toHistory() {
    const heading = document.getElementById("history");
    heading.scrollIntoView({ block: "start" });
    heading.focus({ preventScroll: true });
  }

  return {
    update: () => {},
    unmount() {
      context.guard(null);
      removeEventListener("beforeunload", warn);
      stop();
      effect?.destroy();
    },
  };
}

// What the server says of fields, at the fields: {field of the form: words}; of all else under "whole".
function toldOf({ errors, detail, away }) {
  const said = {};
  for (const { field, message } of errors) {
    const [, name, channel] = field.split(".");
    said[name === "channels" && channel ? `channels.${channel}` : (name ?? field)] = message;
  }
  if (!errors.length) said.whole = away ? `Not saved: ${detail}. Try again.` : detail;
  return said;
}

// What a change of the settings would do to a past period, beside the form that makes it.

import { learnNames, nameOf } from "../campaign_names.js";
import { h, replace, setText } from "../dom.js";
import { periodPicker } from "../parts/period_picker.js";
import { previewTable } from "../parts/preview_table.js";
import { problem } from "../parts/problem.js";
import { resolve } from "../periods.js";
import { reading } from "../reading.js";
import { href } from "../router.js";
import { previewing } from "../settings_preview.js";

const DEFAULT_PERIOD = "7d";
const NOTHING = "Change something, and what it would have made of the orders of this period stands here, before anything is saved.";
const WRONG = "A field is not right yet: once it is, its effect stands here.";
const WAITING = "Asking the dataflow; a large account takes up to a minute. You can go on editing.";

/** Returns a part: `update({changes, isValid, settings, from: RFC 3339 or null})`, `openPeriod()`, `destroy()`. */
export function settingsEffect({ today, zone }) {
  let [period, now, campaigns] = [DEFAULT_PERIOD, null, null];
  let shown = { state: "none", preview: null };
  const heading = h("h2", {});
  const picker = periodPicker({ period, today: today(), zone, onChange: choose });
  const said = h("p", { class: "settings-said", role: "status" });
  const place = h("div", { class: "settings-effect" });
  const element = h("section", { "aria-label": "What the changes would do" }, h("div", { class: "settings-side-head" }, heading, picker.element), said, place);
  const asking = previewing(draw);
  const names = reading((report) => {
    campaigns = report.campaigns;
    learnNames(campaigns);
    if (shown.state === "shown") draw(shown);
  }, () => {});
  const span = () => {
    const { from, to } = resolve(period, today());
    return { from, to };
  };
  names.read("/v1/reports/campaigns", span());

  function choose(text) {
    period = text;
    picker.update({ period, today: today() });
    campaigns = null;
    names.read("/v1/reports/campaigns", span());
    ask();
  }

  function ask() {
    if (!now?.changes.length || !now.isValid) asking.none();
    else asking.ask({ settings: now.settings, ...span(), ...(now.from === null ? {} : { effective_from: now.from }) });
  }

  function draw(state) {
    shown = state;
    setText(said, state.state === "waiting" ? WAITING : state.state === "shown" && now.from === null ? "As if they had held for the whole period." : "");
    place.classList.toggle("going", state.state === "waiting" && state.preview !== null);
    if (state.state === "failed") replace(place, problem({ problem: state.problem, what: "The preview", onRetry: asking.now }).element);
    else if (state.preview) replace(place, previewTable({ preview: state.preview, nameOf, hrefOf: (channel, campaign) => href("campaigns", [channel, campaign]), stay: stay(state.preview) }));
    else replace(place, state.state === "waiting" ? null : h("p", { class: "settings-nothing" }, now?.changes.length ? WRONG : NOTHING));
  }

  function stay(preview) {
    if (campaigns === null) return null;
    const moved = new Set(preview.campaigns.map((one) => JSON.stringify([one.channel, one.campaign])));
    return campaigns.filter((row) => !moved.has(JSON.stringify([row.channel, row.campaign]))).length;
  }

  return {
    element,
    openPeriod: picker.open,
    update(next) {
      now = next;
      const count = next.changes.length;
      setText(heading, count ? `What your ${count === 1 ? "change" : `${count} changes`} would do` : "What a change would do");
      ask();
    },
    destroy() {
      asking.stop();
      names.stop();
    },
  };
}

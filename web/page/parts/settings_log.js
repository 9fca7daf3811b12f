// Who changed the settings, when, what, and from when on it holds.

import { h } from "../dom.js";
import { dayTime, timeTitle } from "../format.js";
import { changesOf } from "../settings_changes.js";
import { fieldLabel, valueWords } from "../settings_words.js";

/**
 * props: {versions: as the API answers them, inForce: one of them}. Newest first by when they begin, as they hold; each says what
 * differs from the one before it.
 */
export function settingsLog({ versions, inForce }) {
  const lines = versions.map((version, place) => line(version, versions[place + 1]));
  return h("ol", { class: "settings_log" }, lines);

  function line(version, older) {
    const changes = older ? changesOf(older.settings, version.settings) : [];
    const what = older ? (changes.length ? h("ul", { class: "settings_log-changes" }, changes.map(change)) : h("p", { class: "settings_log-none" }, "Nothing differs from the version before.")) : null;
    return h(
      "li",
      { class: version === inForce ? "settings_log-version is-in-force" : "settings_log-version" },
      h("p", { class: "settings_log-head" }, h("strong", {}, begins(version)), version === inForce ? h("span", { class: "settings_log-mark" }, "in force") : isFuture(version) ? h("span", { class: "settings_log-mark is-future" }, "to come") : null),
      h("p", { class: "settings_log-by" }, author(version)),
      what,
    );
  }

  function change(one) {
    const [was, is] = valueWords(one, one.was, one.is);
    return h("li", {}, `${fieldLabel(one)}: `, h("span", { class: "settings_log-was" }, was), " → ", is);
  }
}

function begins({ effective_from: from }) {
  return from === null ? "From the beginning" : h("span", { title: timeTitle(from) }, `Since ${dayTime(from)}`);
}

function author({ by, time }) {
  if (time === null) return "From the server’s settings file, or its defaults";
  return `Changed ${dayTime(time)} by ${by || "somebody without a name"}`;
}

function isFuture({ effective_from: from }) {
  return from !== null && Date.parse(from) > Date.now();
}

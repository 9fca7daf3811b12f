// What is about to be saved, from when on, and the buttons that do it or undo it; there only while something differs.

import { h, setText } from "../dom.js";

/**
 * props: {count: "2 changes", words, from: null (from now on) or "2026-11-18T00:00" on the account's clock, latest: likewise,
 * zone, maySave, isSaving, canSave, problem, onFrom(from), onDiscard(), onSave()}.
 */
export function saveBar(props) {
  let current = props;
  const total = h("strong", { class: "save_bar-count" });
  const words = h("span", { class: "save_bar-words" });
  const now = radio("now", "from now on", () => current.onFrom(null));
  const date = radio("date", "from a date", () => current.onFrom(at.value || current.latest));
  const at = h("input", { type: "datetime-local", class: "field save_bar-at", "aria-label": "In force from", on: { change: () => at.value && current.onFrom(at.value) } });
  const from = h("fieldset", { class: "save_bar-from" }, h("legend", {}, "In force"), h("span", { class: "save_bar-choice" }, now.element, date.element), at);
  const problem = h("p", { class: "save_bar-problem", role: "alert" });
  const discard = h("button", { type: "button", class: "button", on: { click: () => current.onDiscard() } }, "Discard");
  const save = h("button", { type: "button", class: "button primary", on: { click: () => current.onSave() } }, "Save changes");
  const noSave = h("p", { class: "save_bar-note" }, "Only an admin can save them.");
  const element = h("div", { class: "save_bar", role: "region", "aria-label": "Unsaved changes" }, h("p", { class: "save_bar-what" }, total, " ", words), from, problem, h("div", { class: "save_bar-buttons" }, noSave, discard, save));

  function radio(value, label, chosen) {
    const input = h("input", { type: "radio", class: "unseen", name: "in-force", value, on: { change: chosen } });
    return { input, element: h("label", { class: "save_bar-option" }, input, label) };
  }

  function update(next) {
    current = next;
    setText(total, next.count);
    setText(words, next.words);
    words.title = next.words;
    now.input.checked = next.from === null;
    date.input.checked = next.from !== null;
    at.hidden = next.from === null;
    at.title = next.zone;
    if (next.from !== null && at.value !== next.from) at.value = next.from;
    setText(problem, next.problem ?? "");
    problem.hidden = !next.problem;
    save.hidden = !next.maySave;
    noSave.hidden = next.maySave;
    save.disabled = !next.canSave || next.isSaving;
    discard.disabled = next.isSaving;
    setText(save, next.isSaving ? "Saving…" : "Save changes");
  }
  update(props);
  return { element, update };
}

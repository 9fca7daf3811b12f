// Another has changed the settings meanwhile: what was, what they made of it, and what is about to be saved.

import { h } from "../dom.js";
import { time } from "../format.js";
import { isSame } from "../settings_changes.js";
import { fieldLabel, valueWords } from "../settings_words.js";

/**
 * A dialog. props: {by, at (RFC 3339), rows: as `conflictOf` gives them, onKeepTheirs(), onMineOnTop(), onClosed()}.
 * Closed by Esc it decides nothing.
 */
export function settingsConflict({ by, at, rows, onKeepTheirs, onMineOnTop, onClosed }) {
  const who = by || "Somebody";
  const heading = h("h2", { id: "conflict-heading", tabindex: "-1" }, `${who} changed these settings at ${time(at)}`);
  const head = (label) => h("th", { scope: "col", class: "text" }, label);
  const dialog = h(
    "dialog",
    { class: "settings_conflict", "aria-labelledby": heading.id, on: { close: closed } },
    heading,
    h("p", { class: "settings_conflict-note" }, "Yours are not saved yet. Choose what to keep."),
    h(
      "table",
      { class: "settings_conflict-grid" },
      h("thead", {}, h("tr", {}, h("td", {}), head("Was"), head(by ? `${by}’s` : "Theirs"), head("Yours"))),
      h("tbody", {}, rows.map(line)),
    ),
    h("div", { class: "settings_conflict-buttons" }, choice("button", `Keep ${by ? `${by}’s` : "theirs"}`, onKeepTheirs), choice("button primary", "Put mine on top", onMineOnTop)),
  );

  function line(row) {
    const [was, theirs, mine] = valueWords(row, row.was, row.theirs, row.mine);
    const cell = (words, value) => h("td", { class: isSame(value, row.was) ? "text" : "text is-changed" }, words);
    return h("tr", {}, h("th", { scope: "row", class: "text" }, fieldLabel(row)), h("td", { class: "text is-quiet" }, was), cell(theirs, row.theirs), cell(mine, row.mine));
  }

  function choice(kind, label, decide) {
    return h("button", { type: "button", class: kind, on: { click: () => (decide(), dialog.close()) } }, label);
  }

  function closed() {
    dialog.remove();
    onClosed();
  }

  return {
    element: dialog,
    open() {
      document.body.append(dialog);
      dialog.showModal();
      heading.focus();
    },
  };
}

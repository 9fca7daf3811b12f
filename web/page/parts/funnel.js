// From sent to purchased: each step of a campaign, of the step before it and of all that was sent.

import { h, setText } from "../dom.js";
import { count, rate, share } from "../format.js";

const STEPS = ["sent", "delivered", "opened", "clicked"];
const NAMES = { sent: "Sent", delivered: "Delivered", opened: "Opened", clicked: "Clicked", purchases: "Purchased" };
const FINE_SHARE = 0.01;

/**
 * props: `{caption, color: CSS variable, row: {sent, delivered, opened, clicked, purchases}, saleEvent, purchases: node}`.
 * `saleEvent`: the step that makes a sale on the channel, null where none does; `purchases`: what shows their number.
 */
export function funnel(first) {
  const steps = [...STEPS, "purchases"].map((step) => {
    const bar = h("span", { class: "funnel-bar" });
    const number = h("td", { class: "is-number" }, step === "purchases" ? first.purchases : null);
    const before = h("td", { class: "is-number is-share" });
    const sent = h("td", { class: "is-number is-share" });
    const cells = [h("td", { class: "funnel-track", "aria-hidden": "true" }, bar), number, before, sent];
    return { step, element: h("tr", {}, h("th", { scope: "row" }, NAMES[step]), cells), bar, number, before, sent };
  });
  const head = (text, name) => h("th", { scope: "col", class: name }, text);
  const element = h("table", { class: "funnel" }, h("caption", { class: "unseen" }, first.caption),
    h("thead", {}, h("tr", {}, head("Step"), h("td", { class: "funnel-track" }), head("Messages", "is-number"),
      head("Of the step before", "is-number"), head("Of sent", "is-number"))),
    h("tbody", {}, steps.map((step) => step.element)));

  function update({ row, color, saleEvent }) {
    element.style.setProperty("--color", `var(${color})`);
    const widest = Math.max(1, ...STEPS.map((step) => row[step]), row.purchases);
    for (const { step, element: line, bar, number, before, sent } of steps) {
      const value = row[step];
      bar.style.setProperty("width", `${(100 * value) / widest}%`);
      line.classList.toggle("is-zero", value === 0);
      if (step !== "purchases") setText(number, count(value));
      setText(before, shareOf(value, row[stepBefore(row, step, saleEvent)]));
      setText(sent, step === "sent" ? "–" : shareOf(value, row.sent));
    }
  }

  update(first);
  return { element, update };
}

/** A purchase is a share of the step that makes a sale; a message of the last step before it that the channel has. */
function stepBefore(row, step, saleEvent) {
  if (step === "purchases") return saleEvent;
  const earlier = STEPS.slice(0, STEPS.indexOf(step));
  return earlier.findLast((one) => row[one] > 0);
}

/** Of nothing, and nothing of something that has none of it: –. */
function shareOf(value, of) {
  if (!of || value === 0) return "–";
  const part = value / of;
  return part < FINE_SHARE ? rate(part) : share(part);
}

// How fresh the numbers are, in words: always in the header, and in a strip below it while they are not live.

import { h, replace, setText } from "../dom.js";
import { span, time, timeTitle } from "../format.js";
import { FRESHNESS } from "../words.js";

/** freshness: as live.js's `freshnessOf` gives it; onTryNow: for the strip's button. */
export function freshness({ onTryNow }) {
  const word = h("span", { class: "freshness-word" });
  const more = h("span", { class: "freshness-more" });
  const element = h("p", { class: "freshness", data: { state: "connecting" } },
    h("span", { class: "freshness-dot", "aria-hidden": "true" }), word, " ", more);
  const end = h("span", { class: "freshness-strip-end" });
  const said = h("span", {});
  const tryNow = h("button", { class: "link", type: "button", on: { click: onTryNow } }, "Try now");
  const strip = h("div", { class: "freshness-strip", hidden: true },
    h("div", { class: "freshness-strip-row" }, said, h("span", { class: "freshness-strip-end" }, end, " ", tryNow)));
  let shown = null;

  function tick() {
    if (shown?.state !== "stale") return;
    const nextS = shown.next_try_at === null ? null : Math.ceil((shown.next_try_at - Date.now()) / 1_000);
    setText(end, nextS === null ? FRESHNESS.stale.redisNext : FRESHNESS.stale.next(nextS));
  }
  const timer = setInterval(tick, 1_000);

  function update(fresh) {
    shown = fresh;
    const words = FRESHNESS[fresh.state];
    const at = fresh.as_of && time(fresh.as_of, { seconds: fresh.state !== "catching_up" });
    element.dataset.state = strip.dataset.state = fresh.state;
    setText(word, words.word);
    setText(more, words.more(at));
    if (fresh.as_of) element.title = timeTitle(fresh.as_of);
    strip.hidden = !["catching_up", "stale"].includes(fresh.state);
    tryNow.hidden = end.hidden = fresh.state !== "stale";
    if (fresh.state === "stale") {
      replace(said, h("b", {}, `${words.word} since ${time(fresh.since, { seconds: true })}. `),
        h("span", { class: "second" }, words.strip[fresh.away] ?? words.strip.server));
    } else if (fresh.state === "catching_up") {
      const exact = time(fresh.as_of, { seconds: true });
      replace(said, h("b", {}, `${words.word}. `),
        h("span", { class: "second" }, words.strip(exact, span(Date.now() - Date.parse(fresh.as_of)))));
    }
    tick();
  }

  return { element, strip, update, destroy: () => clearInterval(timer) };
}

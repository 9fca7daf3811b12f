// Overview: today as it comes in, and a period by day, channel and campaign.

import { h } from "../dom.js";
import { today as dayOfToday } from "../format.js";
import { overviewPeriod } from "./overview_period.js";
import { overviewToday } from "./overview_today.js";
import { onceAFrame } from "../store.js";

const LIVE_EVERY_MS = 250;
const CLOCK_EVERY_MS = 20_000;

export function mount(root, params, context) {
  context.setTitle("Overview");
  const of = { ...context, today: () => context.live.get()?.day ?? dayOfToday() };
  const today = overviewToday(of);
  const period = overviewPeriod(params, of);
  root.classList.add("overview");
  root.append(h("h1", { id: "heading", class: "unseen", tabindex: "-1" }, "Overview"), today.element, period.element);

  let day = of.today();
  const render = onceAFrame(() => {
    if (of.today() !== day) {
      day = of.today();
      today.read();
      period.read();
    }
    today.render();
    period.render();
  }, LIVE_EVERY_MS);
  const changed = () => {
    today.again();
    period.again();
    render();
  };
  const stops = [context.live.subscribe(changed), context.freshness.subscribe(render)];
  const clock = setInterval(render, CLOCK_EVERY_MS);
  today.read();
  period.read();
  render();

  return {
    update: (next) => period.update(next),
    unmount() {
      stops.forEach((stop) => stop());
      clearInterval(clock);
      render.cancel();
      today.destroy();
      period.destroy();
    },
  };
}

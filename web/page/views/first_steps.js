// An account that nothing has been told yet: three things to connect, each ticked by itself when its first event comes.

import { address, get } from "../api.js";
import { h, replace } from "../dom.js";
import { dayTime } from "../format.js";
import { connectStep, snippet } from "../parts/connect_step.js";
import { hero } from "../parts/figures.js";
import { href } from "../router.js";
import { FIRST_STEPS, saleWords } from "../words.js";

const LOOK_EVERY_MS = 2_000;
const SHOWN_DONE_MS = 1_500;

/** `context.connected()` is called when both messages and orders have come. */
export function mount(root, _params, context) {
  const { me } = context;
  const url = address("v1/events").href;
  const controller = new AbortController();
  const { signal } = controller;
  let timer = 0;

  const copied = () => context.toast("The address is copied.");
  const messages = connectStep({ number: 1, title: "Messages", text: FIRST_STEPS.messages, state: FIRST_STEPS.noMessage,
    body: snippet({ text: url, onCopied: copied }) });
  const orders = connectStep({ number: 2, title: "Orders", text: FIRST_STEPS.orders, state: FIRST_STEPS.noOrder,
    body: h("pre", { class: "connect_step-code", tabindex: 0, "aria-label": "A command that sends an order" },
      curlLine(url, me.currency)) });
  const sale = connectStep({ number: 3, title: "What counts as a sale", text: "", state: "",
    body: h("p", {}, h("a", { class: "link", href: href("settings") }, "Check the settings")) });
  const refused = h("div", { class: "first_steps-refused", role: "status" });

  root.classList.add("first_steps");
  root.append(
    h("div", { class: "first_steps-hero" },
      hero({ label: "Revenue from campaigns today", value: "0", currency: me.currency }).element,
      h("p", { class: "second" }, FIRST_STEPS.lead(me.account))),
    h("div", { class: "first_steps-list" },
      h("h1", { id: "heading", tabindex: -1 }, "Three things to connect"),
      h("ol", {}, messages.element, orders.element, sale.element), refused));
  context.setTitle("Overview");

  async function readSettings() {
    const answer = await get("/v1/settings", { signal });
    if (!answer.ok) return;
    const { settings, versions } = answer.data;
    sale.update({ done: true, text: saleWords(settings), state: versions.length > 1 ? FIRST_STEPS.ownSettings : FIRST_STEPS.defaults });
  }

  async function look() {
    const [campaigns, listed, intake] = await Promise.all([
      get("/v1/reports/campaigns", { signal, params: { limit: 1 } }),
      get("/v1/reports/orders", { signal, params: { limit: 1 } }),
      get("/v1/intake", { signal }),
    ]);
    const hasMessages = campaigns.ok && campaigns.data.total.campaigns > 0;
    const hasOrders = listed.ok && listed.data.orders.length > 0;
    if (hasMessages) messages.update({ done: true, state: FIRST_STEPS.done });
    if (hasOrders) orders.update({ done: true, state: FIRST_STEPS.done });
    if (intake.ok) showRefused(intake.data.rejections[0]);
    timer = hasMessages && hasOrders ? setTimeout(context.connected, SHOWN_DONE_MS) : setTimeout(keepLooking, LOOK_EVERY_MS);
  }

  function keepLooking() {
    look().catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
  }

  function showRefused(latest) {
    replace(refused, latest && [
      h("h2", {}, "Last refused"),
      h("p", { class: "second" }, `${dayTime(latest.at)}, from ${latest.source}: `,
        latest.field && [h("code", {}, latest.field), " "], latest.message),
    ]);
  }

  readSettings().catch((error) => {
    if (error.name !== "AbortError") throw error;
  });
  keepLooking();
  return {
    update() {},
    unmount() {
      controller.abort();
      clearTimeout(timer);
    },
  };
}

function curlLine(url, currency) {
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  return [
    `curl ${url} \\`,
    '  -H "Authorization: Bearer $LASTTOUCH_TOKEN" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '{"type":"order","order":"1","contact":"c1","status":"DELIVERED",`,
    `       "amount":"49","currency":"${currency}",`,
    `       "ordered_at":"${now}","time":"${now}"}'`,
  ].join("\n");
}

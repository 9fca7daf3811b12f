// The start: who is signed in, the frame, the stream, and the view that the address names.

import { theme } from "./appearance.js";
import { configure, forget, get, send } from "./api.js";
import { forgetNames, learnNames } from "./campaign_names.js";
import { h } from "./dom.js";
import { money, setZone } from "./format.js";
import { listenForKeys, keysAreOn, switchKeys } from "./keyboard.js";
import { freshnessOf, liveStream } from "./live.js";
import { minus } from "./money.js";
import { announcer } from "./parts/announcer.js";
import { keysList } from "./parts/keys_list.js";
import { problem } from "./parts/problem.js";
import { toast } from "./parts/toast.js";
import { hideTooltips } from "./parts/tooltip.js";
import { follow, parse } from "./router.js";
import { shell } from "./shell.js";
import { observable } from "./store.js";
import { FRESHNESS, SIGN_IN } from "./words.js";

const VIEWS = {
  overview: () => import("./views/overview.js"),
  campaigns: () => import("./views/campaigns.js"),
  campaign: () => import("./views/campaign.js"),
  orders: () => import("./views/orders.js"),
  why: () => import("./views/why.js"),
  settings: () => import("./views/settings.js"),
  first_steps: () => import("./views/first_steps.js"),
};
const RESTORED_WITHIN_MS = 10_000;

const body = document.body;
const spoken = announcer();
const told = toast();
let session = null;
let shown = null;

/** The view of an address, and its parameters with the ids of its path among them. */
function viewOf({ view, path, params }) {
  if (view === "campaigns" && path.length === 2) {
    return { name: "campaign", params: { ...params, channel: path[0], campaign: path[1] } };
  }
  if (view === "orders" && path.length === 1) return { name: "why", params: { ...params, order: path[0] } };
  const name = view in VIEWS && !path.length ? view : "overview";
  return { name: name === "overview" && session?.isEmpty ? "first_steps" : name, params };
}

/** Signed in: everything that lives as long as the session. */
function begin(me) {
  setZone(me.time_zone);
  const live = liveStream({ onUnauthorized: () => signIn(SIGN_IN.ended) });
  const freshness = observable(freshnessOf(null, live.connection.get()));
  const frame = shell({ me, onTryNow: live.tryNow, onKeys: showKeys, onSignOut: signOut });
  const context = {
    me, freshness, theme,
    live: live.totals,
    connected: () => beEmpty(false),
    navigate: router.navigate,
    guard: router.guard,
    announce: spoken.say,
    toast(text) {
      told.show(text);
      spoken.say(text);
    },
    setTitle(text) {
      session.title = text;
      showTitle();
    },
  };
  const stops = [live.totals.subscribe(refresh), live.connection.subscribe(refresh), freshness.subscribe(frame.showFreshness)];

  function refresh() {
    learnNames(live.totals.get()?.campaigns ?? []);
    const before = freshness.get().state;
    const now = freshnessOf(live.totals.get(), live.connection.get());
    freshness.set(now);
    if (now.state === "waiting") beEmpty(true);
    if (before !== now.state && before !== "connecting") spoken.say(FRESHNESS[now.state].word);
    showTitle();
  }

  /** While it has no event at all, and until both kinds have come, Overview says what to connect. */
  function beEmpty(isEmpty) {
    if (session.isEmpty === isEmpty) return;
    session.isEmpty = isEmpty;
    if (shown?.name === "overview" || shown?.name === "first_steps") show(parse(location.hash), { kept: null });
  }

  session = { me, context, frame, live, title: "", isEmpty: false, end() {
    stops.forEach((stop) => stop());
    live.stop();
    frame.destroy();
  } };
  frame.showFreshness(freshness.get());
  body.replaceChildren(...frame.elements, spoken.element, told.element);
}

function showTitle() {
  const { me, live, title } = session;
  const totals = live.totals.get();
  const earned = totals?.channels && title === "Overview" ? `${money(fromCampaigns(totals), totals.currency, { whole: true })} · ${me.account}` : null;
  document.title = earned ?? [title, me.account, "lasttouch"].filter(Boolean).join(" · ");
}

/** Revenue from campaigns: all delivered but what no message earned, as whole units for the title. */
function fromCampaigns({ revenue, unattributed, currency }) {
  return minus(revenue, unattributed.revenue, currency).split(".")[0];
}

async function show(address, { kept }) {
  const { name, params } = viewOf(address);
  if (session === null) return;
  session.frame.setView(name);
  if (shown?.name === name) {
    shown.view?.update(params);
    return;
  }
  leave();
  const own = (shown = { name, view: null });
  const root = h("div", { class: `view view-${name}` });
  let module;
  try {
    module = await VIEWS[name]();
  } catch (error) {
    console.error(error);
    if (own !== shown) return;
    const unread = { status: 0, code: "no_answer", detail: "", request_id: null, errors: [], away: null };
    root.append(problem({ problem: unread, what: "This view", onRetry: () => location.reload() }).element);
  }
  if (own !== shown) return;
  session.frame.main.replaceChildren(root);
  if (module) own.view = module.mount(root, viewOf(parse(location.hash)).params, session.context);
  restore(kept);
}

function leave() {
  shown?.view?.unmount();
  hideTooltips();
  shown = null;
}

/** Back where it was left: as soon as the page is long enough. A new view begins at its heading. */
function restore(kept) {
  if (kept === null) {
    scrollTo(0, 0);
    document.getElementById("heading")?.focus({ preventScroll: true });
    return;
  }
  const stop = new AbortController();
  const attempt = () => {
    scrollTo(0, kept.scroll);
    if (Math.abs(scrollY - kept.scroll) <= 1) stop.abort();
  };
  const grown = new ResizeObserver(attempt);
  stop.signal.addEventListener("abort", () => grown.disconnect());
  // Whoever scrolls meanwhile is not pulled back.
  for (const event of ["wheel", "touchmove", "keydown", "popstate"]) {
    addEventListener(event, () => stop.abort(), { signal: stop.signal, passive: true });
  }
  setTimeout(() => stop.abort(), RESTORED_WITHIN_MS);
  if (kept.focus) document.getElementById(kept.focus)?.focus({ preventScroll: true });
  grown.observe(session.frame.main);
}

function signIn(said, link = null) {
  leave();
  session?.end();
  session = null;
  forget();
  forgetNames();
  body.replaceChildren(spoken.element, told.element);
  const root = h("div", { class: "view" });
  body.prepend(root);
  import("./views/sign_in.js").then(({ mount }) =>
    mount(root, {}, { onSignedIn: start, said, link, setTitle: (text) => (document.title = `${text} · lasttouch`) }));
}

async function signOut() {
  const answer = await send("/v1/session", "DELETE", null);
  if (answer.ok) signIn(null);
  else told.show("Signing out did not work: the server cannot be reached. Try again.");
}

function showKeys() {
  keysList({ areOn: keysAreOn(), onSwitch: switchKeys }).open();
}

async function start() {
  const asked = parse(location.hash);
  // What early.js asked is of whoever was signed in when the page came.
  const begun = window.askedWho;
  window.askedWho = null;
  if (asked.view === "sign-in") {
    // The code is of no use a second time: it is in no history and no bookmark.
    history.replaceState(history.state, "", "#/");
    signIn(null, asked.path[0] ?? null);
    return;
  }
  const answer = await get("/v1/me", { begun });
  if (answer.ok && answer.data.role !== "ingest") {
    begin(answer.data);
    show(parse(location.hash), { kept: null });
  } else if (answer.ok) {
    signIn(SIGN_IN.ingest);
  } else if (answer.problem.status !== 401) {
    body.replaceChildren(h("main", { class: "main", "aria-labelledby": "heading" },
      h("h1", { id: "heading", class: "unseen" }, "lasttouch"),
      problem({ problem: answer.problem, what: "This page", onRetry: start }).element), spoken.element, told.element);
  }
}

const router = follow(show, () => ({ scroll: scrollY, focus: document.activeElement?.id || null }));
configure({
  onUnauthorized: () => signIn(session ? SIGN_IN.ended : null),
  onWait: (seconds) => seconds && told.show(`The server asks to wait; asking again in ${seconds} s.`),
});
listenForKeys({ navigate: router.navigate, showList: showKeys, hideToast: told.hide });
router.start();
start();

// What the page says, where it is a sentence; short labels stand where they are shown.

import { count, day, span } from "./format.js";
import { channel, inOrder } from "./channels.js";

export const SIGN_IN = {
  lead: "With the token that your administrator gave you.",
  unknown: "This token is not known here. It may have been revoked; ask for a new one.",
  ended: "Your session has ended. Sign in again; you come back to where you were.",
  used: "This link has been used already, or it is too old. Sign in with a token.",
  ingest: "This token only sends events in; it shows no figures. Sign in with a viewer's, a marketer's or an admin's.",
  empty: "Paste the token: it begins with lt_.",
};

export const ROLES = { viewer: "Viewer", marketer: "Marketer", admin: "Admin", ingest: "Ingest" };

export const INFO = {
  unattributed:
    "Delivered orders that no message earned: the contact had no touch that counts within its window before the order. " +
    "They are shown so that everything adds up.",
  onItsWay:
    "Ordered today, not delivered yet: what campaigns will have earned once it is. It counts for today once it is delivered.",
  comparison:
    "Compares what was ordered by this time of day, delivered or on its way. Only delivered orders are in the big number.",
  growing: "Recent days still grow as orders are delivered",
  hidden: (role) => `Your role (${role}) does not show names, emails and phones.`,
};

export const STATUSES = {
  INITIALIZED: { label: "Initialized", info: "Placed, not confirmed yet. In the total, earns no campaign anything." },
  IN_PROGRESS: { label: "In progress", info: "On its way. In the total, earns nothing until it is delivered." },
  DELIVERED: { label: "Delivered", info: "Only these can earn a campaign money. They count on the day they were ordered." },
  CANCELLED: { label: "Cancelled", info: "Not in the total; its credit was taken back." },
  ABANDONED_SHOPPING_CART: { label: "Abandoned cart", info: "No order yet: in no total." },
  REFUNDED: { label: "Refunded", info: "Given back on orders of any status. Shown apart, never taken off the other figures." },
  CONTACT_UNKNOWN: { label: "Contact unknown", info: "Orders that belong to nobody lasttouch knows yet." },
};

/** What a touch's event is called before an order: "2h 14m after a click". */
export const AFTER = { clicked: "a click", opened: "an opening", delivered: "delivery", sent: "sending" };

/** "2h 14m after a click", of an order's time and its touch's. */
export function afterTouch(orderedAt, touchedAt, event) {
  return `${span(Date.parse(orderedAt) - Date.parse(touchedAt))} after ${AFTER[event] ?? event}`;
}

export const SEGMENT = {
  action: "Save as segment",
  saved: (orders, contacts, name) => `${count(orders)} ${orders === 1 ? "order" : "orders"}, ${count(contacts)} ${contacts === 1 ? "contact" : "contacts"} saved as “${name}”.`,
};

export const FIRST_STEPS = {
  lead: (account) => `Nothing has arrived for ${account} yet. This page fills by itself with the first event; you need not reload it.`,
  messages: "Tell your sender to post what happens to messages (sent, delivered, opened, clicked) to this address.",
  orders: "Connect your shop, or try it now from a terminal. The order appears here within a second.",
  noMessage: "Waiting for the first message event",
  noOrder: "Waiting for the first order",
  done: "Connected",
  defaults: "Defaults are in force",
  ownSettings: "Settings of your own are in force",
};

const SALE_EVENTS = { clicked: "a click", opened: "opened", delivered: "delivered", sent: "sent" };
const UNITS = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };

/** "48h" → "48 hours". */
export function windowWords(window) {
  const [number, unit] = [Number(window.slice(0, -1)), UNITS[window.slice(-1)]];
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}

/** What counts as a sale, a sentence for each channel. */
export function saleWords({ channels, show_sales: isShown, associate_with_last_message: isAssociated }) {
  if (!isShown || !isAssociated) return "Switched off: no order is credited.";
  const names = Object.keys(channels).sort(inOrder);
  if (!names.length) return "No channel earns anything.";
  const said = (name) => `${channel(name).label}: ${SALE_EVENTS[channels[name].event]} within ${windowWords(channels[name].window)}.`;
  return names.map(said).join(" ");
}

export const FRESHNESS = {
  live: { word: "Live", more: (at) => `newest event ${at}` },
  catching_up: {
    word: "Catching up",
    more: (at) => `counted to ${at}`,
    strip: (at, behind) => `Counted up to ${at}. All numbers are complete up to then; the last ${behind} are being read.`,
  },
  stale: {
    word: "Not updating",
    more: (at) => (at ? `last numbers of ${at}` : "no numbers yet"),
    strip: { redis: "The server cannot reach its store. These are the last numbers; they are not lost.",
      server: "The server cannot be reached. These are the last numbers; they are not lost.",
      silence: "Nothing has come from the server for a while. These are the last numbers; they are not lost." },
    next: (seconds) => (seconds > 0 ? `Next try in ${seconds} s` : "Trying"),
    redisNext: "Tried again every second",
  },
  waiting: { word: "Waiting", more: () => "for the first event" },
  connecting: { word: "Connecting", more: () => "" },
};

const AWAY = {
  redis: "The server's store is away. It is tried again by itself; nothing is lost.",
  kafka: "What writes events is away. Nothing was changed; try again.",
  dataflow: "The dataflow, which knows the answer, does not answer just now.",
  no_kafka: "This server only reads; nothing can be changed here.",
};

/** A problem of the API for people: `{title, detail}`; `what`: what could not be read, "These numbers". */
export function problemWords(problem, what = "These numbers") {
  if (problem.away) return { title: `${what} could not be read.`, detail: AWAY[problem.away] ?? problem.detail };
  if (problem.status === 0) return { title: `${what} could not be read.`, detail: "The server cannot be reached. It is tried again by itself." };
  if (problem.status === 429) return { title: "Too many requests at once.", detail: "The page asks again by itself in a moment." };
  if (problem.status === 403) return { title: "Your role does not show this.", detail: problem.detail };
  if (problem.status >= 500) return { title: `${what} could not be read.`, detail: "Something went wrong on the server. Its log has it under the request's id." };
  return { title: `${what} could not be read.`, detail: problem.detail };
}

/** Single letters and what they do, as `?` lists them. */
export const KEYS = [
  ["/", "Search"],
  ["g o", "Overview"],
  ["g c", "Campaigns"],
  ["g r", "Orders"],
  ["g s", "Settings"],
  ["p", "Choose the period"],
  ["[", "The period before"],
  ["]", "The period after"],
  ["$", "Sales columns"],
  ["e", "Export"],
  ["?", "This list"],
  ["Esc", "Close what is on top"],
];

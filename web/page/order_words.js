// What the page says of orders and of the touches before them (web page's words for contract §4 and §6.2).

import { nameOf } from "./campaign_names.js";
import { channel as channelOf } from "./channels.js";
import { day, dayOf, span } from "./format.js";
import { isEligible, windowMs } from "./parts/touch_layout.js";
import { STATUSES } from "./words.js";

export const TOTAL_NOTE = "Initialized, In progress and Delivered together, by the day they were ordered.";

const EVENTS = { sent: "sent", delivered: "delivered", opened: "opened", clicked: "clicked" };
const ONLY = { sent: "sending", delivered: "a delivery", opened: "an opening", clicked: "a click" };
const MACHINES = { sent: "sending", delivered: "delivery", opened: "opening", clicked: "click" };
const DID = { sent: "was sent the message", delivered: "got it", opened: "opened it", clicked: "clicked the message" };
const CAUSES = {
  touch: "A touch came in",
  settings: "Settings changed",
  identity: "An address was declared",
  erasure: "The contact was erased",
};

/** "Delivered"; a status that is not known is shown as it came. */
export function statusLabel(status) {
  return STATUSES[status]?.label ?? status;
}

/** "Email clicked". */
export function touchLabel({ channel, event }) {
  return `${channelOf(channel).label} ${EVENTS[event] ?? event}`;
}

/** Why an order earned no campaign anything, for a cell: "No eligible touch". */
export function uncredited({ reason, status }) {
  if (reason === "contact_unknown") return "Contact unknown";
  if (status === "CANCELLED" || status === "ABANDONED_SHOPPING_CART") return statusLabel(status);
  return { not_delivered: "Not delivered yet", sales_hidden: "Sales are hidden", no_eligible_touch: "No eligible touch" }[reason] ?? reason;
}

/** What became of a touch. `settings`: those that the order was decided by; `touch`: a candidate of the explanation. */
export function becameOf(touch, settings) {
  const label = channelOf(touch.channel).label;
  const rule = settings.channels[touch.channel];
  switch (touch.why) {
    case "credited":
      return "Credited: the latest eligible touch";
    case "expected":
      return "Would be credited once the order is delivered";
    case "eligible":
    case "lost_to_later_touch":
      return touch.why === "eligible" ? "Eligible" : "Eligible, but a later touch won";
    case "outside_window":
      return `Outside the ${rule.window} window by ${span(touch.off_by_ms)}`;
    case "after_order":
      return "Came after the order";
    case "wrong_event":
      return `Wrong event: for ${label} only ${ONLY[rule.event]} counts`;
    case "excluded_tag":
      return `Excluded tag ${touch.tags.filter((tag) => settings.excluded_tags.includes(tag)).map((tag) => `“${tag}”`).join(", ")}`;
    case "automated":
      return `A machine’s ${MACHINES[touch.event]}, so it is ignored`;
    case "channel_has_no_settings":
      return `${label} has no settings, so it earns nothing`;
    default:
      return touch.words;
  }
}

/**
 * Why an order counts where it counts, in one or two sentences: [{text, strong?, campaign?}].
 * found: the explanation; name: of the contact, null where it is not to be shown.
 */
export function whySentence(found, name) {
  const eligible = found.candidates.filter((one) => isEligible(one.why)).length;
  if (found.credit) return [{ text: "Credited to " }, ...earned(found, found.credit, name, eligible)];
  if (found.expected) {
    const lead = "Not delivered yet: only a delivered order earns a campaign money. Once it is, it would be credited to ";
    return [{ text: lead }, ...earned(found, found.expected, name, eligible)];
  }
  return [{ text: nobody(found) }];
}

/** The decisions of an order, newest first: [{title, at (RFC 3339), because}]. */
export function decisions(history) {
  return [...history].reverse().map((told) => ({ title: decided(told), at: told.at, because: CAUSES[told.cause] ?? `Order ${statusLabel(told.status).toLowerCase()}` }));
}

/** "when clicked": what connects a channel to a sale, under its name. */
export function ruleLabel(rule) {
  return rule ? `when ${EVENTS[rule.event] ?? rule.event}` : "earns nothing";
}

function earned(found, touch, name, eligible) {
  const before = span(Date.parse(found.ordered_at) - Date.parse(touch.touched_at));
  const rest = eligible > 1 ? `It is the latest of ${eligible} eligible touches.` : "It is the only eligible touch.";
  return [
    { text: nameOf(touch.channel, touch.campaign), strong: true, campaign: touch },
    { text: ` by ${channelOf(touch.channel).label}: ${name ?? "the contact"} ${DID[touch.event] ?? touch.event} ` },
    { text: before, strong: true },
    { text: ` before ordering. ${rest}` },
  ];
}

function nobody(found) {
  if (found.status === "CANCELLED") return cancelled(found);
  if (found.status === "ABANDONED_SHOPPING_CART") return "An abandoned cart: it was never ordered, so it counts nowhere.";
  switch (found.reason) {
    case "contact_unknown":
      return "No contact has this order’s email, phone or customer ID yet.";
    case "sales_hidden":
      return "Settings of that time show no sales.";
    case "not_delivered":
      return "Not delivered yet: only a delivered order earns a campaign money. No touch so far would earn it.";
    default:
      return `Delivered, but no message earned it: ${noneCounts(found.candidates.length)}`;
  }
}

function noneCounts(count) {
  if (count === 0) return "the contact has had no touch.";
  return count === 1 ? "the contact’s only touch does not count." : `none of the contact’s ${count} touches counts.`;
}

function cancelled({ history }) {
  const taken = history.findIndex((told) => told.status === "CANCELLED");
  const credited = history.slice(0, Math.max(0, taken)).findLast((told) => told.credit);
  if (!credited) return "Cancelled: it is not in the total and earns no campaign anything.";
  return `Cancelled: the credit of ${nameOf(credited.credit.channel, credited.credit.campaign)} was taken back on ${day(dayOf(history[taken].at))}.`;
}

function decided({ credit, expected, status, reason }) {
  if (credit) return `Credited to ${nameOf(credit.channel, credit.campaign)}, ${channelOf(credit.channel).label}`;
  if (expected) return `Expected at ${nameOf(expected.channel, expected.campaign)}, ${channelOf(expected.channel).label}`;
  return { not_delivered: "Not delivered: no credit", no_eligible_touch: "No eligible touch: no credit", contact_unknown: "Contact unknown: no credit", sales_hidden: "Sales hidden: no credit" }[reason] ?? `${statusLabel(status)}: no credit`;
}

/** The windows of the settings in ms, by channel. */
export function windowsOf(settings) {
  return Object.fromEntries(Object.entries(settings.channels).map(([name, rule]) => [name, windowMs(rule.window)]));
}

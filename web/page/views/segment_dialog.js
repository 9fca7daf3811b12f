// Saving who bought as a segment: a named set of contacts, from which messages can be sent.

import { get, send } from "../api.js";
import { channel } from "../channels.js";
import { count, day, dayOf, period } from "../format.js";
import { drawer } from "../parts/drawer.js";
import { segmentForm } from "../parts/segment_form.js";
import { SEGMENT } from "../words.js";

const NAME_CHARACTERS_MOST = 128;
const WRONG = {
  no_kafka: "This server only reads; a segment cannot be saved here.",
  kafka: "What keeps segments is away. Nothing was saved; try again.",
};

/**
 * Asks for a name and saves the buyers of a campaign under it.
 * @param {{of: {channel: string, campaign: string}, from: string, to: string, row: object|null}} told
 * @param {object} context  of the view
 */
export async function saveSegment({ of, from, to, row }, context) {
  const label = row?.label ?? of.campaign;
  const orders = row?.purchases ?? null;
  const proposed = `${label}, ${channel(of.channel).label}, ${period(from, to)}`;
  const [name, about] = [proposed.length > NAME_CHARACTERS_MOST ? "" : proposed,
    `Everyone who bought after ${label} by ${channel(of.channel).label}, ${period(from, to)}. Orders of nobody are left out.`];
  let known = new Map();
  const form = segmentForm({ name, about, taken, onSave, onCancel: () => dialog.close() });
  const dialog = drawer({ kind: "dialog", title: SEGMENT.action, body: [form.element] });
  dialog.open();
  form.focus();
  const answer = await get("/v1/segments");
  if (answer.ok) known = new Map(answer.data.segments.map((segment) => [segment.name, segment]));
  form.update({});

  function taken(typed) {
    const segment = known.get(typed);
    if (!segment) return null;
    const contacts = `${count(segment.contacts)} ${segment.contacts === 1 ? "contact" : "contacts"}`;
    return `Takes the place of the segment of this name: ${contacts}, saved on ${day(dayOf(segment.created_at), { weekday: false })}.`;
  }

  async function onSave(typed) {
    const body = { name: typed, from_report: { campaign: of.campaign, channel: of.channel, from, to } };
    const saved = await send("/v1/segments", "POST", body);
    if (!saved.ok) return WRONG[saved.problem.away] ?? saved.problem.errors[0]?.message ?? saved.problem.detail;
    dialog.close();
    context.toast(SEGMENT.saved(orders ?? saved.data.contacts, saved.data.contacts, saved.data.name));
    return null;
  }
}

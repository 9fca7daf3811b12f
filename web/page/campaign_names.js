// What campaigns are called: reports and the stream know their names; orders and touches name them by their ids alone.

const MOST = 20_000;

const names = new Map();
const keyOf = (channel, campaign) => `${channel}/${campaign}`;

/** Learns from rows `{channel, campaign, name}` (null: it has none); returns whether any of them was called otherwise before. */
export function learnNames(rows) {
  let isOther = false;
  for (const { channel, campaign, name } of rows) {
    const [key, before] = [keyOf(channel, campaign), nameOf(channel, campaign)];
    if (names.has(key) && (name === null || name === before)) continue;
    names.set(key, name);
    isOther ||= nameOf(channel, campaign) !== before;
    if (names.size > MOST) names.delete(names.keys().next().value);
  }
  return isOther;
}

/** Whether something has told what a campaign is called, or that it has no name. */
export function isTold(channel, campaign) {
  return names.has(keyOf(channel, campaign));
}

/** The name of a campaign, or its id where it has none or none is known. */
export function nameOf(channel, campaign) {
  return names.get(keyOf(channel, campaign)) ?? campaign;
}

/** Nothing of another session is shown. */
export function forgetNames() {
  names.clear();
}

// What the campaigns are called that orders and touches name by their ids, read where that is not known yet.

import { isTold, learnNames } from "./campaign_names.js";
import { reading } from "./reading.js";

const REPORT = "/v1/reports/campaigns";

/** `onLearned()` when one of them is called otherwise than its id. Returns `{need(places, span), stop()}`. */
export function namesReading(onLearned) {
  let [needed, asked] = [[], null];
  const absent = new Set();
  const keyOf = ({ channel, campaign }) => `${channel}/${campaign}`;
  const untold = (places) => places.filter((one) => !isTold(one.channel, one.campaign) && !absent.has(keyOf(one)));
  const report = reading(({ campaigns }) => {
    const isOther = learnNames(campaigns);
    for (const one of untold(needed)) absent.add(keyOf(one));
    if (isOther) onLearned();
  }, () => {});
  return {
    /** `places`: `{channel, campaign}` that are shown; their campaigns have rows in the report of `span`. Of a large account all are read, and for that only where one of these is not told of. */
    need(places, span) {
      needed = untold(places);
      if (!needed.length) return;
      const of = JSON.stringify(span);
      if (of === asked) return report.again();
      absent.clear();
      asked = of;
      report.read(REPORT, span);
    },
    stop() {
      report.stop();
      asked = null;
    },
  };
}

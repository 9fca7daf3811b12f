// A touch's number in a ring: filled where it is eligible, ringed twice where the order counts for it.

import { channel as channelOf } from "../channels.js";
import { h } from "../dom.js";
import { isChosen, isEligible } from "./touch_layout.js";

/** `number`: of its row; null for one that is not on the line. */
export function touchMark({ number, why, channel }) {
  const known = channelOf(channel);
  const kind = isChosen(why) ? `is-eligible is-${why}` : isEligible(why) ? "is-eligible" : "";
  const vars = { "--channel": `var(${known.color})`, "--on-channel": `var(${known.onColor})` };
  return h("span", { class: `touch_mark ${kind}`, vars }, number ?? "");
}

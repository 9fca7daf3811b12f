import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { forgetNames, isTold, learnNames, nameOf } from "../../../web/page/campaign_names.js";

const row = (channel, campaign, name) => ({ channel, campaign, name });

beforeEach(forgetNames);

test("a campaign is called by its name once that is known, on its channel alone", () => {
  assert.equal(nameOf("email", "spring"), "spring");
  assert.equal(learnNames([row("email", "spring", "Spring sale"), row("sms", "spring", null)]), true);
  assert.equal(nameOf("email", "spring"), "Spring sale");
  assert.equal(nameOf("sms", "spring"), "spring");
});

test("what says nothing new changes nothing", () => {
  learnNames([row("email", "spring", "Spring sale")]);
  assert.equal(learnNames([row("email", "spring", "Spring sale"), row("sms", "a", "a"), row("sms", "b", null)]), false);
  assert.equal(learnNames([row("email", "spring", null)]), false);
  assert.equal(learnNames([row("email", "spring", "Summer sale")]), true);
  assert.equal(nameOf("email", "spring"), "Summer sale");
});

test("whether a campaign was told of is known of one without a name, too", () => {
  learnNames([row("email", "spring", "Spring sale"), row("sms", "a", "a"), row("sms", "b", null)]);
  for (const [channel, campaign] of [["email", "spring"], ["sms", "a"], ["sms", "b"]]) assert.equal(isTold(channel, campaign), true);
  assert.equal(isTold("email", "a"), false);
  assert.equal(learnNames([row("sms", "b", "Black Friday")]), true);
  assert.equal(nameOf("sms", "b"), "Black Friday");
});

test("as many are known as a large account has, the latest", () => {
  learnNames(Array.from({ length: 20_001 }, (_, number) => row("email", `c${number}`, `Campaign ${number}`)));
  assert.equal(nameOf("email", "c0"), "c0");
  assert.equal(nameOf("email", "c20000"), "Campaign 20000");
});

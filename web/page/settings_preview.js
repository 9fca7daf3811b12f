// The question of what other settings would make of a past period: asked a moment after the last change, one at a time.

import { send } from "./api.js";

const AFTER_MS = 600;

/**
 * `onState({state: "none" | "waiting" | "shown" | "failed", preview, problem})`. Returns `{ask(body), none(), now(), stop()}`;
 * body: as the API takes it; an older question is withdrawn.
 */
export function previewing(onState) {
  let [timer, controller, asked, last] = [0, null, null, null];

  function tell(state, more = {}) {
    onState({ state, preview: last, problem: null, ...more });
  }

  async function put() {
    const own = (controller = new AbortController());
    const answer = await send("/v1/settings/preview", "POST", asked, { signal: own.signal }).catch((error) => {
      if (error.name !== "AbortError") throw error;
      return null;
    });
    if (answer === null || own !== controller) return;
    controller = null;
    if (answer.ok) {
      last = answer.data;
      tell("shown");
    } else if (answer.problem.status === 429) {
      timer = setTimeout(put, (answer.problem.retry_after_s ?? 1) * 1_000);
    } else {
      tell("failed", { problem: answer.problem });
    }
  }

  function withdraw() {
    clearTimeout(timer);
    controller?.abort();
    controller = null;
  }

  return {
    ask(body) {
      if (JSON.stringify(body) === JSON.stringify(asked) && (controller !== null || last !== null)) return;
      withdraw();
      asked = body;
      tell("waiting");
      timer = setTimeout(put, AFTER_MS);
    },
    /** Nothing differs, or what differs cannot be. */
    none() {
      withdraw();
      [asked, last] = [null, null];
      tell("none");
    },
    now: () => asked !== null && put(),
    stop: withdraw,
  };
}

// A report as a view reads it: from what was read before at once, then anew, and again when it may have changed.

import { cached, get } from "./api.js";

const AGAIN_EVERY_MS = 10_000;
const RETRY_MS = 5_000;

/**
 * `onData(data, {isCached})` for each answer, `onProblem(problem)` where none comes; it is asked again by itself.
 * Returns `{read(path, params), again(), now(), stop()}`.
 */
export function reading(onData, onProblem) {
  let asked = null;
  let controller = null;
  let timer = 0;
  let readAt = 0;

  async function ask() {
    clearTimeout(timer);
    timer = 0;
    controller?.abort();
    const own = (controller = new AbortController());
    readAt = Date.now();
    const [path, params] = asked;
    let answer;
    try {
      answer = await get(path, { signal: own.signal, params });
    } catch (error) {
      if (error.name === "AbortError") return;
      throw error;
    }
    if (controller !== own) return;
    controller = null;
    if (answer.ok) onData(answer.data, { isCached: false });
    else failed(answer.problem);
  }

  function failed(problem) {
    onProblem(problem);
    const isPassing = problem.status === 0 || problem.status === 429 || problem.status >= 500;
    if (isPassing) timer = setTimeout(ask, (problem.retry_after_s ?? 0) * 1_000 || RETRY_MS);
  }

  return {
    /** Another report: what is known of it is shown at once. */
    read(path, params) {
      asked = [path, params];
      const known = cached(path, params);
      if (known) onData(known, { isCached: true });
      ask();
    },
    /** The same report, at most every ten seconds; a question under way is not asked again. */
    again() {
      if (asked === null || controller !== null || timer) return;
      timer = setTimeout(ask, Math.max(0, readAt + AGAIN_EVERY_MS - Date.now()));
    },
    /** The same report at once: somebody pressed a button. */
    now: () => asked !== null && ask(),
    stop() {
      clearTimeout(timer);
      controller?.abort();
      controller = null;
      asked = null;
    },
  };
}

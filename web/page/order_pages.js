// The list of orders, page by page, newest first; what came meanwhile is told apart from what is shown.

import { get } from "./api.js";

export const PAGE = 100;
const PATH = "/v1/reports/orders";

/** `onRows({rows, hasMore, report})` after each page, `onProblem(problem)`. Returns `{read(params), more(), anew(), stop()}`. */
export function orderPages(onRows, onProblem) {
  let [asked, controller, rows, next] = [null, null, [], null];

  async function ask(params, limit) {
    controller?.abort();
    const own = (controller = new AbortController());
    const answer = await get(PATH, { signal: own.signal, params: { ...params, limit } }).catch((error) => {
      if (error.name !== "AbortError") throw error;
      return null;
    });
    if (answer === null || own !== controller) return null;
    controller = null;
    if (answer.ok) return answer.data;
    onProblem(answer.problem);
    return null;
  }

  async function first(limit) {
    const report = await ask(asked, limit);
    if (report) shown(report, report.orders);
  }

  function shown(report, all) {
    [rows, next] = [all, report.next];
    onRows({ rows, hasMore: next !== null, report });
  }

  return {
    read(params) {
      asked = params;
      first(PAGE);
    },
    async more() {
      if (next === null || controller !== null) return;
      const report = await ask({ ...asked, cursor: next }, PAGE);
      if (report) shown(report, [...rows, ...report.orders]);
    },
    /** As many rows as are shown, read anew. */
    anew: () => first(Math.min(1_000, Math.max(PAGE, rows.length))),
    stop() {
      controller?.abort();
      controller = null;
    },
  };
}

/** How many of the newest orders are not among the rows, and whether one of the rows is another by now. */
export function cameMeanwhile(rows, newest, { status }) {
  const known = new Map(rows.map((row) => [row.order, row]));
  const since = rows.length ? rows[0].ordered_at : "";
  const fresh = newest.filter((row) => !known.has(row.order) && (!status || row.status === status) && Date.parse(row.ordered_at) >= (Date.parse(since) || 0));
  const differs = newest.some((row) => known.has(row.order) && (known.get(row.order).status !== row.status || known.get(row.order).campaign !== row.campaign));
  return { fresh: fresh.length, differs };
}

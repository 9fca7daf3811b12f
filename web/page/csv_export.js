// A report as CSV, saved by the browser under the name that the server gives it; lists page by page, as one file.

import { get } from "./api.js";
import { h } from "./dom.js";

/** So many rows of a list the API gives at once. */
export const PAGE_MOST = 1_000;

const ROLES = new Set(["marketer", "admin"]);
const BYTE_ORDER_MARK = "\uFEFF";
const SAVED_WITHIN_MS = 60_000;

/** Whether the API gives this role a CSV. */
export const mayExport = ({ role }) => ROLES.has(role);

/** Saves a report; `button`, which asked for it, rests meanwhile, and `toast(text)` says what went wrong. */
export async function exportCsv(path, params, { button, toast }) {
  button.disabled = true;
  const { pieces, name, problem } = await everyPage(path, { ...params, format: "csv" });
  button.disabled = false;
  if (problem) toast(`The export did not come: ${problem.detail}`);
  else save(new Blob([BYTE_ORDER_MARK, ...pieces], { type: "text/csv" }), name);
}

/** Resolves to the texts of all pages, the heads in the first, and a name for the file; or to the `problem` of one. */
async function everyPage(path, params) {
  const pieces = [];
  let [cursor, name] = [null, null];
  do {
    const answer = await get(path, { params: { ...params, cursor }, isKept: false });
    if (!answer.ok) return answer;
    pieces.push(cursor === null ? answer.data : withoutHeads(answer.data));
    name ??= /filename="([^"]+)"/.exec(answer.response.headers.get("Content-Disposition"))[1];
    cursor = nextOf(answer.response);
  } while (cursor !== null);
  return { pieces, name };
}

const withoutHeads = (csv) => csv.slice(csv.indexOf("\n") + 1);

function nextOf({ headers, url }) {
  const next = /<([^>]*)>; rel="next"/.exec(headers.get("Link") ?? "");
  return next && new URL(next[1], url).searchParams.get("cursor");
}

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), SAVED_WITHIN_MS);
}

// A list as one CSV, of as many pages as it has: the API gives at most so many rows at once.

import { get } from "./api.js";
import { h } from "./dom.js";

const PAGE = 1_000;
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Reads every page of a list as CSV and has the browser save them as one file, under the name that the server gives.
 * Resolves as `get` of api.js does.
 */
export async function downloadPages(path, params) {
  const pieces = [];
  let [cursor, named] = [null, null];
  do {
    const page = { ...params, limit: PAGE, cursor };
    const [csv, list] = await Promise.all([get(path, { params: { ...page, format: "csv" } }), get(path, { params: page })]);
    const failed = [csv, list].find((answer) => !answer.ok);
    if (failed) return failed;
    named ??= /filename="([^"]+)"/.exec(csv.response.headers.get("Content-Disposition") ?? "")?.[1];
    pieces.push(cursor === null ? csv.data : withoutHeads(csv.data));
    cursor = list.data.next;
  } while (cursor !== null);
  save(new Blob([BYTE_ORDER_MARK, ...pieces], { type: "text/csv" }), named ?? "lasttouch.csv");
  return { ok: true, data: null };
}

const withoutHeads = (csv) => csv.slice(csv.indexOf("\n") + 1);

function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

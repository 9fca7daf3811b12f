// The HTTP API: errors are values, answers are kept by their address, and what is too much waits as it is told.

const BASE = new URL("./", document.baseURI);
const RATE_WAITS_MAX = 3;
const KEPT_MAX = 100;

const kept = new Map();
let onUnauthorized = () => {};
let onWait = () => {};

/** What to do when a session has ended, and when an answer waits for so many seconds (null: no more). */
export function configure(handlers) {
  ({ onUnauthorized = onUnauthorized, onWait = onWait } = handlers);
}

/** The address of a path of the API, with parameters; those that are null or "" are left out. */
export function address(path, params = {}) {
  const url = new URL(path.replace(/^\//, ""), BASE);
  for (const [name, value] of Object.entries(params)) {
    if (value != null && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/** An id as a part of a path. */
export const part = encodeURIComponent;

/**
 * GET. Resolves to `{ok: true, data, etag, response}` or `{ok: false, problem}`; rejects only when aborted.
 * `isKept`: whether `cached` is to know the answer; `begun`: what `fetch` gave, or null, where it was asked before.
 * problem: `{status, code, detail, request_id, errors: [{field, message}], away, retry_after_s}`, status 0: no answer.
 */
export async function get(path, { signal, params, isKept = true, begun = null } = {}) {
  const url = address(path, params);
  const answer = await ask(url, { signal, begun });
  if (answer.ok && isKept) keep(url.href, answer.data);
  return answer;
}

/** The last answer to a GET, or null: to be shown at once, until the new one is there. */
export function cached(path, params) {
  return kept.get(address(path, params).href) ?? null;
}

/** Nothing of another session is shown. */
export function forget() {
  kept.clear();
}

/** A request that may change something; resolves as `get` does. `body`: an object, or null. */
export function send(path, method, body, { headers = {}, signal, params } = {}) {
  const about = { "X-Requested-With": "lasttouch", ...(body == null ? {} : { "Content-Type": "application/json" }) };
  const text = body == null ? undefined : JSON.stringify(body);
  return ask(address(path, params), { method, body: text, headers: { ...about, ...headers }, signal });
}

async function ask(url, { begun = null, ...init }, waits = 0) {
  let response;
  try {
    response = (await begun) ?? await fetch(url, { credentials: "same-origin", cache: "no-store", ...init });
    if (response.ok) {
      return { ok: true, data: await read(response), etag: response.headers.get("ETag"), response };
    }
  } catch (error) {
    if (error.name === "AbortError") throw error;
    return failed({ status: 0, code: "no_answer", detail: "The server cannot be reached." });
  }
  const problem = await problemOf(response);
  if (problem.status === 401 && !url.pathname.endsWith("/v1/session")) onUnauthorized();
  if (problem.status === 429 && waits < RATE_WAITS_MAX && (init.method ?? "GET") === "GET") {
    await waitFor(problem.retry_after_s ?? 1, init.signal);
    return ask(url, init, waits + 1);
  }
  return failed(problem);
}

async function read(response) {
  if (response.status === 204) return null;
  const text = await response.text();
  return text && /json/.test(response.headers.get("Content-Type") ?? "") ? JSON.parse(text) : text;
}

async function problemOf(response) {
  const said = await response.json().catch(() => ({}));
  const after = Number(response.headers.get("Retry-After"));
  return { code: "internal", detail: "The server answered with an error.", ...said, status: response.status,
    retry_after_s: after > 0 ? after : null };
}

function failed(problem) {
  return { ok: false, problem: { request_id: null, errors: [], away: null, retry_after_s: null, ...problem } };
}

async function waitFor(seconds, signal) {
  const told = setTimeout(() => onWait(seconds), 5_000);
  try {
    await new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, seconds * 1_000);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      }, { once: true });
    });
  } finally {
    clearTimeout(told);
    onWait(null);
  }
}

function keep(href, data) {
  kept.delete(href);
  kept.set(href, data);
  if (kept.size > KEPT_MAX) kept.delete(kept.keys().next().value);
}

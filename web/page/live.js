// The stream of today's totals: read once per tab, opened again by itself, with a state that can be told in words.

import { address } from "./api.js";
import { observable } from "./store.js";

const SILENCE_MS = 35_000;
const HIDDEN_MS = 5 * 60_000;
const WAITS_S = [1, 2, 4, 8, 16, 30];

/**
 * `totals`: observable of the last `totals` (null: none yet).
 * `connection`: observable of `{state: "connecting"|"open"|"stale", since: ms, next_try_at: ms or null, away}`.
 */
export function liveStream({ onUnauthorized }) {
  const totals = observable(null);
  const connection = observable({ state: "connecting", since: Date.now(), next_try_at: null, away: null });
  let controller = null;
  let failures = 0;
  let timer = 0;
  let silence = 0;
  let hidden = 0;
  let stopped = false;

  function stale(away, nextTryAt = null) {
    const before = connection.get();
    const since = before.state === "stale" ? before.since : Date.now();
    connection.set({ state: "stale", since, next_try_at: nextTryAt, away });
  }

  function close() {
    clearTimeout(timer);
    clearTimeout(silence);
    controller?.abort();
    controller = null;
  }

  function later(away, afterS) {
    if (stopped) return;
    const waitS = afterS ?? WAITS_S[Math.min(failures++, WAITS_S.length - 1)];
    const waitMs = waitS * 1_000 * (0.8 + 0.4 * Math.random());
    stale(away, Date.now() + waitMs);
    timer = setTimeout(open, waitMs);
  }

  function heard() {
    clearTimeout(silence);
    silence = setTimeout(() => {
      close();
      later("silence");
    }, SILENCE_MS);
  }

  function told(event, data) {
    if (event === "totals") {
      failures = 0;
      totals.set(JSON.parse(data));
      connection.set({ state: "open", since: Date.now(), next_try_at: null, away: null });
    } else if (event === "stale") {
      stale("redis");
    } else if (event === "bye") {
      close();
      later("server", 1);
    }
  }

  async function open() {
    close();
    const own = (controller = new AbortController());
    try {
      heard();
      const response = await fetch(address("v1/live"), { signal: own.signal, cache: "no-store", credentials: "same-origin" });
      if (response.status === 401) {
        close();
        onUnauthorized();
        return;
      }
      if (!response.ok) throw Object.assign(new Error(), { afterS: Number(response.headers.get("Retry-After")) || null });
      await readEvents(response.body, heard, told);
      if (controller === own) later("server");
    } catch (error) {
      if (controller === own) {
        close();
        later("server", error.afterS);
      }
    }
  }

  function onVisible() {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(close, HIDDEN_MS);
    else if (controller === null || connection.get().state === "stale") open();
  }

  addEventListener("online", open);
  document.addEventListener("visibilitychange", onVisible);
  open();
  return {
    totals,
    connection,
    tryNow: open,
    stop() {
      stopped = true;
      removeEventListener("online", open);
      document.removeEventListener("visibilitychange", onVisible);
      clearTimeout(hidden);
      close();
    },
  };
}

async function readEvents(body, heard, told) {
  let text = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    heard();
    const events = (text + piece.value).split("\n\n");
    text = events.pop();
    for (const one of events) {
      const fields = Object.fromEntries(one.split("\n").map((line) => line.split(/: ?(.*)/s)));
      if (fields.event) told(fields.event, fields.data);
    }
  }
}

/** What the header says: `{state: "live"|"catching_up"|"stale"|"waiting"|"connecting", as_of, since, next_try_at, away}`. */
export function freshnessOf(totals, connection) {
  const asOf = totals?.as_of ?? null;
  if (connection.state === "stale") return { ...connection, state: "stale", as_of: asOf };
  if (totals === null) return { state: "connecting", as_of: null };
  if (asOf === null) return { state: "waiting", as_of: null };
  return { state: totals.catching_up ? "catching_up" : "live", as_of: asOf };
}

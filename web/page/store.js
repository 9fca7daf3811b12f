// A value that others follow.

/** `get`, `set`, and `subscribe(fn)`, which tells each other value as it comes and returns how to stop that. */
export function observable(value) {
  const followers = new Set();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const follow of [...followers]) if (followers.has(follow)) follow(value);
    },
    subscribe(follow) {
      followers.add(follow);
      return () => followers.delete(follow);
    },
  };
}

/** Calls `fn` once in the next frame however often it is asked for, and at most every `everyMs`. */
export function onceAFrame(fn, everyMs = 0) {
  let frame = 0;
  let timer = 0;
  let ranAt = -Infinity;
  const run = () => {
    frame = 0;
    ranAt = performance.now();
    fn();
  };
  const ask = () => {
    timer = 0;
    frame ||= requestAnimationFrame(run);
  };
  const asked = () => {
    if (frame || timer) return;
    const wait = ranAt + everyMs - performance.now();
    if (wait > 0) timer = setTimeout(ask, wait);
    else ask();
  };
  asked.cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    frame = timer = 0;
  };
  return asked;
}

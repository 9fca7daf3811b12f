// Addresses of views: `#/view/segment/…?name=value`; ids are percent-encoded, so that any id can stand there.

/** `{view, path: [decoded segments], params: {…}}`; `#/` is the overview. */
export function parse(hash) {
  const [way, query = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const [view, ...path] = way.split("/").map(decoded);
  return { view: view || "overview", path: path.filter((segment) => segment !== ""), params: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a view; parameters that are null or "" are left out. */
export function href(view, path = [], params = {}) {
  const way = [view === "overview" ? "" : view, ...path].filter((segment, index) => segment !== "" || index > 0).map(encodeURIComponent);
  const given = Object.entries(params).filter(([, value]) => value != null && value !== "");
  const query = given.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  return `#/${way.join("/")}${query && `?${query}`}`;
}

function decoded(segment) {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a half of an escape that somebody typed
  }
}

/**
 * Follows the address. `onEntry({view, path, params}, entry)` is called for each;
 * `entry.kept`: what was kept for it when it was left (Back, Forward), or null for a new one.
 * `keep()`: what is to be kept of the page as it is.
 */
export function follow(onEntry, keep) {
  const keptOf = new Map();
  let key = null;
  let mayLeave = null;
  let shown = location.hash;
  const stays = (hash) => mayLeave !== null && !mayLeave(parse(hash));
  const arrive = () => {
    if (stays(location.hash)) stay();
    else entered();
  };
  const entered = () => {
    shown = location.hash;
    if (key !== null) keptOf.set(key, keep());
    key = history.state?.key ?? null;
    const kept = key === null ? null : (keptOf.get(key) ?? null);
    if (key === null) {
      key = crypto.getRandomValues(new Uint32Array(2)).join("-");
      history.replaceState({ key }, "");
    }
    onEntry(parse(location.hash), { kept });
  };
  /** The address of what is shown again: in the place of a new one, on top of one that was gone back to. */
  const stay = () => (history.state?.key ? history.pushState({ key }, "", shown) : history.replaceState({ key }, "", shown));
  history.scrollRestoration = "manual";
  addEventListener("popstate", arrive);
  const router = {
    start: arrive,
    /** Asked before another address is gone to: `fn(address)` returns whether it may be; null: always. */
    guard: (fn) => (mayLeave = fn),
    /** Go to another address; `replace`: in the place of this one, which Back then passes over. */
    navigate(hash, { replace = false } = {}) {
      if (hash === location.hash || (hash === "#/" && location.hash === "")) return;
      if (stays(hash)) return;
      if (replace) {
        shown = hash;
        history.replaceState({ key }, "", hash);
        onEntry(parse(hash), { kept: keep() });
      } else {
        history.pushState(null, "", hash);
        entered();
      }
    },
  };
  // By itself the browser would scroll to the top before it says that the address is another.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#/"]');
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.navigate(link.getAttribute("href"));
  });
  return router;
}

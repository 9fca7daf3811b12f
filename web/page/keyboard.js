// Keys for the whole page. Views offer what a key does by the event `lasttouch:key`, whose detail is the key.

const OFF = "lasttouch.keys.off";
const SEQUENCE_MS = 1_500;
const GO = { o: "#/", c: "#/campaigns", r: "#/orders", s: "#/settings" };
const OF_VIEWS = new Set(["/", "p", "[", "]", "$", "e"]);

export const keysAreOn = () => localStorage.getItem(OFF) === null;

/** Turn single letters on or off, on this machine. */
export function switchKeys(areOn) {
  if (areOn) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
}

/** Listen for keys from now on. `navigate(hash)`, `showList()`, `hideToast()`. */
export function listenForKeys({ navigate, showList, hideToast }) {
  let goUntil = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideToast();
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !keysAreOn()) return;
    if (isField(event.target) || document.querySelector("dialog[open]")) return;
    const isGoing = performance.now() < goUntil;
    goUntil = 0;
    if (isGoing && event.key in GO) navigate(GO[event.key]);
    else if (event.key === "g") goUntil = performance.now() + SEQUENCE_MS;
    else if (event.key === "?") showList();
    else if (OF_VIEWS.has(event.key)) offer(event.key);
    else return;
    event.preventDefault();
  });
}

function offer(key) {
  document.dispatchEvent(new CustomEvent("lasttouch:key", { detail: key }));
}

/** For a view: `{"/": fn, p: fn …}`. Returns how to stop. */
export function onKeys(actions) {
  const listener = ({ detail: key }) => actions[key]?.();
  document.addEventListener("lasttouch:key", listener);
  return () => document.removeEventListener("lasttouch:key", listener);
}

function isField(element) {
  return element.isContentEditable || element.matches("select, textarea, input:not([type=checkbox], [type=radio], [type=button])");
}

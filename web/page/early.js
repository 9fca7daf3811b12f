// Before the first paint: the theme that was chosen on this machine, or the system's (appearance.js); and, so that the
// answer is there when the page's script is, the question who is signed in (app.js). A link that signs in asks later.
document.documentElement.dataset.theme =
  localStorage.getItem("lasttouch.theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
window.askedWho = location.hash.startsWith("#/sign-in") ? null : fetch("v1/me", { cache: "no-store" }).catch(() => null);

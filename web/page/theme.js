// Before the first paint: the theme that was chosen on this machine, or the system's (appearance.js).
document.documentElement.dataset.theme =
  localStorage.getItem("lasttouch.theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

// Light or dark: as the system has it, or as it was chosen on this machine. early.js applies it before the first paint.

import { observable } from "./store.js";

const KEY = "lasttouch.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** "light" or "dark", as it is shown. */
export const theme = observable(document.documentElement.dataset.theme);

/** "system", "light" or "dark", as it was chosen. */
export function chosenTheme() {
  return localStorage.getItem(KEY) ?? "system";
}

/** Choose one of the three. */
export function chooseTheme(choice) {
  if (choice === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, choice);
  apply();
}

function apply() {
  const choice = chosenTheme();
  const shown = choice === "system" ? (system.matches ? "dark" : "light") : choice;
  document.documentElement.dataset.theme = shown;
  theme.set(shown);
}

system.addEventListener("change", apply);

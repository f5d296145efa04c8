/** The theme of the page and of the system, and presenter mode. */

const system = matchMedia("(prefers-color-scheme: dark)");

export function systemIsDark() {
  return system.matches;
}

/** @param {(dark: boolean) => void} listener */
export function onSystemTheme(listener) {
  system.addEventListener("change", () => listener(system.matches));
}

/**
 * Put a theme and a mode on the page.
 * @param {Pick<import("../model/types.js").View, "theme" | "presenter">} view
 */
export function applyTheme(view) {
  const { dataset } = document.documentElement;
  if (view.theme === "auto") delete dataset.theme;
  else dataset.theme = view.theme;
  if (view.presenter) dataset.presenter = "on";
  else delete dataset.presenter;
}

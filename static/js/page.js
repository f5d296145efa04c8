/** What the server wrote into the page, and the theme that the page wears. */
import { palette } from "./colours.js";
import { find } from "./dom.js";

/**
 * @typedef {object} PageData
 * @property {string} version
 * @property {string} boot
 * @property {import("./types.js").Preset[]} presets
 * @property {import("./bounds.js").Schema} limits
 * @property {string} recorded address of the recorded run
 */

/** @returns {PageData} */
export function pageData() {
  return JSON.parse(find("#page-data").textContent ?? "{}");
}

/** The address of the live websocket of this page's server. */
export function liveAddress() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`;
}

const system = matchMedia("(prefers-color-scheme: dark)");

/**
 * Colours for charts in the theme that is chosen, or that the system has.
 * @param {import("./types.js").View["theme"]} theme
 */
export function coloursOf(theme) {
  return palette(theme === "auto" ? system.matches : theme === "dark");
}

/**
 * Wear a theme and a mode.
 * @param {import("./types.js").View} view
 */
export function wear(view) {
  const { dataset } = document.documentElement;
  if (view.theme === "auto") delete dataset.theme;
  else dataset.theme = view.theme;
  if (view.presenter) dataset.presenter = "on";
  else delete dataset.presenter;
}

/** @param {() => void} listener */
export function onSystemTheme(listener) {
  system.addEventListener("change", listener);
}

/**
 * Ask the server; the answer, or its error body.
 * @param {string} address
 * @param {unknown} body
 * @returns {Promise<{answer: any} | {error: {code: string, message: string, field: string | null}}>}
 */
export async function ask(address, body) {
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
    const answer = await response.json();
    return response.ok ? { answer } : { error: answer };
  } catch {
    return { error: { code: "offline", message: "the server does not answer", field: null } };
  }
}

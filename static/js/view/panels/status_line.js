/**
 * The status line, and the one region of the page that speaks. The line follows every frame; what is spoken comes every
 * few seconds at most, or when the state of the run changes.
 */
import { dotClass, statusLine } from "../../model/status.js";
import { find, say } from "../dom.js";

/** Least milliseconds between two sentences for a screen reader while a run trains. */
const SPEAK_EVERY = 8000;
let spokenAt = Number.NEGATIVE_INFINITY;
let spokenState = "";

/**
 * @param {import("../../model/scene.js").Scene} scene
 * @param {import("../../model/types.js").LinkState} link
 */
export function showStatus(scene, link) {
  const { run, cursor } = scene;
  const { conclusion, moment, details } = statusLine(scene, link);
  say(find("#conclusion"), conclusion);
  say(find("#moment"), moment);
  say(find("#details"), details);
  const lines = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#status p"));
  const open = find("#status-more").getAttribute("aria-expanded") === "true";
  find("#status-more").hidden = !open && ![...lines].some((line) => line.scrollWidth > line.clientWidth);
  const dot = find("#dot");
  const name = dotClass(run, link);
  if (dot.className !== name) dot.className = name;
  const state = `${run.id} ${run.state} ${link}`;
  const now = performance.now();
  if (cursor === null && (state !== spokenState || now - spokenAt > SPEAK_EVERY)) {
    spokenAt = now;
    spokenState = state;
    announce(`${conclusion} ${moment}`);
  }
}

/** The rest of the line, on demand. */
export function wireStatus() {
  const button = find("#status-more");
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    say(button, open ? "Less" : "More");
    find("footer.status").classList.toggle("open", open);
  });
}

/**
 * Have a screen reader say something.
 * @param {string} text
 */
export function announce(text) {
  say(find("#spoken"), text);
}

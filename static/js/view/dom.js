/** Helpers for elements. Text never becomes markup. */
import { render } from "../../vendor/lit-html-3.3.3.js";

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function find(selector, within = document) {
  const element = within.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`the page lacks ${selector}`);
  return /** @type {T} */ (element);
}

/**
 * Set the text of an element, only if it changes.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * The same where there may be no room for all of it: the pointer gets the whole.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function sayInFull(element, text) {
  say(element, text);
  if (element.title !== text) element.title = text;
}

/** Whether the window is too small for the stage, and scrolls; as ``phone.css`` has it. */
export function isSmall() {
  return matchMedia("(max-width: 820px), (max-height: 599px), (max-width: 1020px) and (max-height: 859px)").matches;
}

/** @type {WeakSet<HTMLElement>} */
const filled = new WeakSet();

/**
 * Show a template in an element; it replaces what the server wrote into it.
 * @param {unknown} template
 * @param {HTMLElement} element
 */
export function show(template, element) {
  if (!filled.has(element)) element.replaceChildren();
  filled.add(element);
  render(template, element);
}

/**
 * The value of the field that an event is about.
 * @param {Event} event
 */
export function fieldValue({ target }) {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target.value : "";
}

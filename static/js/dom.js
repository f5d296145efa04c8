/** Small help with elements: find one that must be there, make one with its text. Never any markup from text. */

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
 * @param {string} tag
 * @param {string | null} [text]
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} [children]
 */
export function make(tag, text = null, attributes = {}, children = []) {
  const element = document.createElement(tag);
  if (text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Set the text of an element, touching the page only when it changes.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A table: heads, then rows of cells as text; the first cell of a row is its head.
 * @param {string[]} heads
 * @param {string[][]} rows
 */
export function table(heads, rows) {
  const head = make(
    "tr",
    null,
    {},
    heads.map((text) => make("th", text, { scope: "col" })),
  );
  const body = rows.map(([first, ...rest]) =>
    make("tr", null, {}, [make("th", first, { scope: "row" }), ...rest.map((text) => make("td", text))]),
  );
  return make("table", null, {}, [make("thead", null, {}, [head]), make("tbody", null, {}, body)]);
}

/** Elements of an SVG. */

/**
 * @param {Element | null} parent
 * @param {string} name
 * @param {Record<string, string | number | undefined>} attributes
 * @param {string} [text]
 */
export function added(parent, name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
}

/** Gestures of mouse, pen and fingers on an element: one pointer moves, two also zoom. */

/**
 * @typedef {object} Gestures
 * @property {(right: number, down: number) => void} move by so many pixels of the page
 * @property {(factor: number, x: number, y: number) => void} zoom by how much two fingers went apart, and the point
 *   that was between them: pixels from the element's top left
 * @property {() => void} [end] the last pointer is lifted
 * @property {(event: PointerEvent) => boolean} [takes] whether a pointer counts; all do unless said otherwise
 */

/**
 * @param {HTMLElement} element its style has to say ``touch-action: none``
 * @param {Gestures} gestures
 */
export function onGestures(element, { move, zoom, end = () => {}, takes = () => true }) {
  /** @type {Map<number, {x: number, y: number}>} pointers that are down, of which the first two count */
  const down = new Map();
  const held = () => {
    const [one, other = one] = down.values();
    const spread = Math.hypot(one.x - other.x, one.y - other.y);
    return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, spread };
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !takes(event)) return;
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId)) return;
    const before = held();
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = held();
    const box = element.getBoundingClientRect();
    if (before.spread > 0 && now.spread > 0) zoom(now.spread / before.spread, before.x - box.left, before.y - box.top);
    move(now.x - before.x, now.y - before.y);
  });
  const lift = (/** @type {PointerEvent} */ { pointerId }) => {
    if (down.delete(pointerId) && down.size === 0) end();
  };
  for (const name of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"]))
    element.addEventListener(name, lift);
}

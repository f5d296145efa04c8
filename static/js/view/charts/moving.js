/** Charts that a reader moves and zooms: what they show, and what is done when that has changed. */

/** @typedef {import("./plot.js").Drawn & {on?: (event: string, handler: () => void) => void}} Movable */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/**
 * Plotly looks at the shapes of a chart that is moved, also where its bundle has no shapes, as the page's.
 * @param {Movable} element
 */
export function letMove(element) {
  const provide = () => {
    if (element._fullLayout) element._fullLayout.shapes ??= [];
  };
  provide();
  if (!element.dataset.moves) element.on?.("plotly_afterplot", provide);
  element.dataset.moves = "yes";
}

/** @type {WeakMap<HTMLElement, () => void>} what is done when a chart was moved or zoomed */
const movers = new WeakMap();

/**
 * Hear when a chart was moved or zoomed; the last one who asked is told.
 * @param {HTMLElement} element
 * @param {() => void} moved
 */
export function onMoved(element, moved) {
  const drawn = /** @type {Movable} */ (element);
  if (!drawn.on) return;
  if (!movers.has(element)) drawn.on("plotly_relayout", () => movers.get(element)?.());
  movers.set(element, moved);
}

/**
 * The ends of the axes of a drawn chart; null before it is drawn.
 * @param {HTMLElement} element
 * @returns {{x: [number, number], y: [number, number]} | null}
 */
export function rangesOf(element) {
  const full = /** @type {Movable} */ (element)._fullLayout;
  return full?.xaxis && full.yaxis ? { x: full.xaxis.range, y: full.yaxis.range } : null;
}

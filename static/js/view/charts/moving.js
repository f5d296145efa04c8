/** Charts that a reader moves and zooms: what they show, and what is done when that has changed. */

/** @typedef {import("./plot.js").Drawn & {on?: (event: string, handler: () => void) => void}} Movable */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/** @type {WeakMap<HTMLElement, () => void>} what is done when a chart was moved or zoomed */
const movers = new WeakMap();

/**
 * Plotly looks at the shapes of a chart that is moved, also where its bundle has no shapes, as the page's.
 * @param {Movable} element in which Plotly has drawn
 */
export function letMove(element) {
  const provide = () => {
    if (element._fullLayout) element._fullLayout.shapes ??= [];
  };
  provide();
  if (!element.dataset.moves) {
    element.on?.("plotly_afterplot", provide);
    element.on?.("plotly_relayout", () => movers.get(element)?.());
  }
  element.dataset.moves = "yes";
}

/**
 * Shift and stretch what is drawn until it fits other ends of the axes, as Plotly does while a mouse drags: that costs
 * next to nothing, and the text grows with it.
 * @param {HTMLElement} element
 * @param {{x: [number, number], y: [number, number]}} ends
 */
export function stretch(element, { x, y }) {
  const full = /** @type {Movable} */ (element)._fullLayout;
  if (!full) return;
  const { xaxis, yaxis } = full;
  const [wide, high] = [x[1] - x[0], y[1] - y[0]];
  const [across, down] = [(xaxis.range[1] - xaxis.range[0]) / wide, (yaxis.range[1] - yaxis.range[0]) / high];
  const left = ((xaxis.range[0] - x[0]) / wide) * xaxis._length;
  const top = ((y[1] - yaxis.range[1]) / high) * yaxis._length;
  const { plot, clipRect } = full._plots.xy;
  plot.attr("transform", `translate(${xaxis._offset + left},${yaxis._offset + top})scale(${across},${down})`);
  // what is cut off at the edges stays where it is
  clipRect.attr("transform", `scale(${1 / across},${1 / down})translate(${-left},${-top})`);
}

/**
 * Back to how it was drawn.
 * @param {HTMLElement} element
 */
export function unstretch(element) {
  const ends = rangesOf(element);
  if (ends) stretch(element, ends);
}

/**
 * Hear when a chart was moved or zoomed; the last one who asked is told.
 * @param {HTMLElement} element
 * @param {() => void} moved
 */
export function onMoved(element, moved) {
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

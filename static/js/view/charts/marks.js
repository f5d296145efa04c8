/** Outlines of Plotly's marks, as paths around their middle. Pure. */

const { cos, sin, PI } = Math;

/** @param {[number, number][]} points */
const closed = (points) => `M${points.map((point) => point.map((at) => at.toFixed(2)).join()).join("L")}Z`;

/**
 * A regular polygon, or a star where there is an inner radius.
 * @param {number} corners
 * @param {number} outer radius
 * @param {number} [inner]
 */
function regular(corners, outer, inner) {
  const steps = inner === undefined ? corners : 2 * corners;
  return closed(
    Array.from({ length: steps }, (_, step) => {
      const radius = inner !== undefined && step % 2 ? inner : outer;
      const angle = (2 * PI * step) / steps;
      return [radius * sin(angle), -radius * cos(angle)];
    }),
  );
}

/**
 * @param {number} wide
 * @param {number} [high]
 */
const diamond = (wide, high = wide) => closed([[wide, 0], [0, high], [-wide, 0], [0, -high]]); // biome-ignore format: a row
const circle = (/** @type {number} */ r) => `M${r},0A${r},${r} 0 1,1 0,${-r}A${r},${r} 0 0,1 ${r},0Z`;
const upright = (/** @type {number} */ r) => `M${r},0H${-r}M0,${r}V${-r}`;
const slanting = (/** @type {number} */ r) => `M${r},${r}L${-r},${-r}M${r},${-r}L${-r},${r}`;

/** @type {Record<string, (r: number) => string>} by the name of the mark, from half its size */
const FILLED = {
  circle,
  square: (r) => `M${r},${r}H${-r}V${-r}H${r}Z`,
  diamond: (r) => diamond(1.3 * r),
  "diamond-tall": (r) => diamond(0.7 * r, 1.4 * r),
  "triangle-up": (r) => closed([[-1.155 * r, 0.5 * r], [1.155 * r, 0.5 * r], [0, -r]]), // biome-ignore format: a row
  "triangle-down": (r) => closed([[-1.155 * r, -0.5 * r], [1.155 * r, -0.5 * r], [0, r]]), // biome-ignore format: a row
  "triangle-right": (r) => closed([[-0.5 * r, -1.155 * r], [-0.5 * r, 1.155 * r], [r, 0]]), // biome-ignore format: a row
  pentagon: (r) => regular(5, r),
  hexagon: (r) => regular(6, r),
  star: (r) => regular(5, 1.4 * r, 0.53 * r),
  "star-square": (r) => regular(4, 1.1 * r, 0.5 * r),
  hourglass: (r) => closed([[r, r], [-r, r], [r, -r], [-r, -r]]), // biome-ignore format: a row
  cross: (r) => `M${1.2 * r},${0.4 * r}h${-0.8 * r}v${0.8 * r}h${-0.8 * r}v${-0.8 * r}h${-0.8 * r}v${-0.8 * r}h${0.8 * r}v${-0.8 * r}h${0.8 * r}v${0.8 * r}h${0.8 * r}Z`, // biome-ignore format: one outline
  "circle-cross": (r) => circle(r) + upright(r),
  "circle-x": (r) => circle(r) + slanting(Math.SQRT1_2 * r),
  "diamond-cross": (r) => diamond(1.3 * r) + upright(1.3 * r),
};
/** @type {Record<string, (r: number) => string>} */
const OPEN = {
  "line-ew": (r) => `M${1.4 * r},0H${-1.4 * r}`,
  "line-ns": (r) => `M0,${1.4 * r}V${-1.4 * r}`,
  "x-thin": slanting,
};

/**
 * @param {string} symbol as Plotly calls it; one that is not here is a circle
 * @param {number} radius half the size of the mark
 * @returns {{d: string, open: boolean}} open: drawn in lines only
 */
export function outline(symbol, radius) {
  if (symbol in OPEN) return { d: OPEN[symbol](radius), open: true };
  const name = symbol.replace(/-open$/, "");
  return { d: (FILLED[name] ?? circle)(radius), open: name !== symbol };
}

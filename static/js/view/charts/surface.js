/**
 * The surface in three dimensions. Plotly's WebGL bundle is fetched when the first one is shown and never before. WebGL
 * contexts are few: an element keeps its own.
 */
import { VIRIDIS_SCALE } from "../../model/colours.js";
import { loadBundle, loadPlotly } from "./library.js";
import { fontSize } from "./plot.js";

/** @typedef {import("./library.js").Plotly} Plotly */

/** @type {Promise<Plotly> | null} */
let bundle = null;

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */
/** @typedef {HTMLElement & {on(event: string, handler: () => void): void}} Turnable */

/** The surfaces on the page. They are seen from one place: who turns one turns all, or they could not be compared. */
/** @type {Set<HTMLElement>} */
const drawn = new Set();
/** @type {PlotlyPart} */
let camera = { eye: { x: 1.25, y: 1.25, z: 0.75 }, center: { x: 0, y: 0, z: -0.12 } };
/** Which one the reader has taken hold of: the others follow it. They tell of being turned, too, and are not followed. */
/** @type {HTMLElement | null} */
let held = null;
let following = false;
/** Frames without a change after which the held surface has come to rest. */
const STILL = 3;

/** @param {HTMLElement} element @returns {PlotlyPart | undefined} from where a surface is seen now */
const cameraOf = (element) => /** @type {import("./plot.js").Drawn} */ (element)._fullLayout?.scene._scene?.getCamera();

/**
 * Turn all other surfaces as the one that is held, until it has come to rest: it turns on for some frames after the
 * last that Plotly tells of it.
 * @param {Plotly} plotly
 */
async function turnOthers(plotly) {
  if (following) return;
  following = true;
  try {
    for (let still = 0; held !== null && still < STILL; still++) {
      await new Promise((next) => requestAnimationFrame(next));
      const seen = held && cameraOf(held);
      if (!seen || JSON.stringify(seen) === JSON.stringify(camera)) continue;
      camera = seen;
      still = 0;
      const others = [...drawn].filter((one) => one !== held);
      await Promise.all(others.map((one) => plotly.relayout(one, { "scene.camera": seen })));
    }
  } finally {
    following = false;
  }
}

/** @param {string} address */
function load(address) {
  // the first bundle first, for what is there last is the page's
  bundle ??= loadPlotly()
    .then(() => loadBundle(address))
    .catch((error) => {
      bundle = null;
      throw error;
    });
  return bundle;
}

/** Whether this browser can draw in three dimensions. */
export function canDraw() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl") ?? canvas.getContext("experimental-webgl"));
}

/**
 * What Plotly draws of a surface.
 * @param {import("../../model/types.js").Surface} surface
 * @param {import("../../model/colours.js").Palette} colours
 * @param {{width: number, height: number, size: number}} room size: of the text
 */
function figureOf(surface, colours, { width, height, size }) {
  const axis = {
    color: colours.quiet,
    gridcolor: colours.grid,
    showspikes: false,
    nticks: 4,
    tickfont: { size: size * 0.85 },
  };
  const trace = {
    type: "surface",
    x: surface.x,
    y: surface.y,
    z: surface.z,
    cmin: surface.low,
    cmax: surface.high,
    colorscale: VIRIDIS_SCALE,
    showscale: false,
    connectgaps: true,
    hoverinfo: "skip",
    ...(surface.level === null ? {} : { contours: { z: lineAt(surface.level) } }),
    lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.05 },
  };
  const layout = {
    width,
    height,
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size, color: colours.quiet },
    uirevision: "constant",
    scene: {
      xaxis: { ...axis, title: { text: "δ" } },
      yaxis: { ...axis, title: { text: "η" } },
      zaxis: { ...axis, title: { text: "log₁₀ loss" }, range: [surface.low, surface.high] },
      camera,
      aspectmode: "manual",
      aspectratio: { x: 1.25, y: 1.25, z: 0.75 },
    },
  };
  return { data: [trace], layout };
}

/**
 * @param {HTMLElement} element
 * @param {string} address of the bundle
 * @param {import("../../model/types.js").Surface} surface
 * @param {import("../../model/colours.js").Palette} colours
 */
export async function drawSurface(element, address, surface, colours) {
  const plotly = await load(address);
  const { clientWidth: width, clientHeight: height } = element;
  // ticks stand in perspective, one behind the other: few of them, and not in a presenter's size
  const { data, layout } = figureOf(surface, colours, { width, height, size: Math.min(fontSize(element), 15) });
  await plotly.react(element, data, layout, { displayModeBar: false, displaylogo: false, showSendToCloud: false });
  if (drawn.has(element)) return;
  drawn.add(element);
  for (const event of ["pointerdown", "wheel"])
    element.addEventListener(event, () => (held = element), { capture: true, passive: true });
  const turnable = /** @type {Turnable} */ (element);
  for (const event of ["plotly_relayouting", "plotly_relayout"])
    turnable.on(event, () => element === held && void turnOthers(plotly));
}

/**
 * A surface as it is seen now, as the text of an SVG that holds its pixels.
 * @param {string} address of the bundle
 * @param {import("../../model/types.js").Surface} surface
 * @param {import("../../model/colours.js").Palette} colours
 * @param {{width: number, height: number}} box
 * @param {number} scale pixels to one
 */
export async function surfacePicture(address, surface, colours, { width, height }, scale) {
  const plotly = await load(address);
  const figure = figureOf(surface, colours, { width, height, size: 14 });
  const image = await plotly.toImage(figure, { format: "png", width, height, scale });
  return `<svg width="${width}" height="${height}"><image href="${image}" width="${width}" height="${height}"/></svg>`;
}

/** @param {number} level */
function lineAt(level) {
  return { show: true, start: level, end: level + 1e-6, size: 1, color: "#ffffff", width: 4 };
}

/** @param {HTMLElement} element */
export async function clearSurface(element) {
  drawn.delete(element);
  if (held === element) held = null;
  if (bundle) (await bundle).purge(element);
}

/**
 * The surface in three dimensions. Plotly's WebGL bundle is fetched when the first one is shown and never before;
 * two bundles overwrite each other's global, so the first is put back. WebGL contexts are few: an element keeps its own.
 */
import { VIRIDIS_SCALE } from "../colours.js";
import { fontSize } from "../plot.js";

/** @type {Promise<any> | null} */
let bundle = null;

/** @param {string} address */
function load(address) {
  bundle ??= new Promise((resolve, reject) => {
    const page = /** @type {any} */ (window);
    const first = page.Plotly;
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => {
      const loaded = page.Plotly;
      page.Plotly = first;
      resolve(loaded);
    });
    script.addEventListener("error", () => {
      bundle = null;
      reject(new Error("the 3-D part of the page could not be loaded"));
    });
    document.head.append(script);
  });
  return bundle;
}

/** Whether this browser can draw in three dimensions. */
export function canDraw() {
  const canvas = document.createElement("canvas");
  return Boolean(canvas.getContext("webgl") ?? canvas.getContext("experimental-webgl"));
}

/**
 * @param {HTMLElement} element
 * @param {string} address of the bundle
 * @param {any} surface ``x``, ``y``, ``z``, ``low``, ``high`` of a picture, ``level`` of the line on it or null
 * @param {import("../colours.js").Palette} colours
 */
export async function drawSurface(element, address, surface, colours) {
  const plotly = await load(address);
  // ticks stand in perspective, one behind the other: few of them, and not in a presenter's size
  const size = Math.min(fontSize(), 15);
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
    width: element.clientWidth,
    height: element.clientHeight,
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size, color: colours.quiet },
    uirevision: "constant",
    scene: {
      xaxis: { ...axis, title: { text: "δ" } },
      yaxis: { ...axis, title: { text: "η" } },
      zaxis: { ...axis, title: { text: "log₁₀ loss" }, range: [surface.low, surface.high] },
      camera: { eye: { x: 1.25, y: 1.25, z: 0.75 }, center: { x: 0, y: 0, z: -0.12 } },
      aspectmode: "manual",
      aspectratio: { x: 1.25, y: 1.25, z: 0.75 },
    },
  };
  await plotly.react(element, [trace], layout, { displayModeBar: false, displaylogo: false, showSendToCloud: false });
}

/** @param {number} level */
function lineAt(level) {
  return { show: true, start: level, end: level + 1e-6, size: 1, color: "#ffffff", width: 4 };
}

/** @param {HTMLElement} element */
export async function clearSurface(element) {
  if (bundle) (await bundle).purge(element);
}

/**
 * Plotly, which is more to fetch and to run than all the rest of the page: it comes when somebody is there to use it, or
 * something is to be drawn that only it can draw.
 */

/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/**
 * What the page uses of the library, which brings no types of its own.
 * @typedef {object} Plotly
 * @property {(element: HTMLElement, traces: PlotlyPart[], layout: PlotlyPart, config: PlotlyPart) => Promise<unknown>} react
 * @property {(element: HTMLElement, change: PlotlyPart, traces: number[]) => Promise<unknown>} restyle
 * @property {(element: HTMLElement, change: PlotlyPart) => Promise<unknown>} relayout
 * @property {(element: HTMLElement) => void} purge
 * @property {(figure: {data: PlotlyPart[], layout: PlotlyPart}, format: PlotlyPart) => Promise<string>} toImage
 */

/** What a person does first. */
const SIGNS = ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "focusin"];

const page = /** @type {{Plotly?: Plotly}} */ (/** @type {unknown} */ (globalThis));
/** @type {Promise<Plotly> | null} */
let loading = null;

/** Plotly, or undefined before it is there. */
export function plotly() {
  return page.Plotly;
}

/**
 * Run a script that leaves a Plotly behind. Two bundles overwrite each other's global, so the first is put back.
 * @param {string} address
 * @returns {Promise<Plotly>}
 */
export async function loadBundle(address) {
  const first = page.Plotly;
  await loadScript(address);
  const loaded = /** @type {Plotly} */ (page.Plotly);
  page.Plotly = first ?? loaded;
  return loaded;
}

/**
 * Fetch a script that is no module, and run it.
 * @param {string} address
 * @returns {Promise<void>}
 */
export function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address });
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => reject(new Error(`${address} could not be loaded`)));
    document.head.append(script);
  });
}

/** Load Plotly, once; after a failure again. */
export function loadPlotly() {
  loading ??= loadBundle(address()).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** What is done when it is wanted. */
let call = () => {};

/**
 * Load it as soon as somebody is there or something asks for it; until then the browser keeps it ready.
 * @param {() => void} arrived
 * @param {() => void} failed
 */
export function expectPlotly(arrived, failed) {
  call = () => {
    for (const sign of SIGNS) removeEventListener(sign, call, true);
    if (!plotly()) loadPlotly().then(arrived, failed);
  };
  for (const sign of SIGNS) addEventListener(sign, call, { capture: true, passive: true });
  // what the page shows at first must not share its line with this
  if (document.readyState === "complete") whenIdle(prefetch);
  else addEventListener("load", () => whenIdle(prefetch), { once: true });
}

/** Have the browser fetch it; it runs when it is called. */
function prefetch() {
  const link = Object.assign(document.createElement("link"), { rel: "prefetch", as: "script", href: address() });
  document.head.append(link);
}

/**
 * @param {() => void} action done once the browser has painted and has nothing else to do
 */
function whenIdle(action) {
  // Safari has no such callback
  if ("requestIdleCallback" in globalThis) requestIdleCallback(action);
  else setTimeout(action);
}

/** Something is to be drawn that cannot wait for a person. */
export function callPlotly() {
  call();
}

function address() {
  return document.body.dataset.plotly ?? "";
}

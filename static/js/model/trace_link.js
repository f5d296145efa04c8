/** The link of Trace: what is traced and shown, as the hash of the address, and back. Pure. */
import { FIRST, VIEWS } from "./trace.js";

/** @typedef {import("./trace.js").TraceView} TraceView */
/** @typedef {import("./trace.js").Image} Image */

/** Characters of base64 of the largest image that a link can hold: 32×32 pixels in three channels. */
const MOST_IN_LINK = 4096;

/**
 * The address of a view, without what is usual.
 * @param {TraceView} view
 */
export function traceHash(view) {
  const params = new URLSearchParams();
  const put = (
    /** @type {string} */ key,
    /** @type {string | number | null} */ value,
    /** @type {unknown} */ usual,
  ) => {
    if (value !== usual && value !== null) params.set(key, String(value));
  };
  if (view.network !== null) params.set(...addressed(view.network));
  put("depth", view.depth, null);
  put("step", view.step, null);
  if (view.image.kind === "example") put("image", view.image.index, 0);
  else if (view.image.pixels.length > MOST_IN_LINK) params.set("pixels", "too-many");
  else params.set("pixels", view.image.pixels.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
  put("stage", view.at + 1, 1);
  put("view", view.open, FIRST.open);
  put("all", Number(view.all), 0);
  put("probes", Number(view.probes), 0);
  put("loss", view.target, null);
  put("upper", view.arms[0] + 1, 1);
  put("lower", view.arms[1] + 1, 2);
  put("scale", view.scale, FIRST.scale);
  put("theme", view.theme, "auto");
  put("presenter", Number(view.presenter), 0);
  return params.toString();
}

/**
 * Key and value of a network in a link.
 * @param {string} network
 * @returns {[string, string]}
 */
function addressed(network) {
  const [kind, ...rest] = network.split(":");
  return [kind, rest.join(":")];
}

/**
 * What a link says, and what of it is not understood.
 * @param {string} hash
 * @returns {{view: TraceView, problems: string[]}}
 */
export function readTraceHash(hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {string[]} */
  const problems = [];
  const whole = (/** @type {string} */ key, least = 0) => {
    const text = params.get(key);
    if (text === null) return null;
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    problems.push(`${key}: “${text.slice(0, 40)}” is not a whole number from ${least}`);
    return null;
  };
  const oneOf = (/** @type {string} */ key, /** @type {string[]} */ words) => {
    const text = params.get(key) ?? words[0];
    if (words.includes(text)) return text;
    problems.push(`${key}: “${text.slice(0, 40)}” is not one of ${words.join(", ")}`);
    return words[0];
  };
  const kind = ["run", "net"].find((one) => params.has(one));
  const name = kind ? params.get(kind) : null;
  const isName = name !== null && /^[\w.-]{1,40}$/.test(name);
  if (name !== null && !isName) problems.push(`${kind}: “${name.slice(0, 40)}” is not the name of a network`);
  const open = VIEWS.map((one) => one.name);
  /** @type {TraceView} */
  const view = {
    network: isName ? `${kind}:${name}` : null,
    depth: whole("depth", 1),
    step: whole("step"),
    image: readImage(params, whole("image") ?? 0, problems),
    at: (whole("stage", 1) ?? 1) - 1,
    open: oneOf("view", open),
    all: oneOf("all", ["0", "1"]) === "1",
    probes: oneOf("probes", ["0", "1"]) === "1",
    target: whole("loss"),
    arms: [(whole("upper", 1) ?? 1) - 1, (whole("lower", 1) ?? 2) - 1],
    scale: /** @type {TraceView["scale"]} */ (oneOf("scale", ["shared", "own"])),
    theme: /** @type {TraceView["theme"]} */ (oneOf("theme", ["auto", "light", "dark"])),
    presenter: oneOf("presenter", ["0", "1"]) === "1",
  };
  return { view, problems };
}

/**
 * @param {URLSearchParams} params
 * @param {number} index of the example where the link has no pixels
 * @param {string[]} problems
 * @returns {Image}
 */
function readImage(params, index, problems) {
  const text = params.get("pixels");
  if (text === null) return { kind: "example", index };
  const bare = text.replaceAll("-", "+").replaceAll("_", "/");
  if (text !== "too-many" && bare.length <= MOST_IN_LINK && /^[A-Za-z0-9+/]+$/.test(bare) && bare.length % 4 !== 1)
    return { kind: "pixels", pixels: bare.padEnd(Math.ceil(bare.length / 4) * 4, "=") };
  const why = text === "too-many" ? "the image was too large for a link: choose it again" : "this is no image";
  problems.push(`pixels: ${why}`);
  return { kind: "example", index: 0 };
}

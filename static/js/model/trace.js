/**
 * Trace as values: what is traced and shown, as a link has it; the stages of two networks side by side; what is said of
 * a stage. Pure.
 */
import { short } from "./numbers.js";

/** @typedef {import("./wire.js").Trace} Trace */
/** @typedef {import("./wire.js").Traced} Traced */
/** @typedef {import("./wire.js").TraceStage} TraceStage */
/** @typedef {import("./wire.js").Maps} Maps */
/** @typedef {import("./wire.js").Example | import("./wire.js").Pixels} Image */

/**
 * @typedef {object} TraceView
 * @property {string | null} network ``run:ID`` or ``net:NAME``; null: the one that comes first
 * @property {number | null} depth null: the deepest
 * @property {number | null} step of the weights; null: the newest
 * @property {Image} image
 * @property {number} at which stage of the way is shown, from 0
 * @property {string} open view
 * @property {boolean} all whether every map of a stage is shown
 * @property {boolean} probes whether probes are trained if there are none yet
 * @property {number | null} target class of the loss that goes back; null: the label
 * @property {[number, number]} arms in the upper and the lower lane
 * @property {"auto" | "light" | "dark"} theme
 * @property {boolean} presenter
 *
 * @typedef {{key: string, stages: (TraceStage | null)[]}} Column the stage of each network at one place of the way;
 *   null where a network has none
 */

/** The views in the order of their tabs; the number keys open them. */
export const VIEWS = [
  { name: "forward", label: "Forward" },
  { name: "backward", label: "Backward" },
  { name: "answers", label: "Answers" },
  { name: "table", label: "Table" },
  { name: "training", label: "Training" },
];

/** @type {TraceView} */
export const FIRST = {
  network: null,
  depth: null,
  step: null,
  image: { kind: "example", index: 0 },
  at: 0,
  open: "forward",
  all: false,
  probes: false,
  target: null,
  arms: [0, 1],
  theme: "auto",
  presenter: false,
};

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

/**
 * The networks in the lanes, upper first: those of the chosen arms, else the first ones.
 * @param {Trace | null} trace
 * @param {[number, number]} arms
 */
export function lanesOf(trace, arms) {
  const networks = trace?.networks ?? [];
  const chosen = arms.flatMap((arm) => networks.find((one) => one.arm === arm) ?? []);
  return [...new Set([...chosen, ...networks])].slice(0, 2);
}

/**
 * The stages of networks side by side: the first block beside the first block, the classifier beside the classifier.
 * @param {{stages: TraceStage[]}[]} networks one or two
 * @returns {Column[]}
 */
export function columnsOf(networks) {
  if (networks.length === 0) return [];
  const [one, other] = networks.map(({ stages }) => keyed(stages));
  if (!other) return one.map(({ key, stage }) => ({ key, stages: [stage] }));
  /** @type {Column[]} */
  const columns = [];
  let [i, j] = [0, 0];
  while (i < one.length || j < other.length) {
    const [left, right] = [one[i], other[j]];
    if (left && right && left.key === right.key) {
      columns.push({ key: left.key, stages: [left.stage, right.stage] });
      i++;
      j++;
      // what the upper network has further on waits for it there
    } else if (right && (!left || !one.slice(i).some(({ key }) => key === right.key))) {
      columns.push({ key: right.key, stages: [null, right.stage] });
      j++;
    } else {
      columns.push({ key: left.key, stages: [left.stage, null] });
      i++;
    }
  }
  return columns;
}

/**
 * Stages with a key each: their kind and which of that kind they are.
 * @param {TraceStage[]} stages
 */
function keyed(stages) {
  /** @type {Record<string, number>} */
  const counts = {};
  return stages.map((stage) => {
    counts[stage.kind] = (counts[stage.kind] ?? 0) + 1;
    return { key: `${stage.kind} ${counts[stage.kind]}`, stage };
  });
}

/**
 * What a column is called: the name of its stages.
 * @param {Column} column
 */
export function nameOf({ stages }) {
  return stages.find((stage) => stage !== null)?.name ?? "";
}

/**
 * Whether something comes past the branch of a block. Without weights its operation says so.
 * @param {TraceStage} stage
 */
export function hasSkip({ join, operation }) {
  return join ? join.past !== null : operation.includes("⊕");
}

/**
 * A shape as people write it: height × width × channels.
 * @param {number[]} shape channels first
 */
export function shapeText(shape) {
  return shapeLines(shape).join("×");
}

/**
 * The same in two lines: height × width, and channels.
 * @param {number[]} shape channels first
 */
export function shapeLines([channels, ...sides]) {
  return [...(sides.length > 0 ? [sides.join("×")] : []), String(channels)];
}

/**
 * The numbered caption of a stage: what happens there, of both networks where they differ.
 * @param {Column[]} columns
 * @param {Traced[]} networks
 * @param {number} at
 * @param {boolean} backward
 */
export function captionOf(columns, networks, at, backward) {
  const column = columns[at];
  if (!column) return "";
  const place = backward ? columns.length - at : at + 1;
  const head = `${place} of ${columns.length}${backward ? " on the way back" : ""}: ${nameOf(column)}.`;
  const said = column.stages.flatMap((stage, lane) =>
    stage ? [{ name: networks[lane].name, words: sentence(backward ? gradientWords(stage) : stage.words) }] : [],
  );
  if (said.length === 0) return head;
  if (said.every(({ words }) => words === said[0].words)) return `${head} ${said[0].words}`;
  return `${head} ${said.map(({ name, words }) => `${name}: ${words}`).join(" ")}`;
}

/**
 * Words as a sentence.
 * @param {string} words
 */
export function sentence(words) {
  return words === "" || /[.!?]$/.test(words) ? words : `${words}.`;
}

/**
 * How large the gradient is at a stage, and by which way it goes on to the block's input.
 * @param {TraceStage} stage
 */
function gradientWords({ gradient, join, kind }) {
  if (!gradient) return "There is no gradient without weights.";
  const size = `‖∂L/∂${kind === "input" ? "image" : "output"}‖ = ${short(gradient.norm)}`;
  if (!join) return size;
  const through = `${short(join.gradient_through.norm)} through F`;
  const past = join.gradient_past ? `${short(join.gradient_past.norm)} by the skip` : "nothing past it";
  return `${size}; ${through}, ${past}`;
}

/**
 * Shares as percentages that sum to exactly 100 as they are written: each is rounded down, and what is missing then
 * goes to those that lost most (the method of the largest remainder).
 * @param {number[]} shares not all 0
 * @param {number} [decimals]
 */
export function percentages(shares, decimals = 1) {
  const unit = 10 ** decimals;
  const sum = shares.reduce((total, share) => total + share, 0);
  const exact = shares.map((share) => (share / sum) * 100 * unit);
  const whole = exact.map(Math.floor);
  const missing = 100 * unit - whole.reduce((total, part) => total + part, 0);
  const byLoss = exact.map((value, index) => ({ index, loss: value - whole[index] })).sort((a, b) => b.loss - a.loss);
  for (const { index } of byLoss.slice(0, Math.max(0, missing))) whole[index]++;
  return whole.map((part) => (part / unit).toFixed(decimals));
}

/**
 * The classes of an answer with their percentages, the likeliest first; what is left out is summed up at the end.
 * @param {number[]} probabilities
 * @param {string[]} classes
 * @param {number} most
 * @returns {{name: string, index: number | null, share: number, percent: string}[]} index null: the others together
 */
export function likeliest(probabilities, classes, most) {
  const order = probabilities.map((share, index) => ({ share, index })).sort((one, other) => other.share - one.share);
  const isLong = order.length > most;
  const shown = isLong ? order.slice(0, most - 1) : order;
  const rest = order.slice(shown.length).reduce((sum, { share }) => sum + share, 0);
  const shares = [...shown.map(({ share }) => share), ...(isLong ? [rest] : [])];
  const percents = percentages(shares);
  return shares.map((share, place) => ({
    name: shown[place] ? className(classes, shown[place].index) : `the other ${order.length - shown.length}`,
    index: shown[place]?.index ?? null,
    share,
    percent: percents[place],
  }));
}

/**
 * @param {string[]} classes
 * @param {number} index
 */
export function className(classes, index) {
  return classes[index] ?? `class ${index}`;
}

/**
 * The class with the greatest probability; null without any.
 * @param {number[]} probabilities
 */
export function answerOf(probabilities) {
  return probabilities.length === 0 ? null : probabilities.indexOf(Math.max(...probabilities));
}

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
 * @property {"shared" | "own"} scale whether colours are on one scale for both networks, or on one of each
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
  scale: "shared",
  theme: "auto",
  presenter: false,
};

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
 * The same with more of one stage, where that is known of the one network.
 * @param {Column[]} columns
 * @param {Trace | null} detail
 * @param {number} at
 */
export function detailed(columns, detail, at) {
  const stage = detail?.networks[0].stages[at];
  return stage ? columns.map((column, place) => (place === at ? { ...column, stages: [stage] } : column)) : columns;
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
 * What the caption says of the colours: nothing while they are on the usual scale, on which sizes can be compared.
 * @param {Column[]} columns
 * @param {TraceView["scale"]} scale
 */
export function scaleWords(columns, scale) {
  const isCompared = columns.some(({ stages }) => stages.filter((stage) => stage?.output).length > 1);
  return scale === "own" && isCompared
    ? "Each network's colours are on its own scale: patterns can be compared, sizes cannot."
    : "";
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

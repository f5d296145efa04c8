/**
 * The Atlas as values: which networks are shown, as a link has it; the table of all networks, sorted; what differs
 * between two. Pure.
 */
import { grouped, prefixed } from "./numbers.js";

/** @typedef {import("./atlas_types.js").CatalogRow} CatalogRow */
/** @typedef {import("./atlas_types.js").PublishedError} PublishedError */

/**
 * @typedef {object} Chosen a network, and the choices that papers and programs make differently
 * @property {string} name
 * @property {Record<string, string>} choices shortcut, place of the stride; those not given are the published ones
 *
 * @typedef {object} AtlasView
 * @property {Chosen} left
 * @property {Chosen | null} right what it is compared with
 * @property {number | null} side of the input; null: as published
 * @property {string} open view
 * @property {boolean} folded blocks alike are drawn once
 * @property {[number, number]} blocks number of the block that is shown of each network, from 1
 * @property {boolean} forms a block in groups is shown in its three equivalent forms
 * @property {string} measure of published errors
 * @property {"depth" | "parameters"} by what errors are drawn against
 * @property {string} sort column of the table of all networks, with a minus in front: from high to low
 * @property {"auto" | "light" | "dark"} theme
 * @property {boolean} presenter
 */

/** The views in the order of their tabs; the number keys open them. */
export const VIEWS = [
  { name: "all", label: "All networks" },
  { name: "diagram", label: "Diagram" },
  { name: "classic", label: "Classic figure" },
  { name: "table", label: "Layer table" },
  { name: "block", label: "Block" },
  { name: "profile", label: "Profile" },
  { name: "code", label: "Code" },
];

/** @type {AtlasView} */
export const FIRST = {
  left: { name: "resnet34", choices: {} },
  right: { name: "plain34", choices: {} },
  blocks: [1, 1],
  ...{
    side: null,
    open: "diagram",
    folded: true,
    forms: false,
    measure: "ImageNet top-1, 10-crop",
    by: "depth",
    sort: "",
    theme: "auto",
    presenter: false,
  },
};

/** Choices as a link has them. */
const CHOICES = ["shortcut", "stride_at"];

/**
 * The address of a view, without what is usual.
 * @param {AtlasView} view
 */
export function atlasHash(view) {
  const params = new URLSearchParams();
  const put = (/** @type {Chosen} */ { name, choices }, prefix = "") => {
    params.set(`${prefix}net`, name);
    for (const key of CHOICES) if (choices[key]) params.set(`${prefix}${key}`, choices[key]);
  };
  put(view.left);
  if (view.right) put(view.right, "with_");
  if (view.side !== null) params.set("input", String(view.side));
  if (view.open !== FIRST.open) params.set("view", view.open);
  if (!view.folded) params.set("folded", "0");
  for (const [index, key] of ["block", "with_block"].entries())
    if (view.blocks[index] !== 1) params.set(key, String(view.blocks[index]));
  if (view.forms) params.set("forms", "1");
  if (view.measure !== FIRST.measure) params.set("measure", view.measure);
  if (view.by !== FIRST.by) params.set("by", view.by);
  if (view.sort) params.set("sort", view.sort);
  if (view.theme !== "auto") params.set("theme", view.theme);
  if (view.presenter) params.set("presenter", "1");
  return params.toString();
}

/**
 * What a link says, and what of it is not understood.
 * @param {string} hash
 * @param {{networks: CatalogRow[], measures: string[]}} catalog
 * @returns {{view: AtlasView, problems: string[]}}
 */
export function readAtlasHash(hash, { networks: rows, measures }) {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {string[]} */
  const problems = [];
  const oneOf = (/** @type {string} */ key, /** @type {string[]} */ words, /** @type {string} */ usual) => {
    const text = params.get(key);
    if (text === null || words.includes(text)) return text ?? usual;
    problems.push(`${key}: “${text.slice(0, 40)}” is not known`);
    return usual;
  };
  const names = rows.map(({ name }) => name);
  const chosen = (/** @type {string} */ prefix, /** @type {string} */ usual) => ({
    name: oneOf(`${prefix}net`, names, usual),
    // the server knows which choices a network has, and says so
    choices: Object.fromEntries(
      CHOICES.flatMap((key) => {
        const value = params.get(`${prefix}${key}`);
        return value === null ? [] : [[key, value]];
      }),
    ),
  });
  const bare = params.get("net") === null;
  const whole = (/** @type {string} */ key) => {
    const text = params.get(key);
    if (text === null || /^[1-9]\d{0,5}$/.test(text)) return text === null ? null : Number(text);
    problems.push(`${key}: “${text.slice(0, 40)}” is not a whole number over 0`);
    return null;
  };
  const view = {
    left: chosen("", FIRST.left.name),
    right: bare ? FIRST.right : params.has("with_net") ? chosen("with_", names[0]) : null,
    side: whole("input"),
    blocks: /** @type {[number, number]} */ ([whole("block") ?? 1, whole("with_block") ?? 1]),
    forms: params.get("forms") === "1",
    open: oneOf(
      "view",
      VIEWS.map(({ name }) => name),
      FIRST.open,
    ),
    folded: params.get("folded") !== "0",
    measure: oneOf("measure", measures, FIRST.measure),
    by: /** @type {AtlasView["by"]} */ (oneOf("by", ["depth", "parameters"], FIRST.by)),
    sort: oneOf("sort", ["", ...COLUMNS.flatMap(({ key }) => [key, `-${key}`])], ""),
    theme: /** @type {AtlasView["theme"]} */ (oneOf("theme", ["auto", "light", "dark"], "auto")),
    presenter: params.get("presenter") === "1",
  };
  return { view, problems };
}

/**
 * The columns of the table of all networks: what they are sorted by, and how that is written.
 * @type {{key: string, label: string, value: (row: CatalogRow, measure: string) => number | string | null, text: (row: CatalogRow, measure: string) => string}[]}
 */
export const COLUMNS = [
  { key: "label", label: "Network", value: ({ label }) => label, text: ({ label }) => label },
  { key: "family", label: "Family", value: ({ family }) => family, text: ({ family }) => family },
  { key: "depth", label: "Layers", value: ({ depth }) => depth, text: ({ depth }) => String(depth) },
  { key: "input", label: "Input", value: ({ input }) => input.side, text: ({ input }) => inputText(input) },
  {
    key: "parameters",
    label: "Parameters",
    value: ({ totals }) => totals.parameters,
    text: ({ totals }) => grouped(totals.parameters),
  },
  {
    key: "multiply_adds",
    label: "Multiply-adds",
    value: ({ totals }) => totals.multiply_adds,
    text: ({ totals }) => prefixed(totals.multiply_adds),
  },
  {
    key: "memory",
    label: "Activations",
    value: ({ totals }) => totals.memory,
    text: ({ totals }) => prefixed(totals.memory, "B"),
  },
  {
    key: "error",
    label: "Published error",
    value: (row, measure) => errorOf(row, measure)?.percent ?? null,
    text: (row, measure) => errorText(row, errorOf(row, measure)),
  },
];

/**
 * The published error of one measure that belongs to a network: that of the choices made, else another with its own;
 * null where none was published.
 * @param {CatalogRow} network
 * @param {string} measure
 */
export function errorOf({ errors, choices }, measure) {
  const measured = errors.filter((one) => one.measure === measure);
  return measured.find((one) => otherChoices(one, choices).length === 0) ?? measured[0] ?? null;
}

/**
 * The error that is told of a network: of this measure, else of the first that it has.
 * @param {CatalogRow} network
 * @param {string} measure
 */
export function toldError(network, measure) {
  const [first] = network.errors;
  return errorOf(network, measure) ?? (first ? errorOf(network, first.measure) : null);
}

/**
 * An error in percent, with the choices it was trained with where those are not the ones made.
 * @param {CatalogRow} network
 * @param {PublishedError | null} error
 */
export function errorText({ choices }, error) {
  if (!error) return "–";
  const others = otherChoices(error, choices).map(
    ([name, value]) => `${name.replaceAll("_", " ")} ${value.replace("x", "×")}`,
  );
  return `${error.percent.toFixed(2)} %${others.length > 0 ? ` (${others.join(", ")})` : ""}`;
}

/**
 * @param {PublishedError} error
 * @param {CatalogRow["choices"]} choices
 */
function otherChoices(error, choices) {
  const made = Object.fromEntries(choices.map(({ name, chosen }) => [name, chosen]));
  return Object.entries(error.choices).filter(([name, value]) => made[name] !== value);
}

/**
 * Rows in the order that ``sort`` names; those without a value come last.
 * @param {CatalogRow[]} rows
 * @param {string} sort
 * @param {string} measure of the errors
 */
export function sorted(rows, sort, measure) {
  const column = COLUMNS.find(({ key }) => key === sort.replace("-", ""));
  if (!column) return rows;
  const sign = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [column.value(one, measure), column.value(other, measure)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  });
}

/**
 * The next order when the head of a column is pressed: from low to high, from high to low, as published.
 * @param {string} sort
 * @param {string} key
 */
export function nextSort(sort, key) {
  return sort === key ? `-${key}` : sort === `-${key}` ? "" : key;
}

/** @param {{side: number, unit: string}} input */
function inputText({ side, unit }) {
  return unit === "pixels" ? `${side}×${side}` : `${side} ${unit}`;
}

/**
 * The size of a network in a sentence, with its paper.
 * @param {CatalogRow & {reads: string}} network
 */
export function sizeWords({ depth, totals, reads, paper }) {
  const [parameters, products] = [prefixed(totals.parameters), prefixed(totals.multiply_adds)];
  return `${depth} layers, ${parameters} parameters, ${products} multiply-adds for an input of ${reads} (${paper})`;
}

/**
 * Whether the blocks of a network have groups, and so three equivalent forms (Xie et al. 2017, figure 3).
 * @param {CatalogRow | undefined} network
 */
export function isGrouped(network) {
  return network?.connection === "resnext";
}

/**
 * The address of a network's small relative in the Lab; null where the Lab has no such connection.
 * @param {CatalogRow} network
 */
export function labAddress({ relative }) {
  if (!relative) return null;
  const { arms, ...fields } = relative;
  const params = new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  for (const [index, { connection }] of arms.entries()) params.set(`arm${index + 1}`, connection);
  return `/#${params}`;
}

/**
 * Bounds: what each setting may be, read from the server's own description of an experiment, and the sentence
 * that refuses a value. The server has the last word; this only answers sooner. Pure.
 */

/**
 * @typedef {object} Bound
 * @property {string} name
 * @property {"choice" | "flag" | "integer" | "number" | "integers" | "numbers"} kind
 * @property {string[]} choices
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [above] exclusive
 * @property {number} [below] exclusive
 * @property {number} [most] items
 * @property {boolean} optional empty is allowed
 * @property {unknown} default of the server
 * @property {string} about
 */

/** @typedef {Record<string, any>} Schema */

export const FIELDS = [
  "dataset",
  "family",
  "width",
  "depths",
  "seed",
  "seeds",
  "optimiser",
  "learning_rate",
  "momentum",
  "weight_decay",
  "batch_size",
  "steps",
  "evaluate_every",
  "learning_rates",
  "schedule",
  "warm_up",
  "augment",
  "precision",
];
export const ARM_FIELDS = [
  "connection",
  "normalisation",
  "activation",
  "initialisation",
  "skip_scale",
  "learning_rate",
  "shortcut",
  "cardinality",
  "widen",
  "gate_bias",
  "growth",
  "compression",
  "survival",
  "stride_at",
];

/**
 * The bound of a field of the experiment, or of an arm.
 * @param {Schema} limits JSON schema of an experiment
 * @param {string} name
 * @param {boolean} [ofArm]
 * @returns {Bound}
 */
export function boundOf(limits, name, ofArm = false) {
  const properties = ofArm ? limits.$defs.Arm.properties : limits.properties;
  const whole = properties[name];
  const schema = whole.anyOf ? { ...whole.anyOf[0], description: whole.description } : whole;
  return {
    name,
    kind: schema.enum
      ? "choice"
      : schema.type === "array"
        ? schema.items.type === "integer"
          ? "integers"
          : "numbers"
        : schema.type === "boolean"
          ? "flag"
          : schema.type === "integer"
            ? "integer"
            : "number",
    choices: schema.enum ?? (schema.type === "boolean" ? ["false", "true"] : []),
    minimum: schema.minimum,
    maximum: schema.maximum,
    above: schema.exclusiveMinimum,
    below: schema.exclusiveMaximum,
    most: schema.maxItems,
    optional: Boolean(whole.anyOf) || (schema.type === "array" && !schema.minItems),
    default: whole.default,
    about: schema.description ?? "",
  };
}

/**
 * The value that a text stands for, or why it is refused.
 * @param {Bound} bound
 * @param {string} text
 * @returns {{value: any} | {problem: string}}
 */
export function read(bound, text) {
  const trimmed = text.trim();
  if (bound.kind === "choice" || bound.kind === "flag") {
    return bound.choices.includes(trimmed)
      ? { value: bound.kind === "flag" ? trimmed === "true" : trimmed }
      : { problem: `${bound.name}: ${shown(trimmed)} is not one of ${bound.choices.join(", ")}` };
  }
  if (trimmed === "" && bound.kind === "numbers") return { value: [] };
  if (trimmed === "") return bound.optional ? { value: null } : { problem: `${bound.name}: is missing` };
  if (bound.kind === "numbers") return readNumbers(bound, trimmed);
  if (bound.kind === "integers") return readIntegers(bound, trimmed);
  const value = Number(trimmed.replace(",", "."));
  if (!Number.isFinite(value)) return { problem: `${bound.name}: ${shown(trimmed)} is not a number` };
  if (bound.kind === "integer" && !Number.isInteger(value))
    return { problem: `${bound.name}: ${trimmed} is not a whole number` };
  const problem = refusal(bound, value);
  return problem ? { problem: `${bound.name}: ${problem}` } : { value };
}

/**
 * @param {Bound} bound
 * @param {string} text
 * @returns {{value: number[]} | {problem: string}}
 */
function readIntegers(bound, text) {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== "");
  const wrong = parts.find((part) => !/^\d{1,9}$/.test(part));
  if (wrong !== undefined) return { problem: `${bound.name}: ${shown(wrong)} is not a whole number` };
  if (bound.most !== undefined && parts.length > bound.most) {
    return { problem: `${bound.name}: ${parts.length} items is over the limit of ${bound.most}` };
  }
  const values = parts.map(Number);
  if (new Set(values).size !== values.length) return { problem: `${bound.name}: each depth may be named once` };
  return { value: values.sort((a, b) => a - b) };
}

/**
 * @param {Bound} bound
 * @param {string} text
 * @returns {{value: number[]} | {problem: string}}
 */
function readNumbers(bound, text) {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== "");
  const values = parts.map(Number);
  const wrong = parts.find((_, at) => !(Number.isFinite(values[at]) && values[at] > 0));
  if (wrong !== undefined) return { problem: `${bound.name}: ${shown(wrong)} is not a number over 0` };
  if (bound.most !== undefined && parts.length > bound.most) {
    return { problem: `${bound.name}: ${parts.length} items is over the limit of ${bound.most}` };
  }
  return { value: values };
}

/**
 * Why a number is outside its bound, or null.
 * @param {Bound} bound
 * @param {number} value
 */
function refusal(bound, value) {
  if (bound.maximum !== undefined && value > bound.maximum) return `${value} is over the limit of ${bound.maximum}`;
  if (bound.below !== undefined && value >= bound.below) return `${value} must be under ${bound.below}`;
  if (bound.minimum !== undefined && value < bound.minimum)
    return `${value} is under the least value, ${bound.minimum}`;
  if (bound.above !== undefined && value <= bound.above) return `${value} must be over ${bound.above}`;
  return null;
}

/**
 * The bound in a few words, for the line under a field.
 * @param {Bound} bound
 */
export function inWords(bound) {
  if (bound.kind === "choice" || bound.kind === "flag") return "";
  if (bound.kind === "numbers") return `up to ${bound.most} rates, or none`;
  if (bound.kind === "integers") return `up to ${bound.most} depths`;
  const low = bound.minimum !== undefined ? `${bound.minimum}` : `over ${bound.above}`;
  const high = bound.maximum !== undefined ? `${bound.maximum}` : `under ${bound.below}`;
  return `${low} to ${high}`.replace("1000000000", "10⁹").replace("2147483647", "2³¹ − 1");
}

/** @param {string} text */
function shown(text) {
  return `“${text.length > 40 ? `${text.slice(0, 37)}…` : text}”`;
}

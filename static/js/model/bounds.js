/**
 * Bounds: what each setting may be, read from the server's own description of an experiment, and the sentence
 * that refuses a value. The server decides; this only answers sooner. Pure.
 */
import { grouped } from "./numbers.js";

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
 * @property {string} [group] of the form; without one the last
 */

/** @type {Record<number, string>} limits that nobody reads digit by digit */
const LARGE = { 1e9: "10⁹", 2147483647: "2³¹ − 1" };

/** @typedef {import("./records.js").Schema} Schema */
/** @typedef {string | number | boolean | null | number[]} Value of a setting */

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
        ? schema.items?.type === "integer"
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
    group: whole.group,
  };
}

/**
 * How many arms an experiment can have.
 * @param {Schema} limits
 */
export function mostArms({ properties }) {
  return properties.arms.maxItems ?? 1;
}

/**
 * The value that a text stands for, or why it is refused: words that follow the name of the field.
 * @param {Bound} bound
 * @param {string} text
 * @returns {{value: Value} | {problem: string}}
 */
export function read(bound, text) {
  const trimmed = text.trim();
  if (bound.kind === "choice" || bound.kind === "flag") {
    return bound.choices.includes(trimmed)
      ? { value: bound.kind === "flag" ? trimmed === "true" : trimmed }
      : { problem: `${shown(trimmed)} is not one of ${bound.choices.join(", ")}` };
  }
  if (trimmed === "" && bound.kind === "numbers") return { value: [] };
  if (trimmed === "") return bound.optional ? { value: null } : { problem: "is missing" };
  if (bound.kind === "numbers") return readNumbers(bound, trimmed);
  if (bound.kind === "integers") return readIntegers(bound, trimmed);
  const whole = bound.kind === "integer";
  if (whole && /^\d{1,3}([.,]\d{3})+$/.test(trimmed))
    return { problem: `${shown(trimmed)} can be read in two ways; write ${trimmed.replaceAll(/[.,]/g, "")}` };
  const value = numberIn(trimmed.replace(",", "."));
  if (value === null) return { problem: `${shown(trimmed)} is not a ${whole ? "whole " : ""}number` };
  if (whole && !Number.isInteger(value)) return { problem: `${trimmed} is not a whole number` };
  const problem = refusal(bound, value);
  return problem ? { problem } : { value };
}

/**
 * The number that a text such as 0.05, 1e-3, −2 or 10 000 stands for, or null.
 * @param {string} text
 */
function numberIn(text) {
  const plain = text.replaceAll(/(\d)\s(?=\d{3}(?!\d))/g, "$1").replace("−", "-");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : null;
}

/**
 * @param {Bound} bound
 * @param {string} text
 * @returns {{value: number[]} | {problem: string}}
 */
function readIntegers(bound, text) {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== "");
  const wrong = parts.find((part) => !/^\d{1,9}$/.test(part));
  if (wrong !== undefined) return { problem: `${shown(wrong)} is not a whole number` };
  if (bound.most !== undefined && parts.length > bound.most) {
    return { problem: `${parts.length} items is over the limit of ${bound.most}` };
  }
  const values = parts.map(Number);
  if (new Set(values).size !== values.length) return { problem: "each depth may be named once" };
  return { value: values.sort((a, b) => a - b) };
}

/**
 * @param {Bound} bound
 * @param {string} text
 * @returns {{value: number[]} | {problem: string}}
 */
function readNumbers(bound, text) {
  // a rate of 0 there is none, so in 0,05 the comma stands before decimals
  const parts = text
    .replaceAll(/(?<![\d.])0,(?=\d)/g, "0.")
    .split(/[\s,;]+/)
    .filter((part) => part !== "");
  const values = parts.map((part) => numberIn(part) ?? 0);
  const wrong = parts.find((_, at) => !(values[at] > 0));
  if (wrong !== undefined) return { problem: `${shown(wrong)} is not a number over 0` };
  if (bound.most !== undefined && parts.length > bound.most) {
    return { problem: `${parts.length} items is over the limit of ${bound.most}` };
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
  if (bound.below !== undefined && value >= bound.below) return `must be under ${bound.below}`;
  if (bound.minimum !== undefined && value < bound.minimum) return `must be at least ${bound.minimum}`;
  if (bound.above !== undefined && value <= bound.above) return `must be over ${bound.above}`;
  return null;
}

/**
 * A refusal as a sentence that names the field as people see it.
 * @param {string} label
 * @param {string} problem as ``read`` gives it
 */
export function refusalOf(label, problem) {
  return /^(must|is|needs) /.test(problem) ? `${label} ${problem}` : `${label}: ${problem}`;
}

/**
 * The bound in a few words, for the line under a field.
 * @param {Bound} bound
 */
export function inWords(bound) {
  if (bound.kind === "choice" || bound.kind === "flag") return "";
  if (bound.kind === "numbers") return `up to ${bound.most} rates, or none`;
  if (bound.kind === "integers") return `up to ${bound.most} depths`;
  const low = bound.minimum !== undefined ? `${bound.minimum}` : `over ${bound.above}, up`;
  const high = bound.maximum === undefined ? `under ${bound.below}` : (LARGE[bound.maximum] ?? grouped(bound.maximum));
  return `${low} to ${high}`;
}

/** @param {string} text */
function shown(text) {
  return `“${text.length > 40 ? `${text.slice(0, 37)}…` : text}”`;
}

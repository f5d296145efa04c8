/**
 * The URL hash: all settings of the page, as text and back. Pure. A preset that is unchanged travels as its
 * name, anything else field by field. Whatever is broken is named in words, and replaced by the default.
 */
import { boundOf, mostArms, read } from "./bounds.js";
import { allViews, armFields, experimentFields, sharePlace } from "./records.js";

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Arm} Arm */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Problem} Problem */

/**
 * What is shown when a link does not say.
 * @param {import("./types.js").Preset["stage"]} [stage] of a preset
 * @returns {View}
 */
export function defaultView(stage) {
  return {
    depth: stage?.depth ?? null,
    compare: stage?.compare ?? null,
    arms: [0, 1],
    gradient: stage?.gradient ?? "weight",
    x: "step",
    lossScale: stage?.loss_scale ?? "linear",
    multiples: stage?.multiples ?? false,
    relative: false,
    step: stage?.step ?? null,
    question: true,
    theme: "auto",
    presenter: false,
    open: stage?.view ?? "curves",
    beside: null,
    picture: 0,
    besidePicture: 0,
    target: 0.9,
  };
}

/**
 * What stays whatever run is shown.
 * @param {View} view
 */
export function lasting({ theme, presenter, question, target }) {
  return { theme, presenter, question, target };
}

const YES_OR_NO = ["0", "1"];
/** @typedef {"gradient" | "x" | "lossScale" | "multiples" | "relative" | "question" | "theme" | "presenter" | "open"} Part */

/**
 * The parts of a view that a link gives as one word of several: its key, the part, the words.
 * @returns {[string, Part, string[]][]}
 */
const wordedParts = () => [
  ["gradient", "gradient", ["weight", "activation", "square"]],
  ["x", "x", ["step", "seconds", "flops"]],
  ["loss", "lossScale", ["linear", "log"]],
  ["multiples", "multiples", YES_OR_NO],
  ["relative", "relative", YES_OR_NO],
  ["question", "question", YES_OR_NO],
  ["theme", "theme", ["auto", "light", "dark"]],
  ["presenter", "presenter", YES_OR_NO],
  ["view", "open", allViews().map(({ name }) => name)],
];

/** The first shown pictures, of the open view and of the one beside it. */
const PAGED = /** @type {const} */ (["picture", "besidePicture"]);

/** Names that older links have; what they say of a tab of maps is told by the view now. */
const RENAMED = new Map([["speed", "convergence"]]);
const RENAMED_KEYS = new Map([["analysis", "view"]]);
const FORMER = ["tab"];

/**
 * The preset that an experiment is, or null.
 * @param {Experiment} experiment
 * @param {import("./types.js").Preset[]} presets
 */
export function presetOf(experiment, presets) {
  return presets.find((preset) => sameExperiment(preset.experiment, experiment))?.name ?? null;
}

/**
 * @param {Experiment} one
 * @param {Experiment} other
 */
export function sameExperiment(one, other) {
  return flat(one) === flat(other);
}

/** @param {Experiment} experiment */
function flat(experiment) {
  const arms = experiment.arms.map((arm) => armFields().map((name) => Reflect.get(arm, name) ?? null));
  return JSON.stringify([experimentFields().map((name) => Reflect.get(experiment, name)), arms]);
}

/**
 * The hash of a page, without its #.
 * @param {Settings} settings
 * @param {import("./types.js").Preset[]} presets
 */
export function encodeHash({ experiment, view, run }, presets) {
  const params = new URLSearchParams();
  const preset = presetOf(experiment, presets);
  if (preset) params.set("preset", preset);
  else {
    for (const name of experimentFields()) params.set(name, String(Reflect.get(experiment, name)));
    experiment.arms.forEach((arm, index) => {
      params.set(`arm${index + 1}`, armText(arm, presets[0].experiment.arms, index));
    });
  }
  if (preset) params.set("seed", String(experiment.seed));
  const usual = defaultView(presets.find(({ name }) => name === preset)?.stage);
  if (view.depth !== null) params.set("depth", String(view.depth));
  if (view.compare !== null) params.set("compare", String(view.compare));
  if (view.arms[0] !== 0) params.set("left", String(view.arms[0] + 1));
  if (view.arms[1] !== 1) params.set("right", String(view.arms[1] + 1));
  if (view.beside !== null) params.set("beside", view.beside);
  for (const key of PAGED) if (view[key] !== 0) params.set(key, String(view[key] + 1));
  if (view.step !== usual.step) params.set("step", view.step === null ? "newest" : String(view.step));
  for (const [key, part] of wordedParts()) {
    const value = view[part];
    if (value !== usual[part]) params.set(key, typeof value === "boolean" ? String(Number(value)) : value);
  }
  if (view.target !== 0.9) params.set("target", String(Math.round(100 * view.target)));
  if (run) params.set("run", run);
  // commas and colons need no escape in a hash, and links are read by people
  return params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}

/**
 * The settings of an arm that links give by position, in an order that must not change. Later settings are given by
 * name, as ``name:value``.
 */
const BY_POSITION = [
  ...["connection", "normalisation", "activation", "initialisation", "skip_scale", "learning_rate", "shortcut"],
  ...["cardinality", "widen", "gate_bias", "growth", "compression", "survival", "stride_at"],
];

/**
 * An arm as text, without trailing defaults.
 * @param {Arm} arm
 * @param {Arm[]} defaults
 * @param {number} index
 */
function armText(arm, defaults, index) {
  const usual = defaults[Math.min(index, defaults.length - 1)];
  const own = (/** @type {string} */ name) => Reflect.get(arm, name) ?? "";
  const isUnusual = (/** @type {string} */ name) => own(name) !== (Reflect.get(usual, name) ?? "");
  const placed = BY_POSITION.slice(0, Math.max(1, BY_POSITION.findLastIndex(isUnusual) + 1));
  const named = armFields().filter((name) => !BY_POSITION.includes(name) && isUnusual(name));
  return [...placed.map(own), ...named.map((name) => `${name}:${own(name)}`)].join(",");
}

/**
 * The settings in a hash, and what was wrong with it. Never throws.
 * @param {string} hash with or without its #
 * @param {import("./types.js").Preset[]} presets the first one is the default
 * @param {import("./bounds.js").Schema} limits
 * @returns {{settings: Settings, problems: Problem[], named: boolean}} named: whether it sets the experiment
 */
export function decodeHash(hash, presets, limits) {
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  for (const [old, key] of RENAMED_KEYS) {
    const value = params.get(old);
    if (value !== null && !params.has(key)) params.set(key, value);
    params.delete(old);
  }
  /** @type {Problem[]} */
  const problems = [];
  const complain = (/** @type {string} */ field, /** @type {string} */ message) => problems.push({ field, message });
  const name = params.get("preset");
  const preset = presets.find((item) => item.name === name);
  if (name !== null && !preset)
    complain("preset", `preset: “${name.slice(0, 40)}” is not one of ${presets.map((item) => item.name).join(", ")}`);
  const experiment = structuredClone((preset ?? presets[0]).experiment);
  for (const field of experimentFields()) {
    const text = params.get(field);
    if (text === null) continue;
    const found = read(boundOf(limits, field), text);
    if ("problem" in found) complain(field, `${field}: ${found.problem}`);
    else Object.assign(experiment, { [field]: found.value });
  }
  experiment.arms = decodeArms(params, experiment, limits, complain);
  const usual = defaultView(preset?.stage);
  const view = decodeView(params, usual, experiment, mostArms(limits), complain);
  const known = new Set([
    ...experimentFields(),
    ...wordedParts().map(([key]) => key),
    "preset",
    "depth",
    "compare",
    "left",
    "right",
    "run",
    "step",
    ...PAGED,
    "beside",
    "target",
    ...FORMER,
    ...armKeys(limits),
  ]);
  for (const key of params.keys()) if (!known.has(key)) complain(key, `${key.slice(0, 40)}: there is no such setting`);
  let run = params.get("run");
  if (run !== null && !/^[\w-]{1,40}$/.test(run)) {
    complain("run", "run: this is not the name of a run");
    run = null;
  }
  const named = [...params.keys()].some(
    (key) => key === "preset" || experimentFields().includes(key) || key.startsWith("arm"),
  );
  return { settings: { experiment, view, run }, problems, named };
}

/**
 * Keys of as many arms as an experiment can have.
 * @param {import("./bounds.js").Schema} limits
 */
function armKeys(limits) {
  return Array.from({ length: mostArms(limits) }, (_, index) => `arm${index + 1}`);
}

/**
 * @param {URLSearchParams} params
 * @param {Experiment} experiment
 * @param {import("./bounds.js").Schema} limits
 * @param {(field: string, message: string) => void} complain
 */
function decodeArms(params, experiment, limits, complain) {
  const texts = armKeys(limits).map((key) => params.get(key));
  const count = texts.findLastIndex((text) => text !== null) + 1;
  if (count === 0) return experiment.arms;
  return texts.slice(0, count).map((text, index) => {
    const arm = structuredClone(experiment.arms[Math.min(index, experiment.arms.length - 1)]);
    (text === null ? [] : text.split(",")).forEach((part, position) => {
      const [name, value] = part.includes(":") ? part.split(":") : [BY_POSITION[position], part];
      if (!armFields().includes(name)) {
        if (name) complain(`arms.${index}`, `arm${index + 1}: there is no such setting as ${name.slice(0, 40)}`);
        return;
      }
      const found = read(boundOf(limits, name, true), value);
      if ("problem" in found) complain(`arms.${index}.${name}`, `arm${index + 1}, ${name}: ${found.problem}`);
      else Object.assign(arm, { [name]: found.value });
    });
    return arm;
  });
}

/**
 * @param {URLSearchParams} params
 * @param {View} view what is shown where the link does not say, changed in place
 * @param {Experiment} experiment
 * @param {number} most arms that any run can have
 * @param {(field: string, message: string) => void} complain
 * @returns {View}
 */
function decodeView(params, view, experiment, most, complain) {
  for (const key of /** @type {const} */ (["depth", "compare"])) {
    const text = params.get(key);
    if (text === null) continue;
    if (!/^\d{1,6}$/.test(text)) complain(key, `${key}: “${text.slice(0, 40)}” is not a whole number`);
    else view[key] = Number(text);
  }
  const step = params.get("step");
  if (step !== null && /^\d{1,9}$/.test(step)) view.step = Number(step);
  else if (step === "newest") view.step = null;
  else if (step !== null) complain("step", "step: must be a whole number, or newest");
  for (const key of PAGED) {
    const picture = params.get(key);
    if (picture !== null && /^[1-9]\d?$/.test(picture)) view[key] = Number(picture) - 1;
    else if (picture !== null) complain(key, `${key}: must be a whole number from 1`);
  }
  const target = params.get("target");
  if (target !== null && /^[1-9]\d$/.test(target)) view.target = Number(target) / 100;
  else if (target !== null) complain("target", "target: must be a whole percentage from 10 to 99");
  [/** @type {const} */ ("left"), /** @type {const} */ ("right")].forEach((key, side) => {
    const text = params.get(key);
    if (text === null) return;
    const arm = Number(text) - 1;
    // the arms of a run are unknown until it is loaded; a link may name the run alone
    const count = params.has("run") && !params.has("preset") ? most : experiment.arms.length;
    if (Number.isInteger(arm) && arm >= 0 && arm < count) view.arms[side] = arm;
    else complain(key, `${key}: must be an arm from 1 to ${count}`);
  });
  for (const [key, part, words] of wordedParts()) {
    const given = params.get(key);
    if (given === null) continue;
    const text = RENAMED.get(given) ?? given;
    if (!words.includes(text)) complain(key, `${key}: “${text.slice(0, 40)}” is not one of ${words.join(", ")}`);
    else Object.assign(view, { [part]: words === YES_OR_NO ? text === "1" : text });
  }
  const beside = params.get("beside");
  if (beside !== null && allViews().some(({ name }) => name === beside) && !sharePlace(beside, view.open))
    view.beside = beside;
  else if (beside !== null) complain("beside", `beside: “${beside.slice(0, 40)}” cannot stand beside ${view.open}`);
  return view;
}

/**
 * The URL hash: all that the page can be set to, as text and back. Pure. A preset that is unchanged travels as its
 * name, anything else field by field. Whatever is broken is named in words, and the default takes its place.
 */
import { ARM_FIELDS, boundOf, FIELDS, read } from "./bounds.js";

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Problem} Problem */

/** @returns {View} */
export function defaultView() {
  return {
    depth: null,
    compare: null,
    arms: [0, 1],
    gradient: "weight",
    x: "step",
    tab: "regions",
    theme: "auto",
    presenter: false,
    analysis: "lesion",
    target: 0.9,
  };
}

/** Words a key of the view may have. */
const CHOICES = {
  gradient: ["weight", "activation", "square"],
  x: ["step", "seconds", "flops"],
  tab: ["regions", "gradients"],
  theme: ["auto", "light", "dark"],
  presenter: ["0", "1"],
  analysis: ["lesion", "paths", "shattering", "landscape", "speed", "flow"],
};

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
  const own = /** @type {any} */ (experiment);
  const arms = experiment.arms.map((arm) => ARM_FIELDS.map((name) => /** @type {any} */ (arm)[name] ?? null));
  return JSON.stringify([FIELDS.map((name) => own[name]), arms]);
}

/**
 * The hash of a page, without its #.
 * @param {Settings} settings
 * @param {import("./types.js").Preset[]} presets
 */
export function encodeHash(settings, presets) {
  const told = new URLSearchParams();
  const { experiment, view, run } = settings;
  const preset = presetOf(experiment, presets);
  if (preset) told.set("preset", preset);
  else {
    for (const name of FIELDS) told.set(name, String(/** @type {any} */ (experiment)[name]));
    experiment.arms.forEach((arm, index) => {
      told.set(`arm${index + 1}`, armText(arm, presets[0].experiment.arms, index));
    });
  }
  if (preset) told.set("seed", String(experiment.seed));
  if (view.depth !== null) told.set("depth", String(view.depth));
  if (view.compare !== null) told.set("compare", String(view.compare));
  if (view.arms[0] !== 0) told.set("left", String(view.arms[0] + 1));
  if (view.arms[1] !== 1) told.set("right", String(view.arms[1] + 1));
  if (view.gradient !== "weight") told.set("gradient", view.gradient);
  if (view.x !== "step") told.set("x", view.x);
  if (view.tab !== "regions") told.set("tab", view.tab);
  if (view.theme !== "auto") told.set("theme", view.theme);
  if (view.presenter) told.set("presenter", "1");
  if (view.analysis !== "lesion") told.set("analysis", view.analysis);
  if (view.target !== 0.9) told.set("target", String(Math.round(100 * view.target)));
  if (run) told.set("run", run);
  // commas need no escape in a hash, and links are read by people
  return told.toString().replaceAll("%2C", ",");
}

/**
 * An arm as text, without the fields at its end that a reader takes for granted.
 * @param {import("./types.js").Arm} arm
 * @param {import("./types.js").Arm[]} defaults
 * @param {number} index
 */
function armText(arm, defaults, index) {
  const own = /** @type {any} */ (arm);
  const taken = /** @type {any} */ (defaults[Math.min(index, defaults.length - 1)]);
  const last = ARM_FIELDS.findLastIndex((name) => (own[name] ?? null) !== (taken[name] ?? null));
  return ARM_FIELDS.slice(0, Math.max(1, last + 1))
    .map((name) => own[name] ?? "")
    .join(",");
}

/**
 * The settings in a hash, and what was wrong with it. Never throws.
 * @param {string} hash with or without its #
 * @param {import("./types.js").Preset[]} presets the first one is the default
 * @param {import("./bounds.js").Schema} limits
 * @returns {{settings: Settings, problems: Problem[], named: boolean}} named: whether it sets the experiment
 */
export function decodeHash(hash, presets, limits) {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {Problem[]} */
  const problems = [];
  const complain = (/** @type {string} */ field, /** @type {string} */ message) => problems.push({ field, message });
  const name = told.get("preset");
  const preset = presets.find((item) => item.name === name);
  if (name !== null && !preset)
    complain("preset", `preset: “${name.slice(0, 40)}” is not one of ${presets.map((item) => item.name).join(", ")}`);
  const experiment = structuredClone((preset ?? presets[0]).experiment);
  for (const field of FIELDS) {
    const text = told.get(field);
    if (text === null) continue;
    const found = read(boundOf(limits, field), text);
    if ("problem" in found) complain(field, found.problem);
    else Object.assign(experiment, { [field]: found.value });
  }
  experiment.arms = decodeArms(told, experiment, limits, complain);
  const view = decodeView(told, experiment, limits.properties.arms.maxItems, complain);
  const known = new Set([
    ...FIELDS,
    ...Object.keys(CHOICES),
    "preset",
    "depth",
    "compare",
    "left",
    "right",
    "run",
    "target",
    "arm1",
    "arm2",
    "arm3",
    "arm4",
  ]);
  for (const key of told.keys()) if (!known.has(key)) complain(key, `${key.slice(0, 40)}: there is no such setting`);
  let run = told.get("run");
  if (run !== null && !/^[\w-]{1,40}$/.test(run)) {
    complain("run", "run: this is not the name of a run");
    run = null;
  }
  const named = [...told.keys()].some((key) => key === "preset" || FIELDS.includes(key) || key.startsWith("arm"));
  return { settings: { preset: presetOf(experiment, presets), experiment, view, run }, problems, named };
}

/**
 * @param {URLSearchParams} told
 * @param {Experiment} experiment
 * @param {import("./bounds.js").Schema} limits
 * @param {(field: string, message: string) => void} complain
 */
function decodeArms(told, experiment, limits, complain) {
  const texts = ["arm1", "arm2", "arm3", "arm4"].map((key) => told.get(key));
  const count = texts.findLastIndex((text) => text !== null) + 1;
  if (count === 0) return experiment.arms;
  return texts.slice(0, count).map((text, index) => {
    const arm = structuredClone(experiment.arms[Math.min(index, experiment.arms.length - 1)]);
    const parts = text === null ? [] : text.split(",");
    ARM_FIELDS.forEach((name, place) => {
      if (parts[place] === undefined) return;
      const found = read(boundOf(limits, name, true), parts[place]);
      if ("problem" in found) complain(`arms.${index}.${name}`, `arm${index + 1}, ${found.problem}`);
      else Object.assign(arm, { [name]: found.value });
    });
    return arm;
  });
}

/**
 * @param {URLSearchParams} told
 * @param {Experiment} experiment
 * @param {number} most arms that any run can have
 * @param {(field: string, message: string) => void} complain
 * @returns {View}
 */
function decodeView(told, experiment, most, complain) {
  const view = defaultView();
  for (const key of /** @type {const} */ (["depth", "compare"])) {
    const text = told.get(key);
    if (text === null) continue;
    if (!/^\d{1,6}$/.test(text)) complain(key, `${key}: “${text.slice(0, 40)}” is not a whole number`);
    else view[key] = Number(text);
  }
  const target = told.get("target");
  if (target !== null && /^[1-9]\d$/.test(target)) view.target = Number(target) / 100;
  else if (target !== null) complain("target", "target: must be a whole percentage from 10 to 99");
  [/** @type {const} */ ("left"), /** @type {const} */ ("right")].forEach((key, side) => {
    const text = told.get(key);
    if (text === null) return;
    const arm = Number(text) - 1;
    // the arms of a run are not known before it is there; a link may name the run alone
    const count = told.has("run") && !told.has("preset") ? most : experiment.arms.length;
    if (Number.isInteger(arm) && arm >= 0 && arm < count) view.arms[side] = arm;
    else complain(key, `${key}: must be an arm from 1 to ${count}`);
  });
  for (const [key, choices] of Object.entries(CHOICES)) {
    const text = told.get(key);
    if (text === null) continue;
    if (!choices.includes(text)) complain(key, `${key}: “${text.slice(0, 40)}” is not one of ${choices.join(", ")}`);
    else Object.assign(view, { [key]: key === "presenter" ? text === "1" : text });
  }
  return view;
}

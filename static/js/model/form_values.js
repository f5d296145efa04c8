/** What stands in the fields of the form, as texts by path such as ``arms.0.skip_scale``, and what it means. Pure. */
import { boundOf, read, refusalOf } from "./bounds.js";
import { armFields, experimentFields, formGroups, isShortcut, isUsed, settingLabel } from "./records.js";

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./bounds.js").Bound} Bound */
/** @typedef {Map<string, string>} Texts */
/**
 * @typedef {object} Field
 * @property {string} path
 * @property {Bound} bound
 * @property {boolean} used whether it changes anything; a field that does not is not shown
 * @property {string[]} choices those that make sense there
 */

/**
 * The texts of an experiment.
 * @param {Experiment} experiment
 * @returns {Texts}
 */
export function textsOf(experiment) {
  const text = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.join(", ") : String(value ?? ""));
  return new Map([
    ...experimentFields().map((name) => /** @type {const} */ ([name, text(Reflect.get(experiment, name))])),
    ...experiment.arms.flatMap((arm, index) =>
      armFields().map((name) => /** @type {const} */ ([`arms.${index}.${name}`, text(Reflect.get(arm, name))])),
    ),
  ]);
}

/**
 * The fields of the experiment itself.
 * @param {import("./bounds.js").Schema} limits
 * @returns {Field[]}
 */
export function ownFields(limits) {
  return experimentFields().map((name) => {
    const bound = boundOf(limits, name);
    return { path: name, bound, used: true, choices: bound.choices };
  });
}

/**
 * These fields by the groups of the form.
 * @param {Field[]} fields
 */
export function byGroup(fields) {
  const names = formGroups().map(({ name }) => name);
  const groupOf = (/** @type {Field} */ { bound }) =>
    names.includes(bound.group ?? "") ? bound.group : names[names.length - 1];
  return formGroups().map((group) => ({ ...group, fields: fields.filter((field) => groupOf(field) === group.name) }));
}

/**
 * The fields of an arm: it uses those that its connection uses.
 * @param {import("./bounds.js").Schema} limits
 * @param {Texts} texts
 * @param {number} arm
 * @returns {Field[]}
 */
export function fieldsOfArm(limits, texts, arm) {
  const family = texts.get("family") ?? "";
  const fair = (texts.get("learning_rates") ?? "").trim() !== "";
  const connection = texts.get(`arms.${arm}.connection`) ?? "";
  return armFields().map((name) => {
    const bound = boundOf(limits, name, true);
    const choices = name === "shortcut" ? bound.choices.filter((one) => isShortcut(one, family)) : bound.choices;
    return { path: `arms.${arm}.${name}`, bound, used: isUsed(name, connection, family, fair), choices };
  });
}

/**
 * Whether a field stands as the server would set it.
 * @param {Field} field
 * @param {Texts} texts
 */
export function isDefault({ path, bound }, texts) {
  const found = read(bound, texts.get(path) ?? "");
  return "value" in found && String(found.value ?? "") === String(bound.default ?? "");
}

/**
 * The experiment that fields stand for, and why those that cannot be read are refused.
 * @param {Field[]} fields
 * @param {Texts} texts
 * @param {number} arms how many
 * @returns {{experiment: Experiment | null, problems: Map<string, string>}}
 */
export function parse(fields, texts, arms) {
  /** @type {Map<string, unknown>} */
  const values = new Map();
  /** @type {Map<string, string>} */
  const problems = new Map();
  for (const { path, bound } of fields) {
    const found = read(bound, texts.get(path) ?? "");
    if ("problem" in found) problems.set(path, refusalOf(settingLabel(bound.name), found.problem));
    else values.set(path, found.value);
  }
  if (problems.size > 0) return { experiment: null, problems };
  const part = (/** @type {string[]} */ names, /** @type {string} */ before) =>
    Object.fromEntries(names.map((name) => [name, values.get(`${before}${name}`)]));
  const all = Array.from({ length: arms }, (_, index) => part(armFields(), `arms.${index}.`));
  const experiment = { ...part(experimentFields(), ""), arms: all };
  return { experiment: /** @type {Experiment} */ (/** @type {unknown} */ (experiment)), problems };
}

/**
 * A refusal of the server in the words of the form: with the label in the place of the field's name.
 * @param {string} path the field that the form shows it at
 * @param {string} message such as “depths: 5 must be even”
 */
export function spokenRefusal(path, message) {
  const [name = path] = path.split(".").slice(-1);
  return refusalOf(settingLabel(name), message.replace(/^[\w.]+: /, ""));
}

/**
 * Whether two experiments stand in the same words.
 * @param {Experiment} one
 * @param {Experiment} other
 */
export function sameTexts(one, other) {
  const texts = textsOf(other);
  return texts.size === textsOf(one).size && [...textsOf(one)].every(([path, text]) => texts.get(path) === text);
}

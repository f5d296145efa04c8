/**
 * Records: what the page knows of experiments, connections, settings and analyses. The server writes them into the
 * page (``#page-data``); they are set once, before anything is drawn, and never change. Pure.
 */

/**
 * @typedef {object} ConnectionRecord
 * @property {string} name
 * @property {string} label of an arm with this connection
 * @property {string} equation of its block; σ is the activation, λx the scaled skip
 * @property {"none" | "add" | "gate" | "concatenate"} join how shortcut and branch come together
 * @property {{light: string, dark: string, dash: string, marker: string}} style of its arms: a colour for each theme
 * @property {string[]} settings names of the arm's settings that this connection uses
 * @property {Block} block
 * @property {string | null} published name of a published network with this connection
 */

/**
 * @typedef {object} Block what the picture of a connection shows
 * @property {{width: number, paths: number}[]} layers widths over that of the stream, and parallel paths
 * @property {boolean} pre_activation norm and activation stand before the weights, else behind them
 * @property {boolean} rectified an activation stands behind the ⊕
 * @property {string} scale sign of the trained factor on the branch; empty without one
 * @property {boolean} drops its branch is left out at random in training
 */

/**
 * @typedef {object} SettingRecord
 * @property {string} label
 * @property {boolean} staged only networks of several stages use it
 * @property {Record<string, string>} choices value and label
 */

/** @typedef {{name: string, label: string, kinds: string[], needs_weights: boolean, least_checkpoints?: Record<string, number>}}
 *   AnalysisRecord least_checkpoints: of a choice, how many checkpoints it needs */

/**
 * @typedef {object} FieldSchema what the JSON schema of an experiment says of a field
 * @property {string} [type]
 * @property {string[]} [enum]
 * @property {FieldSchema[]} [anyOf]
 * @property {FieldSchema} [items]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [exclusiveMinimum]
 * @property {number} [exclusiveMaximum]
 * @property {number} [minItems]
 * @property {number} [maxItems]
 * @property {unknown} [default]
 * @property {string} [description]
 * @property {string} [group] of the form
 *
 * @typedef {object} Schema JSON schema of an experiment
 * @property {Record<string, FieldSchema>} properties
 * @property {{Arm: {properties: Record<string, FieldSchema>}}} $defs
 */

/**
 * @typedef {object} Shared what every page is given
 * @property {ConnectionRecord[]} connections
 * @property {Record<string, SettingRecord>} settings
 * @property {{name: string, label: string}[]} groups of the form's fields; the last is folded
 * @property {Record<string, number>} classes of each data set
 * @property {string[]} final_states
 * @property {Record<string, string>} close_codes
 * @property {{name: string, label: string}[]} views that are no analyses, in the order of their tabs
 * @property {AnalysisRecord[]} analyses in the order of their tabs
 *
 * @typedef {object} PageData
 * @property {string} version
 * @property {string} boot
 * @property {"lecturer" | "student"} role of whoever looks at the page
 * @property {import("./types.js").Preset[]} presets the first is the default
 * @property {Schema} limits
 * @property {string} recorded address of the recorded run
 *
 * @typedef {PageData & Shared} Records
 */

/** @type {Records} */
let records;

/**
 * @param {PageData & {records: Shared}} data that the server wrote into the page
 * @returns {Records}
 */
export function useRecords({ records: shared, ...own }) {
  records = { ...own, ...shared };
  return records;
}

/** Whether this page may change anything on the server; else it watches. */
export function isLecturer() {
  return records?.role !== "student";
}

/** Names of the settings of an experiment, without its arms, in the order of the form. */
export function experimentFields() {
  return Object.keys(records.limits.properties).filter((name) => name !== "arms");
}

/** Groups of the form's fields, in order; what has no group stands in the last. */
export function formGroups() {
  return records.groups;
}

/** All connections, in the order of their choices. */
export function connections() {
  return records.connections;
}

/** Names of the settings of an arm, in the order of the form. */
export function armFields() {
  return Object.keys(records.limits.$defs.Arm.properties);
}

/** All views in the order of their tabs: those of the run itself, then the analyses. */
export function allViews() {
  return [...records.views, ...records.analyses];
}

/** @param {string} name of a view */
export function isAnalysis(name) {
  return records.analyses.some((one) => one.name === name);
}

/**
 * Whether two views stand at one place of the page: all analyses do.
 * @param {string} one
 * @param {string} other
 */
export function sharePlace(one, other) {
  return one === other || (isAnalysis(one) && isAnalysis(other));
}

/** @param {string} name of a connection */
export function connectionOf(name) {
  return records.connections.find((connection) => connection.name === name);
}

/** @param {string} name of a setting of the experiment or of an arm */
export function settingLabel(name) {
  return records.settings[name]?.label ?? name;
}

/**
 * A setting's value as people read it.
 * @param {string} name of the setting
 * @param {unknown} value
 */
export function valueLabel(name, value) {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.join(", ");
  return records.settings[name]?.choices[String(value)] ?? String(value);
}

/**
 * Whether an arm's setting changes anything.
 * @param {string} name of the setting
 * @param {string} connection
 * @param {string} family
 * @param {boolean} fair whether every arm is trained at several rates
 */
export function isUsed(name, connection, family, fair) {
  if (name === "learning_rate") return !fair;
  if (!records.connections.some(({ settings }) => settings.includes(name))) return true;
  if (records.settings[name]?.staged && family !== "conv6n2") return false;
  return connectionOf(connection)?.settings.includes(name) ?? false;
}

/**
 * Whether a shortcut option differs from the others: fully connected blocks keep their width, so B would be A.
 * @param {string} option
 * @param {string} family
 */
export function isShortcut(option, family) {
  return option !== "B" || family !== "mlp";
}

/** @param {string} dataset */
export function classesOf(dataset) {
  return records.classes[dataset] ?? 10;
}

/** @param {string} state of a run */
export function isFinal(state) {
  return records.final_states.includes(state);
}

/**
 * Why the server closed the connection, in words; undefined if it merely broke.
 * @param {number} code
 * @returns {string | undefined}
 */
export function closeReason(code) {
  return records.close_codes[code];
}

/** HTTP requests to the server. */

/** @typedef {{code: string, message: string, field: string | null}} Refusal */
/** @typedef {import("../model/types.js").Duration} Duration */
/**
 * @typedef {import("../model/types.js").Size & {cells: import("../model/types.js").Cell[],
 *   poll: import("../model/types.js").Poll, duration: Duration}} Checked
 */

/** @type {Refusal} */
const OFFLINE = { code: "offline", message: "the server does not answer", field: null };

/**
 * Post a request to the server: its answer, or its refusal.
 * @template T
 * @param {string} address
 * @param {unknown} body
 * @param {AbortSignal} [signal] that gives it up
 * @returns {Promise<{answer: T} | {error: Refusal}>}
 */
export async function post(address, body, signal) {
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), signal });
    const answer = await response.json();
    return response.ok ? { answer } : { error: answer };
  } catch {
    return { error: OFFLINE };
  }
}

/**
 * Delete a run: when it goes for good, or the server's refusal.
 * @param {string} run
 * @returns {Promise<{until: number} | {error: Refusal}>}
 */
export async function deleteRun(run) {
  try {
    const response = await fetch(`/api/runs/${encodeURIComponent(run)}`, { method: "DELETE" });
    const answer = await response.json();
    return response.ok ? answer : { error: answer };
  } catch {
    return { error: OFFLINE };
  }
}

/**
 * Bring a deleted run back.
 * @param {string} run
 * @returns {Promise<{answer: {restored: string}} | {error: Refusal}>}
 */
export const restoreRun = (run) => post(`/api/runs/${encodeURIComponent(run)}/restore`, null);

/**
 * Send a file to the server: its answer, or its refusal.
 * @template T
 * @param {string} address
 * @param {Blob} file
 * @returns {Promise<{answer: T} | {error: Refusal}>}
 */
export async function put(address, file) {
  try {
    const response = await fetch(address, { method: "PUT", body: file });
    const answer = await response.json();
    return response.ok ? { answer } : { error: answer };
  } catch {
    return { error: OFFLINE };
  }
}

/**
 * Get something from the server: it, or the refusal.
 * @template T
 * @param {string} address
 * @param {AbortSignal} [signal] that gives it up
 * @returns {Promise<{answer: T} | {error: Refusal}>}
 */
export async function get(address, signal) {
  try {
    const response = await fetch(address, { signal });
    const answer = await response.json();
    return response.ok ? { answer } : { error: answer };
  } catch {
    return { error: OFFLINE };
  }
}

/**
 * Let the server check an experiment: its cells, its size and about how long it takes, or a refusal that names the field.
 * @param {import("../model/types.js").Experiment} experiment
 * @returns {Promise<Checked | {error: Refusal}>}
 */
export async function checkExperiment(experiment) {
  /** @type {{answer: Omit<Checked, "duration"> & Duration} | {error: Refusal}} */
  const found = await post("/api/experiments/check", experiment);
  if ("error" in found) return found;
  const { seconds, measured_here } = found.answer;
  return { ...found.answer, duration: { seconds, measured_here } };
}

/**
 * About how many seconds the answers to questions about an experiment take; null where that is not known.
 * @param {import("../model/types.js").Experiment} experiment
 * @param {import("../model/types.js").Question[]} questions
 * @returns {Promise<number | null>}
 */
export async function fetchAnswerTime(experiment, questions) {
  /** @type {{answer: {seconds: number | null}} | {error: Refusal}} */
  const found = await post("/api/questions/time", { experiment, questions });
  return "error" in found ? null : found.answer.seconds;
}

/**
 * A stored analysis with its finding, as an event whose number nobody needs; null when it cannot be had.
 * @param {string} run
 * @param {string} analysis
 * @returns {Promise<import("../model/types.js").StreamEvent | null>}
 */
export async function fetchAnalysis(run, analysis) {
  /** @type {{answer: import("../model/types.js").StreamEvent} | {error: Refusal}} */
  const found = await get(`/api/runs/${run}/analyses/${analysis}`);
  return "error" in found ? null : found.answer;
}

/**
 * The test set of data in the plane; null when it cannot be had.
 * @param {string} dataset
 * @returns {Promise<{x: number[], y: number[], classes: number[]} | null>}
 */
export async function fetchPoints(dataset) {
  /** @type {{answer: {x: number[], y: number[], classes: number[]}} | {error: Refusal}} */
  const found = await get(`/api/points/${encodeURIComponent(dataset)}`);
  return "error" in found ? null : found.answer;
}

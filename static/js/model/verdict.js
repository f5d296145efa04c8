/** The measured answer to what was predicted. The server decides it; this says when it counts. Pure. */
import { isFinal } from "./records.js";

/** @typedef {{right: string[], words: string}} Verdict names of the choices that are right, and why */

/**
 * The answer of the last evaluation of a run that is over, or null.
 * @param {import("./types.js").Run} run
 * @returns {Verdict | null}
 */
export function verdictOf(run) {
  const answer = run.evaluations.at(-1)?.words.answer;
  return answer && isFinal(run.state) ? /** @type {Verdict} */ (answer) : null;
}

/**
 * Whether a guess was right, in words.
 * @param {string | null} choice
 * @param {Verdict} verdict
 * @returns {"You were right" | "Not this time" | "Too close to call" | "Measured"}
 */
export function judged(choice, { right }) {
  if (choice === null) return "Measured";
  if (right.length === 0) return "Too close to call";
  return right.includes(choice) ? "You were right" : "Not this time";
}

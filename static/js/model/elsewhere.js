/** What was done to the shown run from another window, in words. Pure. */
import { armName } from "./labels.js";

const ELSEWHERE = "from another window";
/** @type {Record<string, string>} */
const DONE = { paused: "Paused", stopped: "Stopped" };

/**
 * The sentence of an event that a command from another window led to; null for every other event.
 * @param {import("./types.js").StreamEvent} event
 * @param {ReadonlySet<string>} own ids that this window has had: it gets a new one whenever it connects
 * @param {import("./types.js").Experiment} experiment of the run
 */
export function doneElsewhere(event, own, experiment) {
  if ((event.type !== "state" && event.type !== "learning_rate") || event.by === null || own.has(event.by)) return null;
  if (event.type === "state") return DONE[event.state] ? `${DONE[event.state]} ${ELSEWHERE}.` : null;
  const whose = event.arm === null ? "all arms" : armName(experiment, event.arm);
  return `Learning rate of ${whose} set to ${event.learning_rate} ${ELSEWHERE}.`;
}

/**
 * How many windows follow the shown run, in words; empty for one that is alone.
 * @param {number} viewers
 */
export function followWords(viewers) {
  return viewers > 1 ? `${viewers} windows follow this run` : "";
}

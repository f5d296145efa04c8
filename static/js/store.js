/**
 * The store: one run as the events tell it. Pure: an event and a run in, a run out, no page and no clock.
 * Lists of a run are appended to in place (a frame arrives ten times a second); the run object itself is new
 * after every event that changed something, so that "has it changed" is one comparison.
 */
import { FINAL_STATES } from "./protocol.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").WireEvent} WireEvent */

/** Frames kept at most; past it every second of the older ones is dropped, the newest stay. */
export const MAX_FRAMES = 4000;
const KEEP_NEWEST = 400;

/**
 * A run of which nothing is known but its experiment.
 * @param {import("./types.js").Experiment} experiment
 * @returns {Run}
 */
export function readyRun(experiment) {
  return {
    id: null,
    recorded: false,
    experiment,
    provenance: {},
    state: "ready",
    reason: null,
    position: null,
    step: 0,
    frames: [],
    evaluations: [],
    diverged: [],
    rates: [],
    kept: [],
    analyses: [],
  };
}

/**
 * The run after an event of its own stream. Events of other kinds leave it as it is.
 * @param {Run | null} run
 * @param {WireEvent} event
 * @returns {Run | null}
 */
export function applyEvent(run, event) {
  if (event.type === "snapshot") return fromSnapshot(event);
  if (run === null || (event.run !== undefined && event.run !== run.id)) return run;
  return { ...advance(run, event) };
}

/**
 * @param {WireEvent} event
 * @returns {Run}
 */
function fromSnapshot(event) {
  /** @type {Run} */
  let run = {
    id: event.run ?? null,
    recorded: Boolean(event.recorded),
    experiment: event.experiment,
    provenance: event.provenance ?? {},
    state: event.state,
    reason: event.reason ?? null,
    position: event.position ?? null,
    step: event.step,
    frames: [],
    evaluations: [],
    diverged: [],
    rates: [],
    kept: [],
    analyses: [],
  };
  for (const past of event.history ?? []) run = advance(run, past);
  // the history's own state events are older than what the snapshot says of itself
  return { ...run, state: event.state, reason: event.reason ?? null, step: Math.max(run.step, event.step) };
}

/**
 * @param {Run} run
 * @param {WireEvent} event
 * @returns {Run}
 */
function advance(run, event) {
  switch (event.type) {
    case "frame":
      run.frames.push(/** @type {any} */ (event));
      if (run.frames.length > MAX_FRAMES) run.frames = thinned(run.frames);
      // a frame is measured within a step: that step is done when it arrives
      run.step = Math.max(run.step, event.step);
      break;
    case "evaluation":
      run.evaluations.push(/** @type {any} */ (event));
      run.step = Math.max(run.step, event.step);
      break;
    case "weights":
      if (event.reason === null && !run.kept.includes(event.step)) run.kept.push(event.step);
      break;
    case "analysis":
      run.analyses = withAnalysis(run.analyses, /** @type {any} */ (event));
      break;
    case "diverged":
      run.diverged.push({ step: event.step, networks: event.networks, cells: event.cells });
      break;
    case "learning_rate":
      run.rates.push({ step: event.step, learning_rate: event.learning_rate, arm: event.arm });
      break;
    case "prepared":
      run.provenance = { ...run.provenance, ...event.provenance };
      break;
    case "state":
      run.state = event.state;
      run.reason = event.reason ?? null;
      run.position = event.position ?? null;
      run.step = Math.max(run.step, event.step ?? 0);
      break;
    default:
  }
  return run;
}

/**
 * @param {import("./analyses/types.js").AnalysisEvent[]} analyses
 * @param {import("./analyses/types.js").AnalysisEvent} news takes the place of what was said of it before
 */
function withAnalysis(analyses, news) {
  const known = analyses.some((one) => one.analysis === news.analysis);
  return known ? analyses.map((one) => (one.analysis === news.analysis ? news : one)) : [...analyses, news];
}

/**
 * @param {import("./types.js").Frame[]} frames
 */
function thinned(frames) {
  const old = frames.length - KEEP_NEWEST;
  return frames.filter((_, index) => index >= old || index % 2 === 0);
}

/**
 * Whether the run will measure nothing more.
 * @param {Run} run
 */
export function isOver(run) {
  return FINAL_STATES.includes(run.state);
}

/**
 * Whether the run is in the hands of the server: it can be paused, stepped, stopped.
 * @param {Run | null} run
 */
export function isLive(run) {
  return run !== null && run.id !== null && !isOver(run);
}

/**
 * The learning rate of an arm at the end of what is known.
 * @param {Run} run
 * @param {number} arm
 */
export function learningRateOf(run, arm) {
  let rate = run.experiment.arms[arm]?.learning_rate ?? run.experiment.learning_rate;
  for (const change of run.rates) if (change.arm === null || change.arm === arm) rate = change.learning_rate;
  return rate;
}

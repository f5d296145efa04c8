/**
 * One run as its events tell it. Pure: an event and a run in, a run out, no page and no clock. Frames and evaluations
 * are appended in place (a frame arrives ten times a second); the run object itself is new after every event that
 * changed something, so that "has it changed" is one comparison.
 */
import { isFinal } from "./records.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").StreamEvent} StreamEvent */
/** @typedef {import("./types.js").Snapshot} Snapshot */
/** @typedef {import("./types.js").Cell} Cell */
/** @typedef {import("./types.js").AnalysisEvent} AnalysisEvent */

/** Frames kept at most; beyond that, every second of the older ones is dropped. */
export const MAX_FRAMES = 4000;
const KEEP_NEWEST = 400;

/**
 * A run of which nothing is known but its experiment.
 * @param {import("./types.js").Experiment} experiment
 * @param {Cell[] | null} [cells] as the server counts them; null: not yet
 * @param {import("./types.js").Poll | null} [poll]
 * @returns {Run}
 */
export function readyRun(experiment, cells = null, poll = null) {
  return {
    id: null,
    recorded: false,
    experiment,
    cells: cells ?? [],
    poll,
    provenance: {},
    state: "ready",
    reason: null,
    position: null,
    step: 0,
    frames: [],
    evaluations: [],
    diverged: [],
    rates: [],
    checkpoints: [],
    analyses: [],
  };
}

/**
 * The run after an event of its own stream; the same object when the event changes nothing.
 * @param {Run} run
 * @param {StreamEvent} event
 * @returns {Run}
 */
export function applyEvent(run, event) {
  if (event.type === "snapshot") return fromSnapshot(event);
  return event.run === run.id ? advance(run, event) : run;
}

/**
 * A whole run.
 * @param {Snapshot} event
 * @returns {Run}
 */
export function fromSnapshot(event) {
  /** @type {Run} */
  const begun = {
    ...readyRun(event.experiment, event.cells, event.poll),
    id: event.run,
    recorded: event.recorded,
    provenance: event.provenance,
    step: event.step,
  };
  const run = event.history.reduce(advance, begun);
  // the history's own state events are older than what the snapshot says of itself
  return { ...run, state: event.state, reason: event.reason, step: Math.max(run.step, event.step) };
}

/**
 * @param {Run} run
 * @param {StreamEvent} event
 * @returns {Run}
 */
function advance(run, event) {
  switch (event.type) {
    case "frame":
      run.frames.push(event);
      // a frame is measured within a step: that step is done when it arrives
      return { ...run, frames: thinned(run.frames), step: Math.max(run.step, event.step) };
    case "evaluation":
      run.evaluations.push(event);
      return { ...run, step: Math.max(run.step, event.step) };
    case "checkpoint":
      if (event.reason !== null || run.checkpoints.includes(event.step)) return run;
      return { ...run, checkpoints: [...run.checkpoints, event.step] };
    case "analysis":
      return { ...run, analyses: withAnalysis(run.analyses, event) };
    case "diverged":
      return { ...run, diverged: [...run.diverged, { step: event.step, cells: event.cells }] };
    case "learning_rate":
      return {
        ...run,
        rates: [...run.rates, { step: event.step, learning_rate: event.learning_rate, arm: event.arm }],
      };
    case "prepared":
      return { ...run, provenance: { ...run.provenance, ...event.provenance } };
    case "state":
      return {
        ...run,
        state: event.state,
        reason: event.reason,
        position: event.position,
        step: Math.max(run.step, event.step),
      };
    default:
      return run;
  }
}

/**
 * @param {AnalysisEvent[]} analyses
 * @param {AnalysisEvent} latest replaces the event before it of the same analysis
 */
function withAnalysis(analyses, latest) {
  const known = analyses.some((one) => one.analysis === latest.analysis);
  return known ? analyses.map((one) => (one.analysis === latest.analysis ? latest : one)) : [...analyses, latest];
}

/** @param {import("./types.js").Frame[]} frames */
function thinned(frames) {
  if (frames.length <= MAX_FRAMES) return frames;
  const old = frames.length - KEEP_NEWEST;
  return frames.filter((_, index) => index >= old || index % 2 === 0);
}

/**
 * Whether the server is training the run, or will: it can be paused, stepped, stopped.
 * @param {Run} run
 */
export function isLive(run) {
  return run.id !== null && !isFinal(run.state);
}

/**
 * Whether the run came with the program: measured once, on the machine and the day that its provenance names.
 * @param {Run} run
 */
export function isRecording(run) {
  return run.recorded && Boolean(run.provenance.recorded_at);
}

/**
 * The latest learning rate of an arm.
 * @param {Run} run
 * @param {number} arm
 */
export function learningRateOf(run, arm) {
  const changed = run.rates.findLast((change) => change.arm === null || change.arm === arm);
  return changed?.learning_rate ?? run.experiment.arms[arm]?.learning_rate ?? run.experiment.learning_rate;
}

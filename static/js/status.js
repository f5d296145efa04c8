/**
 * The status line: what just happened, in words. The sentences of a measurement come from the server with it; this
 * adds the state of the run and of the line. It is what a screen reader hears.
 */
import { lastUpTo } from "./series.js";

/** @typedef {import("./charts/scene.js").Scene} Scene */

/**
 * The line at the cursor: [what stands out, the rest].
 * @param {Scene} scene
 * @param {import("./live.js").LinkState} link
 * @returns {[string, string]}
 */
export function statusWords({ run, sides, cursor }, link) {
  const lost = link === "open" ? "" : link === "refused" ? " The server refuses this page." : " Connecting…";
  if (cursor === null) {
    if (run.state === "queued")
      return [run.position === null ? "Waiting." : `Waiting, number ${run.position} in the queue.`, lost];
    if (run.state === "starting") return ["Starting.", `The networks are being built.${lost}`];
    if (run.state === "failed") return ["Failed.", `${sentence(run.reason ?? "the training ended")}${lost}`];
    if (run.state === "ready") return ["Ready.", `Press Train, or Space.${lost}`];
  }
  const evaluation = lastUpTo(run.evaluations, cursor);
  const step = cursor ?? run.step;
  if (!evaluation) return [`Step ${step}.`, lost.trim()];
  return [`Step ${step}${stateWord(run, cursor)}.`, spoken(evaluation, run, sides) + lost];
}

/**
 * The sentences of the shown networks; at one depth the comparison of the arms follows.
 * @param {import("./types.js").Evaluation} evaluation
 * @param {import("./types.js").Run} run
 * @param {[import("./types.js").Side, import("./types.js").Side]} sides
 */
function spoken(evaluation, run, sides) {
  const { cells, depths } = evaluation.words;
  const shown = [...new Set(sides.map((side) => side.cell))].map((cell) => sentence(cells[cell]));
  const comparable = sides[0].depth === sides[1].depth && sides[0].arm !== sides[1].arm;
  const compared = comparable ? sentence(depths[run.experiment.depths.indexOf(sides[0].depth)]) : "";
  return [...shown, compared].filter(Boolean).join(" ");
}

/**
 * @param {import("./types.js").Run} run
 * @param {number | null} cursor
 */
function stateWord(run, cursor) {
  if (cursor !== null) return "";
  if (run.recorded && run.id === null) return ", recorded";
  const words = /** @type {Record<string, string>} */ ({
    paused: ", paused",
    finished: ", finished",
    stopped: ", stopped",
    interrupted: ", interrupted",
  });
  return words[run.state] ?? "";
}

/** @param {string | undefined} text */
function sentence(text) {
  if (!text) return "";
  const capital = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/**
 * The class of the dot beside the line.
 * @param {import("./types.js").Run} run
 * @param {import("./live.js").LinkState} link
 */
export function dotClass(run, link) {
  if (link === "refused" || run.state === "failed" || run.state === "interrupted") return "dot broken";
  if (link !== "open" || run.state === "queued" || run.state === "starting") return "dot waiting";
  return run.state === "running" ? "dot" : "dot idle";
}

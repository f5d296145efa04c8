/**
 * The status line: the conclusion first, then the moment and what else is known of it. The sentences of a measurement
 * come from the server with it; this adds the state of the run and of the connection, and agrees with a lesion that is
 * shown.
 */
import { percent } from "./numbers.js";
import { closeReason, isLecturer } from "./records.js";
import { isRecording } from "./run.js";
import { lastUpTo } from "./series.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./types.js").Evaluation} Evaluation */
/** @typedef {import("./types.js").DrawnSide} DrawnSide */

/**
 * @typedef {object} Said
 * @property {string} conclusion what stands out
 * @property {string} moment step and state
 * @property {string} details the rest
 */

/** What a run that has ended, or rests, is called. */
const STATES = { paused: "paused", finished: "finished", stopped: "stopped", interrupted: "interrupted" };

/**
 * The lines at the cursor.
 * @param {Scene} scene
 * @param {import("./types.js").LinkState} link
 * @returns {Said}
 */
export function statusLine({ run, sides, cursor }, link) {
  const lost = link === "open" ? "" : link === "refused" ? "The server refuses this page." : "Connecting…";
  if (cursor === null) {
    const waiting = run.position === null ? "Waiting for its turn." : `Waiting, number ${run.position} in the queue.`;
    if (run.state === "queued") return { conclusion: waiting, moment: "Waiting.", details: lost };
    if (run.state === "starting")
      return { conclusion: "The networks are being built.", moment: "Starting.", details: lost };
    if (run.state === "failed")
      return { conclusion: sentence(run.reason ?? "the training ended"), moment: "Failed.", details: lost };
    if (run.state === "ready")
      return {
        conclusion: isLecturer() ? "Press Train, or Space." : "The lecturer has not begun.",
        moment: "Ready.",
        details: `Nothing is measured yet. ${lost}`,
      };
  }
  const evaluation = lastUpTo(run.evaluations, cursor);
  const moment = `Step ${cursor ?? run.step}${stateWord(run, cursor)}.`;
  const lesion = lesionWords(sides);
  if (!evaluation) return { conclusion: lesion || "Nothing is evaluated yet.", moment, details: lost };
  const { compared, cells } = spoken(evaluation, run, sides);
  const all = [lesion, compared, ...cells].filter(Boolean);
  const remark = run.reason ? sentence(run.reason) : "";
  return { conclusion: all[0] ?? "", moment, details: [...all.slice(1), remark, lost].filter(Boolean).join(" ") };
}

/**
 * What the shown networks do without the blocks that are taken out; empty while none is, or nothing is known.
 * @param {DrawnSide[]} sides
 */
function lesionWords(sides) {
  const known = sides.filter(({ tested }) => tested?.accuracy !== undefined);
  if (known.length === 0) return "";
  const parts = known.map(
    ({ name, layers, tested }) =>
      `${name}-${layers} is at ${percent(tested?.accuracy)} (whole: ${percent(tested?.whole)})`,
  );
  return `Without ${known[0].tested?.blocks}, ${parts.join(", ")}.`;
}

/**
 * The comparison of the arms at one depth, and the sentences of the shown networks.
 * @param {Evaluation} evaluation
 * @param {import("./types.js").Run} run
 * @param {import("./types.js").Side[]} sides
 */
function spoken(evaluation, run, sides) {
  const { cells, depths } = evaluation.words;
  const shown = [...new Set(sides.map((side) => side.cell))].map((cell) => sentence(cells[cell]));
  const comparable = sides[0].depth === sides[1].depth && sides[0].arm !== sides[1].arm;
  const compared = comparable ? sentence(depths[run.experiment.depths.indexOf(sides[0].depth)]) : "";
  return { compared, cells: shown.filter(Boolean) };
}

/**
 * What a view of the run itself shows, in words.
 * @param {Scene} scene
 * @returns {string}
 */
export function viewWords({ run, sides, cursor, view }) {
  const evaluation = lastUpTo(run.evaluations, cursor);
  if (!evaluation) return "";
  if (view.open === "curves") return sentence(evaluation.words.overall);
  return spoken(evaluation, run, sides).cells.join(" ");
}

/**
 * @param {import("./types.js").Run} run
 * @param {number | null} cursor
 */
function stateWord(run, cursor) {
  if (cursor !== null) return "";
  if (isRecording(run)) return ", recorded";
  const word = /** @type {Record<string, string>} */ (STATES)[run.state];
  return word ? `, ${word}` : "";
}

/** @param {string | undefined} text */
export function sentence(text) {
  if (!text) return "";
  const capital = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/**
 * The class of the dot beside the line.
 * @param {import("./types.js").Run} run
 * @param {import("./types.js").LinkState} link
 */
export function dotClass(run, link) {
  if (link === "refused" || run.state === "failed" || run.state === "interrupted") return "dot broken";
  if (link !== "open" || run.state === "queued" || run.state === "starting") return "dot waiting";
  return run.state === "running" ? "dot" : "dot idle";
}

/**
 * The notice while there is no connection to the server; null when there is nothing to say.
 * @param {import("./types.js").LinkState} link
 * @param {number} code of the close
 */
export function connectionNotice(link, code) {
  if (link === "refused")
    return "The server refuses this page: its link was renewed. Open it again from the new link, or the one that the server printed.";
  if (link !== "waiting") return null;
  const reason = closeReason(code);
  return `The line to the server is broken${reason ? `: ${reason}` : ""}. Reconnecting.`;
}

/** Where the learning rate was changed in training: a thin line at the step, with the new rate above the plot. */
import { xOfStep } from "../../model/axis.js";
import { armName } from "../../model/labels.js";
import { textWidth } from "./labels.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */
/** @typedef {import("../../model/types.js").PlotlyPart} PlotlyPart */

/**
 * The changes that concern a shown arm, each where the axis has its step.
 * @param {Scene} scene
 * @returns {{x: number, text: string}[]}
 */
function changes({ run, sides, axis }) {
  return run.rates.flatMap(({ step, learning_rate: rate, arm }) => {
    const concerned = sides.filter((side) => arm === null || side.arm === arm);
    const text = arm === null ? `lr ${rate}` : `${armName(run.experiment, arm)}: lr ${rate}`;
    return [...new Set(concerned.map((side) => xOfStep(run, axis, side.cell, step)))].map((x) => ({ x, text }));
  });
}

/**
 * A trace of all lines, the words above the plot, and the pixels that these take.
 * @param {Scene} scene
 * @param {{low: number, high: number}} ends of the vertical axis
 * @param {{width: number, size: number}} frame
 * @returns {{traces: PlotlyPart[], annotations: PlotlyPart[], room: number}}
 */
export function rateMarks(scene, { low, high }, { width, size }) {
  const { colours, steps, axis } = scene;
  const marks = changes(scene);
  if (marks.length === 0) return { traces: [], annotations: [], room: 0 };
  // of changes that follow each other closely the last is named
  const named = marks.filter(({ x, text }, index) => {
    const next = marks[index + 1];
    return !next || axis !== "step" || next.x - x > (steps * textWidth(text, size)) / width;
  });
  const trace = {
    x: marks.flatMap(({ x }) => [x, x, null]),
    y: marks.flatMap(() => [low, high, null]),
    mode: "lines",
    line: { color: colours.quiet, width: 1, dash: "2px,2px" },
    hoverinfo: "skip",
  };
  const annotations = named.map(({ x, text }) => ({
    ...{ x, y: 1, text, yref: "paper", xanchor: "center", yanchor: "bottom", showarrow: false },
    font: { color: colours.quiet, size },
  }));
  return { traces: [trace], annotations, room: 1.1 * size };
}

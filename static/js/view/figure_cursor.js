/** What stands around the charts: the lines of cursor and layer, read-outs and titles. */
import { AXIS_ABOUT, xOfStep } from "../model/axis.js";
import { styleOf } from "../model/colours.js";
import { GRADIENT_SIGN } from "../model/labels.js";
import { magnitude, powerOfTen, prefixed } from "../model/numbers.js";
import { cellOf, gradients, lastUpTo, regionsAt } from "../model/series.js";
import { hasMultiples } from "./charts/curve_multiples.js";
import { vanished } from "./charts/layers_chart.js";
import { positionOf } from "./charts/plot.js";
import { showValues, valuesAt } from "./cursor_values.js";
import { find, say } from "./dom.js";

/** @typedef {import("../model/scene.js").Scene} Scene */

const CURVES = ["chart-loss", "chart-accuracy"];
const HEATS = ["chart-heat-a", "chart-heat-b"];
const REGIONS = ["chart-regions-a", "chart-regions-b"];

/**
 * Move the lines of cursor and layer over the charts. They are elements of their own, so no chart is redrawn.
 * @param {Scene} scene
 */
export function moveCursor(scene) {
  const { run, sides, cursor, layer, view } = scene;
  for (const id of CURVES) moveOverCurves(find(`#${id}`), scene);
  for (const id of HEATS) {
    moveLine(find(`#${id}`), cursor);
    say(find(".readout", find(`#${id}`)), cursor === null ? "" : `step ${cursor}`);
  }
  moveLine(find("#chart-layers"), layer);
  const [one, other] = sides;
  moveLine(find("#chart-degradation"), one.depth);
  moveLine(find("#chart-degradation"), one.depth === other.depth ? null : other.depth, ".line.second");
  const frame = lastUpTo(run.frames, cursor);
  const values = sides.map((side) =>
    frame && layer !== null ? magnitude(gradients(run, frame, side.cell, view.gradient)[layer - 1]) : "",
  );
  say(find("#chart-layers .readout"), layer === null ? "" : `layer ${layer}: ${values.join(" · ")}`);
}

/**
 * The cursor over curves: one line, or a line for each side when the same step cost them different operations, and
 * beside it what the shown networks had there. Of small panels each has its own line.
 * @param {HTMLElement} figure
 * @param {Scene} scene
 */
function moveOverCurves(figure, scene) {
  const { run, sides, axis, cursor } = scene;
  const positionAt = (/** @type {number} */ cell) => (cursor === null ? null : xOfStep(run, axis, cell, cursor));
  const positions = sides.map((side) => positionAt(side.cell));
  if (hasMultiples(scene)) {
    const ofArm = run.experiment.arms.map((_, arm) => positionAt(cellOf(run, arm, sides[0].depth, cursor)));
    ofArm.forEach((at, arm) => {
      moveLine(figure, at, lineNumber(figure, arm), arm);
    });
    showValues(figure, []);
  } else {
    const parted = positions[0] !== positions[1];
    moveLine(figure, positions[0]);
    moveLine(figure, parted ? positions[1] : null, ".line.second");
    for (const line of figure.querySelectorAll(".line.further")) line.remove();
    [".line", ".line.second"].forEach((which, index) => {
      find(which, figure).dataset.style = parted ? String(styleOf(run.experiment, sides[index].arm, false).index) : "";
    });
    showValues(figure, cursor === null ? [] : valuesAt(figure.id === "chart-loss", scene, positions));
  }
  // beside the buttons there is no room for more than the step
  const words = figure.id === "chart-loss" ? "" : stepWords(axis, positions);
  say(find(".readout", figure), cursor === null ? "" : `step ${cursor}${words}`);
}

/**
 * The line of the cursor in one of several panels, made when it is first needed.
 * @param {HTMLElement} figure
 * @param {number} panel
 */
function lineNumber(figure, panel) {
  if (panel < 2) return [".line", ".line.second"][panel];
  const which = `.line.further[data-panel="${panel}"]`;
  if (!figure.querySelector(which)) {
    const line = Object.assign(document.createElement("div"), { className: "line further", hidden: true });
    line.dataset.panel = String(panel);
    figure.append(line);
  }
  return which;
}

/**
 * What a step is on another axis, for the words beside it.
 * @param {import("../model/types.js").AxisKind} axis
 * @param {(number | null)[]} positions of the two sides
 */
function stepWords(axis, positions) {
  if (axis === "step") return "";
  if (axis === "seconds") return ` · ${(positions[0] ?? 0).toFixed(1)} s`;
  return ` · ${[...new Set(positions)].map((x) => prefixed(x ?? 0, "FLOP")).join(" | ")}`;
}

/**
 * @param {HTMLElement} figure
 * @param {number | null} at
 * @param {string} [which]
 * @param {number} [panel]
 */
function moveLine(figure, at, which = ".line", panel = 0) {
  const line = find(which, figure);
  const plot = find(".plot", figure);
  const position = at === null ? null : positionOf(plot, at, panel);
  line.hidden = position === null;
  if (position === null) return;
  line.style.left = `${plot.offsetLeft + position.left}px`;
  line.style.top = `${plot.offsetTop + position.top}px`;
  line.style.height = `${position.height}px`;
}

/**
 * Titles that name the shown arms and the shown gradient.
 * @param {Scene} scene
 */
export function showTitles(scene) {
  const { sides, view, axis } = scene;
  const sign = GRADIENT_SIGN[view.gradient];
  const what = view.gradient === "square" ? "signal" : "gradient";
  say(find("#chart-layers .chart-title"), `${what === "signal" ? "Signal" : "Gradient"} by layer`);
  const zeros = vanished(scene);
  say(find("#chart-layers .about"), zeros ? `${sign}; ${zeros}` : `${sign}, log scale`);
  say(find("#chart-accuracy .about"), AXIS_ABOUT[axis]);
  const ends = scene.mapDecades.map(powerOfTen).join(" to ");
  sides.forEach((side, index) => {
    const figure = find(`#${HEATS[index]}`);
    const name = sides[0].arm === sides[1].arm ? `${side.name}-${side.layers}` : side.name;
    say(find(".chart-title", figure), `${name}: ${what} over time`);
    say(find(".about", figure), `${sign} ${ends}, layer × step`);
    const region = find(`#${REGIONS[index]}`);
    say(find(".chart-title", region), `${side.name}-${side.layers}`);
    say(find(".about", region), aboutRegions(scene));
  });
}

/** @param {Scene} scene */
function aboutRegions({ run, cursor }) {
  const shown = regionsAt(run, cursor);
  return `decision regions of the first seed${shown ? `, step ${shown.step}` : ""}; marks: test set`;
}

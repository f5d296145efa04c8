/** What the shown networks had at the cursor, beside its line and at the height of each curve. */
import { styleOf } from "../model/colours.js";
import { spread } from "../model/end_labels.js";
import { percent, short } from "../model/numbers.js";
import { lastUpTo } from "../model/series.js";
import { fontSize, levelOf, positionOf } from "./charts/plot.js";
import { find, say } from "./dom.js";

/** @typedef {{x: number, y: number, text: string, style: number}} Value in units of the axes */

/**
 * @param {boolean} loss whether it is the training loss, or else the test accuracy
 * @param {import("../model/scene.js").Scene} scene
 * @param {(number | null)[]} positions of the cursor, of each side
 * @returns {Value[]}
 */
export function valuesAt(loss, { run, sides, cursor }, positions) {
  const measured = loss ? lastUpTo(run.frames, cursor)?.loss[0] : lastUpTo(run.evaluations, cursor)?.test_accuracy[0];
  const alike = sides[0].cell === sides[1].cell;
  return sides.slice(0, alike ? 1 : 2).flatMap((side, index) => {
    const y = measured?.[side.cell] ?? null;
    const x = positions[index];
    if (y === null || x === null) return [];
    const text = `${side.name}-${side.layers} ${loss ? short(y) : percent(y)}`;
    return [{ x, y, text, style: styleOf(run.experiment, side.arm, false).index }];
  });
}

/**
 * Show values over a chart, none over another; in a presenter's size there is no room for words on the curves.
 * @param {HTMLElement} figure
 * @param {Value[]} values
 */
export function showValues(figure, values) {
  const plot = find(".plot", figure);
  const shown = fontSize() > 18 ? [] : values;
  const labels = /** @type {HTMLElement[]} */ ([...figure.querySelectorAll(".at-cursor")]);
  while (labels.length < shown.length) {
    const label = Object.assign(document.createElement("span"), { className: "at-cursor", ariaHidden: "true" });
    labels.push(label);
    figure.append(label);
  }
  labels.forEach((label, index) => {
    label.hidden = shown[index] === undefined;
    if (label.hidden) return;
    say(label, shown[index].text);
    label.dataset.style = String(shown[index].style);
  });
  const lines = shown.map(({ x }) => positionOf(plot, x));
  const levels = shown.map(({ y }) => levelOf(plot, y));
  const first = lines[0];
  if (!first) {
    for (const label of labels) label.hidden = true;
    return;
  }
  const heights = shown.map((_, index) => labels[index].offsetHeight);
  // above its curve, not on it
  const wanted = shown.map((_, index) => (levels[index]?.top ?? 0) - first.top - 0.8 * heights[index]);
  spread(wanted, heights, first.height).forEach((middle, index) => {
    const label = labels[index];
    const at = lines[index]?.left ?? first.left;
    const left = at + label.offsetWidth + 8 > first.right ? at - label.offsetWidth - 6 : at + 6;
    label.style.left = `${plot.offsetLeft + left}px`;
    label.style.top = `${plot.offsetTop + first.top + middle - heights[index] / 2}px`;
  });
}

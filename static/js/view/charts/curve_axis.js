/** The horizontal axis of curves: steps, seconds or operations, with ticks in round numbers. */
import { AXIS_TITLE } from "../../model/axis.js";
import { unitTicks } from "../../model/numbers.js";

/**
 * @param {import("../../model/types.js").AxisKind} axis
 * @param {number} end
 * @param {import("../../model/types.js").AxisKind} wanted
 * @param {{width: number, size: number}} frame of the plot, and the size of its text
 */
export function runAxis(axis, end, wanted, { width, size }) {
  const more = wanted !== axis ? " (operations are not known yet)" : axis === "flops" ? " of each network" : "";
  const made = { range: [0, end], title: { text: AXIS_TITLE[axis] + (size > 18 ? "" : more) } };
  const most = Math.max(2, Math.min(6, Math.floor(width / (5.5 * size))));
  if (axis === "step") return { ...made, nticks: most };
  const [tickvals, ticktext] = axis === "flops" ? unitTicks(end, most, "FLOP") : secondTicks(end, most);
  return { ...made, tickvals, ticktext };
}

/**
 * Ticks of a time axis, in the largest unit of which it holds some.
 * @param {number} end seconds
 * @param {number} most
 * @returns {[number[], string[]]}
 */
function secondTicks(end, most) {
  const [size, unit] = end < 1 ? [0.001, "ms"] : end < 600 ? [1, "s"] : end < 36_000 ? [60, "min"] : [3600, "h"];
  const [values, texts] = unitTicks(end / Number(size), most, String(unit));
  return [values.map((value) => value * Number(size)), texts];
}

/**
 * Convergence speed: what it takes to reach a target accuracy, by depth and arm. From the evaluations at hand, so a
 * network was there *by* the step that is told. All networks of a sweep train together: the seconds are the sweep's,
 * the FLOPs are each network's own. Pure.
 */
import { armName } from "../labels.js";
import { grouped, short } from "../numbers.js";
import { cellOf } from "../series.js";
import { style } from "./common.js";

/** @typedef {import("../charts/scene.js").Scene} Scene */

/**
 * @typedef {object} Reached
 * @property {number} depth
 * @property {number} step
 * @property {number} seconds
 * @property {number | null} flops
 */

/**
 * When an arm's median test accuracy first reached the target, at each depth; null where it has not.
 * @param {import("../types.js").Run} run
 * @param {number} arm
 * @param {number} target
 * @returns {(Reached | null)[]}
 */
export function reached(run, arm, target) {
  return run.experiment.depths.map((depth) => {
    const cell = cellOf(run, arm, depth);
    const point = run.evaluations.find((item) => (item.test_accuracy[0][cell] ?? -1) >= target);
    const flops = run.provenance.flops?.[cell];
    if (!point) return null;
    return { depth, step: point.step, seconds: point.seconds, flops: flops ? flops * point.step : null };
  });
}

export const UNITS = /** @type {Record<string, string>} */ ({
  step: "by which step",
  seconds: "seconds of the whole sweep, whose networks train together",
  flops: "FLOPs of the network alone",
});

/**
 * @param {Scene} scene
 * @param {number} target
 * @param {"step" | "seconds" | "flops"} unit
 * @returns {import("./types.js").Picture}
 */
export function speedPicture(scene, target, unit) {
  const { run, sides } = scene;
  const { depths } = run.experiment;
  const arms = [...new Set(sides.map((side) => side.arm))];
  const found = arms.map((arm) => reached(run, arm, target));
  const values = found.flat().flatMap((one) => (one?.[unit] ? [one[unit]] : []));
  const high = Math.max(1, ...values);
  // the line for "not reached" stands above all that was
  const never = 1.22 * high;
  const ends = [Math.log10(depths[0] * 0.86), Math.log10(depths[depths.length - 1] * 1.16)];
  return {
    title: `To ${Math.round(100 * target)} % test accuracy`,
    about: UNITS[unit],
    traces: arms.flatMap((arm, index) => {
      const { colour, dash, marker } = style(arm, scene);
      const size = scene.view.presenter ? 13 : 8;
      return [
        {
          x: depths,
          y: found[index].map((one) => one?.[unit] ?? null),
          mode: "lines+markers",
          line: { color: colour, width: scene.view.presenter ? 4 : 2.2, dash },
          marker: { color: colour, symbol: marker, size },
          hoverinfo: "skip",
        },
        {
          x: depths.filter((_, at) => found[index][at] === null),
          y: depths.filter((_, at) => found[index][at] === null).map(() => never * (1 + 0.045 * index)),
          mode: "markers",
          marker: { color: colour, symbol: "triangle-up-open", size: 1.3 * size, line: { width: 2 } },
          hoverinfo: "skip",
        },
      ];
    }),
    x: { type: "log", range: ends, tickvals: depths, ticktext: depths.map(String), title: { text: "layers" } },
    y: { range: [-0.04 * high, 1.35 * high], ...withNever(high, never, unit) },
  };
}

/**
 * Ticks up to what was reached, and the line above it by its name.
 * @param {number} high
 * @param {number} never
 * @param {string} unit
 */
function withNever(high, never, unit) {
  const parts = [0, 0.5, 1].map((part) => part * high);
  const said = unit === "step" ? grouped : short;
  return { tickvals: [...parts, never], ticktext: [...parts.map((value) => (value === 0 ? "0" : said(value))), "not"] };
}

/**
 * @param {Scene} scene
 * @param {number} target
 */
export function speedWords({ run, sides }, target) {
  const arms = [...new Set(sides.map((side) => side.arm))];
  const goal = `${Math.round(100 * target)} %`;
  return arms.map((arm) => {
    const found = reached(run, arm, target);
    const there = found.flatMap((one) => (one ? [one] : []));
    const missed = run.experiment.depths.filter((_, at) => found[at] === null);
    const name = armName(run.experiment, arm);
    if (there.length === 0) return `${name}: ${goal} not reached at any depth so far.`;
    const first = there.reduce((one, other) => (other.step < one.step ? other : one));
    const late = missed.length > 0 ? ` Not reached so far at ${missed.join(", ")} layers.` : "";
    return `${name}: ${goal} by step ${grouped(first.step)} at ${first.depth} layers.${late}`;
  });
}

/**
 * @param {Scene} scene
 * @param {number} target
 */
export function speedNumbers({ run, sides }, target) {
  const arms = [...new Set(sides.map((side) => side.arm))];
  return {
    heads: ["arm", "layers", "by step", "seconds of the sweep", "its own FLOPs"],
    rows: arms.flatMap((arm) =>
      reached(run, arm, target).map((one, at) => [
        armName(run.experiment, arm),
        String(run.experiment.depths[at]),
        ...(one ? [grouped(one.step), short(one.seconds), short(one.flops)] : ["not reached", "–", "–"]),
      ]),
    ),
  };
}

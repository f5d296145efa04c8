/**
 * The depths at which an analysis of the weights has something to say: an arm that has not learned has nothing to lose.
 * Pure.
 */
import { classesOf } from "./records.js";
import { cellOf } from "./series.js";

/**
 * For each side the deepest networks of its arm that got past halfway between chance and 100 %; null where the sides
 * show these already, or an arm has none.
 * @param {import("./types.js").Run} run
 * @param {import("./types.js").Side[]} sides
 * @returns {[number, number] | null}
 */
export function tellingDepths(run, sides) {
  const last = run.evaluations.at(-1);
  if (!last) return null;
  const half = (1 + 1 / classesOf(run.experiment.dataset)) / 2;
  const [one, other] = sides.map(({ arm }) =>
    run.experiment.depths.findLast((depth) => (last.test_accuracy[0][cellOf(run, arm, depth)] ?? 0) > half),
  );
  if (one === undefined || other === undefined) return null;
  return sides[0].depth === one && sides[1].depth === other ? null : [one, other];
}

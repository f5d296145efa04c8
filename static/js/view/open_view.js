/**
 * Opening a view. Where nobody has chosen a depth, an analysis of the weights is opened at depths where it says
 * something; back at the curves all is as it was.
 */
import { isAnalysis } from "../model/records.js";
import { layersOf } from "../model/series.js";
import { tellingDepths } from "../model/telling_depths.js";

/**
 * @param {import("../model/state.js").Store} store
 * @param {import("../model/records.js").AnalysisRecord[]} analyses
 * @returns {(name: string | null, beside?: boolean) => void} opens a view, or one beside it; null: none
 */
export function viewOpener({ state, actions }, analyses) {
  /** @type {[number, number] | null} what was chosen for an analysis */
  let borrowed = null;

  function giveBack() {
    borrowed = null;
    actions.dismiss("depths");
    actions.chooseDepth(null);
    actions.chooseOtherDepth(null);
  }

  return (name, beside = false) => {
    if (beside) actions.openBeside(name);
    else if (name !== null) actions.openView(name);
    const { depth, compare } = state.view.value;
    const isOver = borrowed !== null && !isAnalysis(state.analysis.value);
    if (isOver && depth === borrowed?.[0] && (compare ?? depth) === borrowed[1]) giveBack();
    const needsWeights = analyses.some((one) => one.name === name && one.needs_weights);
    if (!needsWeights || depth !== null || compare !== null) return;
    const { run, sides } = state.scene.value;
    borrowed = tellingDepths(run, sides);
    if (borrowed === null) return;
    const names = borrowed.map((one, side) => `${sides[side].name}-${layersOf(run, sides[side].arm, one)}`);
    const message = `Shown are ${names.join(" and ")}, the deepest that learned.`;
    actions.chooseDepth(borrowed[0]);
    actions.chooseOtherDepth(borrowed[1] === borrowed[0] ? null : borrowed[1]);
    actions.notify("depths", message, { offer: { label: "Undo", action: giveBack } });
  };
}

/** Overlays: what analyses add to the diagrams of the shown networks. Pure. */
import { withoutBlocks } from "./answers.js";

/** @typedef {import("./types.js").AnalysisEvent} AnalysisEvent */
/** @typedef {import("./types.js").Side} Side */

/**
 * The blocks that are taken out of a side, and what its network does without them.
 * @param {AnalysisEvent[]} analyses
 * @param {Side} side
 * @param {number[]} lesions
 * @returns {import("./types.js").Overlay}
 */
export function lesionOverlay(analyses, side, lesions) {
  if (lesions.length === 0) return {};
  const blocks = lesions.length === 1 ? `block ${lesions[0]}` : `blocks ${lesions.join(", ")}`;
  const answer = withoutBlocks(analyses, side.depth, lesions);
  if (answer?.state === "failed")
    return { lesions, tested: { blocks, problem: `It could not be done: ${answer.reason}.` } };
  const cut = /** @type {import("./wire.js").Cut | null | undefined} */ (answer?.finding);
  const entry = entryOf(cut?.arms, side);
  if (!entry) return { lesions, tested: { blocks } };
  const { accuracy, loss, accuracy_before: whole } = entry;
  return { lesions, tested: { blocks, accuracy: accuracy[0][0], loss: loss[0][0], whole: whole[0] } };
}

/**
 * The entry about the network of a side.
 * @template {{arm: number, layers: number}} T
 * @param {T[] | undefined} entries
 * @param {Side} side
 */
export function entryOf(entries, { arm, layers }) {
  return entries?.find((entry) => entry.arm === arm && entry.layers === layers);
}

/**
 * Widths of shortcut and branch at every ⊕. A share below 0 or over 1 is drawn as none or all; the charts have the
 * number.
 * @param {(number | null)[] | undefined} shortcut shares of the gradient that come by the shortcut
 */
export function sharesOf(shortcut) {
  return shortcut?.map((share) => {
    const drawn = Math.min(1, Math.max(0, share ?? 0));
    return { shortcut: drawn, branch: share === null ? 0 : 1 - drawn };
  });
}

/** The tabs: every kind of analysis that the page offers, in their order. */
import { flow } from "./flow.js";
import { landscape } from "./landscape.js";
import { lesion } from "./lesion.js";
import { paths } from "./paths.js";
import { shattering } from "./shattering.js";

/** @type {import("./types.js").Kind} */
const speed = {
  name: "speed",
  label: "Speed",
  about:
    "How long each network takes to a test accuracy that you choose. It follows the run while it trains; “not” means that it was not reached.",
  actions: [],
  fields: [],
  pictures: () => [],
  numbers: () => ({ heads: [], rows: [] }),
};

export const KINDS = [lesion, paths, shattering, landscape, speed, flow];

/** Which tab shows a question. */
const TAB_OF = /** @type {Record<string, string>} */ ({
  lesion: "lesion",
  lesions: "lesion",
  deletions: "lesion",
  shuffle: "lesion",
  paths: "paths",
  flow: "flow",
  shattering: "shattering",
  landscape: "landscape",
});

/**
 * The newest analysis that a tab can show: of the shown depth, if its kind has one. A click on a block is told
 * elsewhere, it has no chart.
 * @param {import("./types.js").AnalysisEvent[]} analyses oldest first
 * @param {string} tab
 * @param {number} depth
 */
export function newest(analyses, tab, depth) {
  return analyses.findLast(
    ({ question }) =>
      TAB_OF[question.kind] === tab &&
      question.kind !== "lesion" &&
      (question.depth === undefined || question.depth === depth),
  );
}

/**
 * The newest answer to "what without these blocks".
 * @param {import("./types.js").AnalysisEvent[]} analyses
 * @param {number} depth
 * @param {number[]} blocks
 */
export function withoutBlocks(analyses, depth, blocks) {
  return analyses.findLast(
    ({ question }) =>
      question.kind === "lesion" && question.depth === depth && String(question.blocks) === String(blocks),
  );
}

/** @param {import("./types.js").AnalysisEvent | undefined} event */
export function underWay(event) {
  return event !== undefined && (event.state === "waiting" || event.state === "running");
}

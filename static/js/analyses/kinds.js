/** The tabs: every kind of analysis that the page offers, in their order. */
import { flow } from "./flow.js";
import { landscape } from "./landscape.js";
import { lesion } from "./lesion.js";
import { paths } from "./paths.js";
import { shattering } from "./shattering.js";

/** @typedef {import("./types.js").AnalysisEvent} AnalysisEvent */

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

/** A field that only answers of today's form have: older ones are kept with their runs and cannot be drawn. */
const NEEDS = /** @type {Record<string, string>} */ ({ paths: "share", flow: "stream" });

/** @param {AnalysisEvent} event */
function isOfToday({ question, finding }) {
  const need = NEEDS[question.kind];
  return need === undefined || !finding || finding.arms.every((/** @type {any} */ arm) => need in arm);
}

/**
 * The newest analyses that a tab can show, one for each shown depth (shattering has no depth). A click on a block is
 * told elsewhere, it has no chart.
 * @param {AnalysisEvent[]} analyses oldest first
 * @param {string} tab
 * @param {{depth: number}[]} sides
 * @returns {AnalysisEvent[]}
 */
export function newest(analyses, tab, sides) {
  const depths = depthsOf(sides);
  const ofTab = analyses.filter(
    (event) =>
      TAB_OF[event.question.kind] === tab &&
      event.question.kind !== "lesion" &&
      (event.question.depth === undefined || depths.includes(event.question.depth)) &&
      isOfToday(event),
  );
  const last = ofTab[ofTab.length - 1];
  if (last?.question.depth === undefined) return last ? [last] : [];
  return depths.flatMap(
    (depth) => ofTab.findLast(({ question }) => question.kind === last.question.kind && question.depth === depth) ?? [],
  );
}

/**
 * One answer of several: with two depths side by side each arm comes from the answer about its own depth.
 * @param {AnalysisEvent[]} events of one kind, one a depth
 * @param {{arm: number, depth: number}[]} sides
 * @returns {AnalysisEvent | undefined}
 */
export function together(events, sides) {
  if (events.length < 2) return events[0];
  const worst = events.find(underWay) ?? events.find(({ state }) => state !== "finished") ?? events[0];
  const progress = events.reduce((sum, event) => sum + event.progress, 0) / events.length;
  if (events.some(({ finding }) => !finding)) return { ...worst, progress, finding: null };
  const entries = events[0].finding.surfaces ? "surfaces" : "arms";
  const finding = {
    ...events[0].finding,
    [entries]: sides.flatMap(({ arm, depth }) =>
      events
        .filter(({ question }) => question.depth === depth)
        .flatMap((event) => event.finding[entries].filter((/** @type {any} */ one) => one.arm === arm)),
    ),
    words: [...new Set(events.flatMap((event) => event.finding.words))],
  };
  return { ...worst, progress, finding };
}

/**
 * Each shown depth once, the left one first.
 * @param {{depth: number}[]} sides
 */
export function depthsOf(sides) {
  return [...new Set(sides.map(({ depth }) => depth))];
}

/**
 * The newest answer to "what without these blocks".
 * @param {AnalysisEvent[]} analyses
 * @param {number} depth
 * @param {number[]} blocks
 */
export function withoutBlocks(analyses, depth, blocks) {
  return analyses.findLast(
    ({ question }) =>
      question.kind === "lesion" && question.depth === depth && String(question.blocks) === String(blocks),
  );
}

/** @param {AnalysisEvent | undefined} event */
export function underWay(event) {
  return event !== undefined && (event.state === "waiting" || event.state === "running");
}

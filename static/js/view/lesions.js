/** Lesions: a click on a block takes it out of the shown networks, and asks what they do without it. */
import { depthsOf, toggled, withoutBlocks } from "../model/answers.js";
import { isLecturer } from "../model/records.js";
import { isLive } from "../model/run.js";

/**
 * Take a block out of the shown networks, or put it back.
 * @param {import("../model/state.js").Store} store
 * @param {import("../net/session.js").Session} session
 * @param {number} block from 1
 */
export function toggleBlock(store, session, block) {
  const { state, actions } = store;
  if (!isLecturer() && !isKnown(store, block)) {
    actions.notify("lesion", `Nobody has asked what these networks do without block ${block}. The lecturer can.`);
    return;
  }
  if (state.runId.value === null) {
    actions.notify("lesion", "These networks are not trained yet. Press Train, then click a block.");
    return;
  }
  actions.toggleBlock(block);
  testLesions(store, session);
}

/**
 * Put the last block back that was taken out.
 * @param {import("../model/state.js").Store} store
 * @param {import("../net/session.js").Session} session
 */
export function undoLesion(store, session) {
  store.actions.undoLesion();
  testLesions(store, session);
}

/**
 * Whether it was found what the shown networks do when this block is taken out, or put back, too.
 * @param {import("../model/state.js").Store} store
 * @param {number} block
 */
function isKnown({ state }, block) {
  const { run, sides } = state.scene.value;
  const blocks = toggled(state.removed.value, block);
  const found = (/** @type {number} */ depth) => withoutBlocks(run.analyses, depth, blocks)?.state === "finished";
  return blocks.length === 0 || depthsOf(sides).every(found);
}

/**
 * Ask what the shown networks do without the blocks that are taken out, unless that is known.
 * @param {import("../model/state.js").Store} store
 * @param {import("../net/session.js").Session} session
 */
function testLesions({ state }, session) {
  const { run, sides } = state.scene.value;
  const blocks = state.removed.value;
  // of a recorded run only some weights are there, perhaps not the last
  const newest = isLive(run) ? run.step : run.checkpoints.at(-1);
  for (const depth of blocks.length > 0 ? depthsOf(sides) : []) {
    const known = withoutBlocks(run.analyses, depth, blocks);
    if (known?.state === "finished" && known.step === newest) continue;
    session.analyse({ kind: "lesion", depth, blocks }, null);
  }
}

/** The film of one pass forward and back: its moments, its captions, and what it adds to the diagrams. Pure. */
import { armName } from "./labels.js";
import { short } from "./numbers.js";
import { entryOf, sharesOf } from "./overlay.js";
import { decadesOf } from "./scales.js";

/** @typedef {import("./scene.js").Scene} Scene */
/** @typedef {import("./wire.js").ArmFlow} ArmFlow */

/** @param {ArmFlow} arm */
export function layersOf(arm) {
  return Array.from({ length: arm.layers }, (_, at) => at + 1);
}

/**
 * Whether a layer stands inside a branch: not the last of its block, and not the classifier.
 * @param {ArmFlow} arm
 * @param {number} layer
 */
export function isInside(arm, layer) {
  return layer < arm.layers && !arm.stream.includes(layer);
}

/**
 * The size at a layer: that of the stream where the layer ends a block, which in a dense network is all channels.
 * @param {ArmFlow} arm
 * @param {"forward" | "backward"} direction
 * @param {number} layer
 */
export function sizeAt(arm, direction, layer) {
  const index = arm.stream.indexOf(layer);
  return index >= 0 ? arm[`stream_${direction}`][0][index] : arm[direction][0][layer - 1];
}

/**
 * Whole exponents around the medians of one direction.
 * @param {ArmFlow[]} arms
 * @param {"forward" | "backward"} direction
 */
export function decades(arms, direction) {
  return decadesOf(arms.flatMap((arm) => arm[direction][0]));
}

/**
 * The moments of the film: the batch enters, every layer forward, the loss, every layer backward, the end. The
 * deeper arm sets the number; the other is at the same share of its own pass.
 * @param {number} layers
 * @param {number} moment from 0
 * @returns {{phase: 0 | 1 | 2 | 3 | 4, share: number}} share of the phase that is past
 */
export function momentOf(layers, moment) {
  if (moment <= 0) return { phase: 0, share: 0 };
  if (moment <= layers) return { phase: 1, share: moment / layers };
  if (moment === layers + 1) return { phase: 2, share: 1 };
  if (moment <= 2 * layers + 1) return { phase: 3, share: (moment - layers - 1) / layers };
  return { phase: 4, share: 1 };
}

/** @param {number} layers */
export function momentsOf(layers) {
  return 2 * layers + 3;
}

/**
 * The numbered caption of a moment.
 * @param {ArmFlow[]} arms
 * @param {Scene["run"]} run
 * @param {number} moment
 */
export function captionOf(arms, { experiment }, moment) {
  const nameOf = (/** @type {{arm: number, layers: number}} */ one) => `${armName(experiment, one.arm)}-${one.layers}`;
  const most = Math.max(...arms.map((arm) => arm.layers));
  const { phase, share } = momentOf(most, moment);
  const at = (/** @type {ArmFlow} */ arm) => Math.max(1, Math.round(share * arm.layers));
  const sizes = (/** @type {"forward" | "backward"} */ direction) =>
    arms
      .map((arm) => {
        const layer = direction === "forward" ? at(arm) : arm.layers + 1 - at(arm);
        return `${nameOf(arm)} layer ${layer}${isInside(arm, layer) ? " (inside a branch)" : ""}: ${short(sizeAt(arm, direction, layer))}`;
      })
      .join(" · ");
  switch (phase) {
    case 0:
      return "1 of 5. A batch of training images stands at the input.";
    case 1:
      return `2 of 5. Forward, size of the signal √mean h². ${sizes("forward")}.`;
    case 2:
      return "3 of 5. The loss compares the answers with the labels. Its gradient starts back.";
    case 3:
      return `4 of 5. Backward, size of the gradient ‖∂L/∂h‖. ${sizes("backward")}.`;
    default:
      return `5 of 5. What has come back to the first layer moves its weights. ${arms
        .map((arm) => `${nameOf(arm)}: ${short(arm.backward[0][0])}`)
        .join(" · ")}.`;
  }
}

/** @param {{layers: number}[]} arms */
export function deepest(arms) {
  return Math.max(...arms.map((arm) => arm.layers));
}

/**
 * The film's picture of one side; nothing while no film is shown.
 * @param {import("./types.js").Answer<import("./wire.js").FlowFinding>} answer
 * @param {import("./types.js").Side} side
 * @param {import("./types.js").Film} film
 * @returns {import("./types.js").Overlay}
 */
export function filmOverlay(answer, side, { moment }) {
  const arm = entryOf(answer.finding.arms, side);
  if (moment === null || !arm) return {};
  const { phase, share } = momentOf(deepest(answer.finding.arms), moment);
  const forward = phase < 3;
  const reached =
    phase === 0 ? 0 : phase === 2 || phase === 4 ? arm.layers : Math.max(1, Math.round(share * arm.layers));
  const front = forward ? reached : arm.layers + 1 - reached;
  const [column] = forward ? arm.forward : arm.backward;
  const shares = forward ? forwardShares(arm) : sharesOf(arm.shortcut_share[0]);
  const picture = {
    forward,
    front,
    // what the signal has not reached yet has no colour
    column: column.map((value, at) =>
      (forward ? at < reached : at + 1 >= front) ? (value ?? Number.NaN) : Number.NaN,
    ),
    decades: decades(answer.finding.arms, forward ? "forward" : "backward"),
    shares,
  };
  return { film: picture, shares };
}

/**
 * What reaches every ⊕ by shortcut and branch, as shares of both.
 * @param {ArmFlow} arm
 */
function forwardShares(arm) {
  return arm.shortcut_forward[0].map((value, at) => {
    const [shortcut, branch] = [value ?? 0, arm.branch_forward[0][at] ?? 0];
    const sum = shortcut + branch;
    return sum > 0 ? { shortcut: shortcut / sum, branch: branch / sum } : { shortcut: 0, branch: 0 };
  });
}

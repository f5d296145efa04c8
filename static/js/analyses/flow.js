/** Flow: one pass forward and one back, what arrives at every layer and at every ⊕ by each way. Pure. */
import { short } from "../numbers.js";
import { banded, decadesOf, inRows, logAxis, nameOf, shown, style } from "./common.js";

/** @typedef {import("../charts/scene.js").Scene} Scene */

/** @type {import("./types.js").Kind} */
export const flow = {
  name: "flow",
  label: "Flow",
  about:
    "A batch goes forward and its gradient comes back, drawn in the diagrams above layer by layer. Strengths are measured, not for show. The line follows the stream, what one block hands to the next; hollow marks are layers inside a branch, which see only the part that takes it.",
  actions: [{ label: "Measure a pass", question: { kind: "flow" } }],
  fields: [],
  pictures(event, scene) {
    const arms = shown(event.finding.arms, scene);
    return [
      curve(arms, scene, "forward", "Forward", "√mean h²; median and range of the seeds, log scale"),
      curve(arms, scene, "backward", "Backward", "‖∂L/∂h‖; median and range of the seeds, log scale"),
    ];
  },
  numbers(event, scene) {
    const arms = shown(event.finding.arms, scene);
    const most = Math.max(...arms.map((/** @type {any} */ arm) => arm.layers));
    return inRows(
      ["layer", ...arms.flatMap((arm) => [`${nameOf(arm, scene)}`, "forward", "backward"])],
      [
        Array.from({ length: most }, (_, at) => at + 1),
        ...arms.flatMap((arm) => [
          layersOf(arm).map((layer) => (isInside(arm, layer) ? "in a branch" : "stream")),
          ...["forward", "backward"].map((way) =>
            layersOf(arm).map((layer) => sizeAt(arm, /** @type {"forward" | "backward"} */ (way), layer)),
          ),
        ]),
      ],
      short,
    );
  },
};

/**
 * A line along the stream, that is through what one block hands to the next; dots for the layers inside branches.
 * @param {any[]} arms
 * @param {Scene} scene
 * @param {"forward" | "backward"} way
 * @param {string} title
 * @param {string} about
 * @returns {import("./types.js").Picture}
 */
function curve(arms, scene, way, title, about) {
  const layers = Math.max(...arms.map((arm) => arm.layers));
  return {
    title,
    about,
    traces: arms.flatMap((arm) => {
      const inside = layersOf(arm).filter((layer) => isInside(arm, layer));
      const { colour, marker } = style(arm.arm, scene);
      const dots = {
        x: inside,
        y: inside.map((layer) => arm[way][0][layer - 1] || null),
        mode: "markers",
        marker: { color: colour, symbol: `${marker}-open`, size: scene.view.presenter ? 7 : 4, opacity: 0.6 },
        hoverinfo: "skip",
      };
      const stream = arm[`stream_${way}`].map((/** @type {(number | null)[]} */ column) =>
        column.map((value) => value || null),
      );
      return [...banded(arm.stream, stream, arm.arm, scene), ...(inside.length > 0 ? [dots] : [])];
    }),
    x: { range: [0, layers + 1], title: { text: "layer (1 = nearest the input)" } },
    y: logAxis(arms.flatMap((arm) => [...arm[way].flat(), ...arm[`stream_${way}`].flat()])),
  };
}

/** @param {any} arm */
function layersOf(arm) {
  return Array.from({ length: arm.layers }, (_, at) => at + 1);
}

/**
 * Whether a layer stands inside a branch: not the last of its block, and not the classifier.
 * @param {any} arm
 * @param {number} layer
 */
function isInside(arm, layer) {
  return layer < arm.layers && !arm.stream.includes(layer);
}

/**
 * What is told of a layer: of the stream where it stands in it, which in a dense network is all channels there.
 * @param {any} arm
 * @param {"forward" | "backward"} way
 * @param {number} layer
 */
export function sizeAt(arm, way, layer) {
  const place = arm.stream.indexOf(layer);
  return place >= 0 ? arm[`stream_${way}`][0][place] : arm[way][0][layer - 1];
}

/**
 * Whole exponents around the medians of one way.
 * @param {any[]} arms
 * @param {"forward" | "backward"} way
 */
export function decades(arms, way) {
  return decadesOf(arms.flatMap((arm) => arm[way][0]));
}

/**
 * The moments of the film: the batch enters, every layer forward, the loss, every layer backward, the end. The
 * deeper arm sets the number; the other is at the same share of its own way.
 * @param {number} layers
 * @param {number} moment from 0
 * @returns {{phase: 0 | 1 | 2 | 3 | 4, share: number}} share of the way in this phase
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
 * @param {any[]} arms
 * @param {Scene} scene
 * @param {number} moment
 */
export function captionOf(arms, scene, moment) {
  const most = Math.max(...arms.map((arm) => arm.layers));
  const { phase, share } = momentOf(most, moment);
  const at = (/** @type {any} */ arm) => Math.max(1, Math.round(share * arm.layers));
  const told = (/** @type {"forward" | "backward"} */ way) =>
    arms
      .map((arm) => {
        const layer = way === "forward" ? at(arm) : arm.layers + 1 - at(arm);
        return `${nameOf(arm, scene)} layer ${layer}${isInside(arm, layer) ? " (inside a branch)" : ""}: ${short(sizeAt(arm, way, layer))}`;
      })
      .join(" · ");
  switch (phase) {
    case 0:
      return "1 of 5. A batch of training images stands at the input.";
    case 1:
      return `2 of 5. Forward, size of the signal √mean h². ${told("forward")}.`;
    case 2:
      return "3 of 5. The loss compares the answers with the labels. Its gradient starts back.";
    case 3:
      return `4 of 5. Backward, size of the gradient ‖∂L/∂h‖. ${told("backward")}.`;
    default:
      return `5 of 5. What has come back to the first layer moves its weights. ${arms
        .map((arm) => `${nameOf(arm, scene)}: ${short(arm.backward[0][0])}`)
        .join(" · ")}.`;
  }
}

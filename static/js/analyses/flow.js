/** Flow: one pass forward and one back, what arrives at every layer and at every ⊕ by each way. Pure. */
import { powerOfTen, short } from "../numbers.js";
import { inRows, nameOf, shown, style } from "./common.js";

/** @typedef {import("../charts/scene.js").Scene} Scene */

/** @type {import("./types.js").Kind} */
export const flow = {
  name: "flow",
  label: "Flow",
  about:
    "A batch goes forward and its gradient comes back, drawn in the diagrams above layer by layer. Strengths are measured, not for show.",
  actions: [{ label: "Measure a pass", question: { kind: "flow" } }],
  fields: [],
  pictures(event, scene) {
    const arms = shown(event.finding.arms, scene);
    return [
      curve(arms, scene, "forward", "Forward", "√mean h² of every layer, log scale"),
      curve(arms, scene, "backward", "Backward", "‖∂L/∂h‖ of every layer, log scale"),
    ];
  },
  numbers(event, scene) {
    const arms = shown(event.finding.arms, scene);
    const most = Math.max(...arms.map((/** @type {any} */ arm) => arm.forward.length));
    return inRows(
      ["layer", ...arms.flatMap((arm) => [`${nameOf(arm, scene)} forward`, "backward"])],
      [
        Array.from({ length: most }, (_, at) => at + 1),
        ...arms.flatMap((/** @type {any} */ arm) => [arm.forward, arm.backward]),
      ],
      short,
    );
  },
};

/**
 * @param {any[]} arms
 * @param {Scene} scene
 * @param {"forward" | "backward"} way
 * @param {string} title
 * @param {string} about
 * @returns {import("./types.js").Picture}
 */
function curve(arms, scene, way, title, about) {
  const [low, high] = decades(arms, way);
  const every = Math.max(1, Math.ceil((high - low) / 5));
  const ticks = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, at) => low + at * every);
  const layers = Math.max(...arms.map((arm) => arm[way].length));
  return {
    title,
    about,
    traces: arms.map((arm) => {
      const { colour, dash, marker } = style(arm.arm, scene);
      return {
        x: arm[way].map((/** @type {unknown} */ _, /** @type {number} */ at) => at + 1),
        y: arm[way].map((/** @type {number | null} */ value) => (value ? value : null)),
        mode: "lines+markers",
        line: { color: colour, width: scene.view.presenter ? 4 : 2, dash },
        marker: { color: colour, symbol: marker, size: scene.view.presenter ? 9 : 5 },
        hoverinfo: "skip",
      };
    }),
    x: { range: [0, layers + 1], title: { text: "layer (1 = nearest the input)" } },
    y: {
      type: "log",
      range: [low - 0.15, high + 0.15],
      tickvals: ticks.map((exponent) => 10 ** exponent),
      ticktext: ticks.map(powerOfTen),
    },
  };
}

/**
 * Whole exponents around all positive values of one way.
 * @param {any[]} arms
 * @param {"forward" | "backward"} way
 * @returns {[number, number]}
 */
export function decades(arms, way) {
  const logs = arms
    .flatMap((arm) => arm[way])
    .filter((value) => value > 0)
    .map(Math.log10);
  if (logs.length === 0) return [-1, 1];
  const low = Math.floor(logs.reduce((one, other) => Math.min(one, other)));
  return [low, Math.max(low + 1, Math.ceil(logs.reduce((one, other) => Math.max(one, other))))];
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
        return `${nameOf(arm, scene)} layer ${layer}: ${short(arm[way][layer - 1])}`;
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
        .map((arm) => `${nameOf(arm, scene)}: ${short(arm.backward[0])}`)
        .join(" · ")}.`;
  }
}

/**
 * Refinement: what a linear probe reads after every block, and whether a block points down the gradient (Alain & Bengio
 * 2016; Jastrzębski et al. 2018). Pure.
 */
import { percent, short } from "../../model/numbers.js";
import { banded, inRows, layerAxis, level, nameOf, numbersOf, ofInputs, shown, style } from "../charts/traces.js";

/** @typedef {import("../../model/wire.js").ArmRefinement} ArmRefinement */
/** @typedef {import("../../model/scene.js").Scene} Scene */

/** @type {import("../../model/types.js").Kind<import("../../model/wire.js").RefinementFinding>} */
export const analysis = {
  about:
    "What each block adds to what is known of the class. A probe is a linear classifier of its own that reads the output of a block; the network stays as it is. The cosine says where a residual block moves its input h: above 0, F(h) points along −∂L/∂h, to where the loss is lower, to first order.",
  actions: [{ label: "Train the probes", question: { kind: "refinement" } }],
  fields: [
    {
      name: "examples",
      label: "Training examples",
      choices: [
        ["2000", "at most 2 000"],
        ["500", "at most 500"],
        ["10000", "at most 10 000"],
      ],
    },
  ],
  pictures({ finding }, scene) {
    const arms = shown(finding.arms, scene);
    const steering = arms.filter(hasCosine);
    return [accuracies(finding, arms, scene), ...(steering.length > 0 ? [cosines(steering, scene)] : [])];
  },
  numbers({ finding }, scene) {
    const arms = shown(finding.arms, scene);
    const layers = numbersOf(arms.map((arm) => arm.states));
    const rows = ["inputs", ...layers.map(String), "network itself"];
    const columns = arms.flatMap((arm) => {
      const probes = layers.map((layer) => percent(arm.accuracy[0][arm.states.indexOf(layer)]));
      const cosine = layers.map((layer) => arm.cosine[0][arm.blocks.indexOf(layer)]);
      return [
        {
          head: `${nameOf(arm, scene)}: probe`,
          values: [percent(finding.inputs_accuracy), ...probes, percent(arm.own_accuracy[0])],
        },
        ...(hasCosine(arm) ? [{ head: "cosine", values: ["", ...cosine, ""] }] : []),
      ];
    });
    return inRows(
      ["after layer", ...columns.map(({ head }) => head)],
      [rows, ...columns.map(({ values }) => values)],
      short,
    );
  },
};

/** @param {ArmRefinement} arm */
function hasCosine(arm) {
  return arm.cosine[0].some((value) => value !== null);
}

/**
 * @param {import("../../model/wire.js").RefinementFinding} finding
 * @param {ArmRefinement[]} arms
 * @param {Scene} scene
 * @returns {import("../../model/types.js").Picture}
 */
function accuracies({ chance, inputs_accuracy }, arms, scene) {
  const x = layerAxis(arms);
  const ends = /** @type {[number, number]} */ (x.range);
  return {
    title: "Linear probes",
    about: "test accuracy; □ of the inputs; dotted: the network itself, grey: chance",
    traces: [
      level(ends, chance, scene.colours.quiet),
      ...arms.map((arm) => level(ends, arm.own_accuracy[0], style(arm.arm, scene).colour)),
      ...arms.flatMap((arm) => banded(arm.states, arm.accuracy, arm.arm, scene)),
      ofInputs(inputs_accuracy, scene),
    ],
    x,
    y: { range: [0, 1.04], tickformat: ".0%" },
  };
}

/**
 * @param {ArmRefinement[]} arms
 * @param {Scene} scene
 * @returns {import("../../model/types.js").Picture}
 */
function cosines(arms, scene) {
  const values = arms.flatMap((arm) => arm.cosine.flat()).map((value) => value ?? 0);
  const low = Math.min(-0.05, ...values);
  const high = Math.max(0.05, ...values);
  const room = 0.06 * (high - low);
  return {
    title: "Cosine of F(h) with −∂L/∂h",
    about: "mean of the test examples; median and range of the seeds",
    traces: arms.flatMap((arm) => banded(arm.blocks, arm.cosine, arm.arm, scene)),
    x: layerAxis(arms),
    y: { range: [low - room, high + room], zeroline: true, zerolinecolor: scene.colours.quiet },
  };
}

/**
 * Signal: what becomes of an input on its way through the network, before training and after (Pennington et al. 2017;
 * Yang & Schoenholz 2017; De & Smith 2020). Pure.
 */
import { short } from "../../model/numbers.js";
import {
  banded,
  inRows,
  layerAxis,
  logAxis,
  logAxisWithZero,
  nameOf,
  numbersOf,
  ofInputs,
  predicted,
  shown,
  style,
} from "../charts/traces.js";

/** @typedef {import("../../model/wire.js").ArmSignal} ArmSignal */
/** @typedef {import("../../model/scene.js").Scene} Scene */
/** @typedef {import("../../model/types.js").Picture} Picture */
/** @typedef {"correlation" | "mean_square" | "branch_share"} Measure which theory may predict, too */

/** How faint the lines of the initial weights are. */
const FAINT = 0.4;

/** @type {import("../../model/types.js").Kind<import("../../model/wire.js").SignalFinding>} */
export const analysis = {
  about:
    "What becomes of inputs on their way: how alike two of them still are, how much of the variance at each ⊕ comes from the branch, and how far a small change of the input carries. Faint: before training; solid: the weights asked about. A thin dashed line is what mean-field theory predicts before training, in the limit of infinite width, where it has a prediction.",
  more: "The Jacobian ∂h/∂x says what a small change of the input becomes. Its singular values σ are the factors by which it stretches directions of the input; where one is 0, a direction is lost. Below, their mean square; and the median, over the area from the smallest to the largest, before training and after.",
  actions: [{ label: "Measure the signal", question: { kind: "signal" } }],
  fields: [
    {
      name: "examples",
      label: "Test examples",
      choices: [
        ["64", "64"],
        ["16", "16"],
        ["128", "128"],
      ],
    },
    {
      name: "jacobians",
      label: "Jacobian",
      choices: [
        ["8", "at 8 of them"],
        ["16", "at 16 of them"],
        ["0", "not taken"],
      ],
    },
  ],
  pictures({ finding }, scene) {
    const arms = shown(finding.arms, scene);
    const joined = arms.filter((arm) => arm.after.branch_share[0].length > 0);
    const derived = arms.filter((arm) => arm.after.mean_square[0].length > 0);
    return [
      correlation(finding.inputs_correlation, arms, scene),
      ...(joined.length > 0 ? [branchShare(joined, scene)] : []),
      ...(derived.length > 0 ? [meanSquare(derived, scene), ...spectra(derived, scene)] : []),
    ];
  },
  numbers({ finding }, scene) {
    const arms = shown(finding.arms, scene);
    const layers = numbersOf(arms.map((arm) => arm.states));
    const columns = arms.flatMap((arm) =>
      [
        ...columnsOf(arm, arm.states, "correlation", "cosine"),
        ...columnsOf(arm, arm.states, "mean_square", "mean σ²"),
        ...spectrumColumns(arm),
        ...columnsOf(arm, arm.blocks, "branch_share", "share of the branch"),
      ].map(({ head, at, values }) => ({
        head: `${nameOf(arm, scene)}: ${head}`,
        values: layers.map((layer) => values[at.indexOf(layer)]),
      })),
    );
    return inRows(
      ["after layer", ...columns.map(({ head }) => head)],
      [layers, ...columns.map(({ values }) => values)],
      short,
    );
  },
};

/**
 * Before and after training, and the prediction.
 * @param {ArmSignal} arm
 * @param {number[]} x
 * @param {Measure} measure
 * @param {Scene} scene
 */
function lines(arm, x, measure, scene) {
  return [
    ...banded(x, arm.before[measure], arm.arm, scene, { opacity: FAINT }),
    ...(arm.expected ? [predicted(x, arm.expected[measure], arm.arm, scene)] : []),
    ...banded(x, arm.after[measure], arm.arm, scene),
  ];
}

/**
 * @param {number | null} ofTwoInputs
 * @param {ArmSignal[]} arms
 * @param {Scene} scene
 * @returns {Picture}
 */
function correlation(ofTwoInputs, arms, scene) {
  const values = arms.flatMap((arm) => [...arm.before.correlation.flat(), ...arm.after.correlation.flat()]);
  const low = Math.min(0, ...values.map((value) => value ?? 0));
  return {
    title: "Correlation of two inputs",
    about: "mean cosine; faint: before training, thin: theory; □ inputs",
    traces: [...arms.flatMap((arm) => lines(arm, arm.states, "correlation", scene)), ofInputs(ofTwoInputs, scene)],
    x: layerAxis(arms),
    y: { range: [1.04 * low - 0.04, 1.04] },
  };
}

/**
 * @param {ArmSignal[]} arms
 * @param {Scene} scene
 * @returns {Picture}
 */
function branchShare(arms, scene) {
  return {
    title: "The branch’s share of the variance",
    about: "at every ⊕; faint: before training, thin: theory",
    traces: arms.flatMap((arm) => lines(arm, arm.blocks, "branch_share", scene)),
    x: layerAxis(arms),
    y: { range: [-0.04, 1.04], tickformat: ".0%" },
  };
}

/**
 * @param {ArmSignal[]} arms
 * @param {Scene} scene
 * @returns {Picture}
 */
function meanSquare(arms, scene) {
  return {
    title: "Mean σ² of the Jacobian",
    about: "range of the seeds, log scale",
    traces: arms.flatMap((arm) => lines(arm, arm.states, "mean_square", scene)),
    x: layerAxis(arms),
    y: logAxis(
      arms.flatMap((arm) => [
        ...arm.before.mean_square.flat(),
        ...arm.after.mean_square.flat(),
        ...(arm.expected?.mean_square ?? []),
      ]),
    ),
  };
}

/**
 * Singular values before and after training, on the same axes.
 * @param {ArmSignal[]} arms
 * @param {Scene} scene
 * @returns {Picture[]}
 */
function spectra(arms, scene) {
  const moments = /** @type {const} */ (["before", "after"]);
  const bands = moments.map((when) =>
    arms.map((arm) => {
      const { median, smallest, largest } = arm[when];
      return [median[0], smallest[0], largest[0]];
    }),
  );
  const { axis, at } = logAxisWithZero(bands.flat(3));
  return moments.map((when, moment) => ({
    title: `σ ${when} training`,
    about: "smallest to largest, log scale",
    traces: arms.flatMap((arm, index) => {
      const band = bands[moment][index].map((column) => column.map(at));
      const opacity = when === "before" ? FAINT : 1;
      const edge = { x: arm.states, mode: "lines", opacity, line: { color: style(arm.arm, scene).colour, width: 1 } };
      const edges = band.slice(1).map((y) => ({ ...edge, y, hoverinfo: "skip" }));
      return [...banded(arm.states, band, arm.arm, scene, { opacity }), ...edges];
    }),
    x: layerAxis(arms),
    y: axis,
  }));
}

/**
 * The medians of a measure over the seeds, before and after, and the prediction where there is one.
 * @param {ArmSignal} arm
 * @param {number[]} at layers
 * @param {Measure} measure
 * @param {string} name
 */
function columnsOf(arm, at, measure, name) {
  if (arm.after[measure][0].length === 0) return [];
  const theory = arm.expected?.[measure];
  return [
    { head: `${name} before`, at, values: arm.before[measure][0] },
    ...(theory ? [{ head: `${name} in theory`, at, values: theory }] : []),
    { head: `${name} after`, at, values: arm.after[measure][0] },
  ];
}

/** @param {ArmSignal} arm */
function spectrumColumns(arm) {
  if (arm.after.median[0].length === 0) return [];
  return /** @type {const} */ (["before", "after"]).flatMap((when) =>
    /** @type {const} */ (["smallest", "median", "largest"]).map((which) => ({
      head: `${which} σ ${when}`,
      at: arm.states,
      values: arm[when][which][0],
    })),
  );
}

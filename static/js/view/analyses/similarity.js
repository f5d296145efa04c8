/** Similarity: linear CKA of all layers of both arms with all (Kornblith et al. 2019; Nguyen et al. 2021). Pure. */
import { short } from "../../model/numbers.js";
import { matrix } from "../charts/matrix.js";
import { banded, inRows, layerAxis, nameOf, numbersOf, shown } from "../charts/traces.js";

/** @typedef {import("../../model/wire.js").SimilarityFinding} SimilarityFinding */
/** @typedef {import("../../model/wire.js").ArmLayers} ArmLayers */
/** @typedef {import("../../model/scene.js").Scene} Scene */
/** @typedef {import("../../model/types.js").Picture} Picture */
/** @typedef {(number | null)[][]} Cells */

/** @type {import("../../model/types.js").Kind<SimilarityFinding>} */
export const analysis = {
  about:
    "Do two layers place the examples alike? Centred kernel alignment (CKA) compares every layer with every other: 1 where they do, up to rotation and scale, around 0 where they have nothing in common. A bright square on the diagonal is a stretch of layers that hardly change what they are given.",
  more: "At one depth the two arms are compared, seed by seed. Beside it: how alike two seeds of one arm are; only a larger gap than that counts as a difference between arms.",
  actions: [{ label: "Compare all layers", question: { kind: "similarity" } }],
  fields: [
    {
      name: "examples",
      label: "Test examples",
      choices: [
        ["256", "256"],
        ["64", "64"],
        ["512", "512"],
      ],
    },
  ],
  pictures({ finding }, scene) {
    const arms = shown(finding.arms, scene).slice(0, 2);
    const own = ownCells(finding, scene);
    const across = acrossCells(finding, arms);
    const seeds = arms.filter((arm) => arm.between_seeds[0].length > 0);
    return [
      ...arms.map((arm, index) => layerByLayer(own[index], arm, arm, scene)),
      ...(across ? [layerByLayer(across, arms[0], arms[1], scene)] : []),
      ...(seeds.length > 0 ? [betweenSeeds(seeds, scene)] : []),
    ];
  },
  numbers({ finding }, scene) {
    const arms = shown(finding.arms, scene).slice(0, 2);
    const own = ownCells(finding, scene);
    const across = acrossCells(finding, arms);
    const layers = numbersOf(arms.map((arm) => arm.shown));
    const along = (/** @type {ArmLayers} */ arm, /** @type {(number | string | null)[]} */ values) =>
      layers.map((layer) => values[arm.shown.indexOf(layer)]);
    const columns = arms.flatMap((arm, index) => [
      {
        head: `${nameOf(arm, scene)}: CKA with the next shown layer`,
        values: along(
          arm,
          own[index].map((row, at) => row[at + 1] ?? null),
        ),
      },
      { head: "of two seeds", values: along(arm, arm.between_seeds[0]) },
    ]);
    if (across) {
      const [left, right] = arms;
      const best = left.shown.map((_, at) => mostAlike(across.map((row) => row[at])));
      columns.push(
        {
          head: `${nameOf(left, scene)}: most like layer of ${nameOf(right, scene)}`,
          values: along(
            left,
            best.map((at) => (at === null ? null : String(right.shown[at]))),
          ),
        },
        {
          head: "CKA with it",
          values: along(
            left,
            best.map((at, column) => (at === null ? null : across[at][column])),
          ),
        },
      );
    }
    return inRows(
      ["layer", ...columns.map(({ head }) => head)],
      [layers, ...columns.map(({ values }) => values)],
      short,
    );
  },
};

/**
 * The matrices of the shown arms with themselves, in the order of the shown arms.
 * @param {SimilarityFinding} finding
 * @param {Scene} scene
 * @returns {Cells[]}
 */
function ownCells({ pairs }, scene) {
  return shown(
    pairs.filter((pair) => pair.arm === pair.other),
    scene,
  ).map(({ cka }) => cka);
}

/**
 * The matrix of two arms: a column for each layer of the first, a row for each of the second. Undefined where there
 * are not two, where their networks are of different depths, or have no seed in common.
 * @param {SimilarityFinding} finding
 * @param {ArmLayers[]} arms
 * @returns {Cells | undefined}
 */
function acrossCells({ pairs }, [first, second]) {
  if (!second || first.arm === second.arm) return undefined;
  const between = (/** @type {ArmLayers} */ one, /** @type {ArmLayers} */ other) =>
    pairs.find(({ arm, other: its, cka }) => arm === one.arm && its === other.arm && cka.length > 0)?.cka;
  const cells = between(first, second);
  return between(second, first) ?? cells?.[0].map((_, column) => cells.map((row) => row[column]));
}

/**
 * @param {Cells} cells
 * @param {ArmLayers} across
 * @param {ArmLayers} up
 * @param {Scene} scene
 * @returns {Picture}
 */
function layerByLayer(cells, across, up, scene) {
  const [name, other] = [across, up].map((arm) => nameOf(arm, scene));
  const own = across === up;
  return {
    title: own ? name : `${name} and ${other}`,
    about: "CKA of all layers; median of the seeds",
    ...matrix(
      cells,
      { labels: across.shown, title: `layer of ${name}` },
      { labels: up.shown, title: `layer of ${other}` },
    ),
  };
}

/**
 * @param {ArmLayers[]} arms
 * @param {Scene} scene
 * @returns {Picture}
 */
function betweenSeeds(arms, scene) {
  const values = arms.flatMap((arm) => arm.between_seeds.flat()).map((value) => value ?? 0);
  return {
    title: "Two seeds of one arm",
    about: "CKA of each layer; median and range of the pairs",
    traces: arms.flatMap((arm) => banded(arm.shown, arm.between_seeds, arm.arm, scene)),
    x: layerAxis(arms),
    y: { range: [1.04 * Math.min(0, ...values) - 0.04, 1.04] },
  };
}

/**
 * Where the highest value stands.
 * @param {(number | null)[]} values
 * @returns {number | null}
 */
function mostAlike(values) {
  const highest = Math.max(...values.map((value) => value ?? -Infinity));
  return highest === -Infinity ? null : values.indexOf(highest);
}

/** Paths: how many there are of each length, and which of them carry the gradient (Veit et al. 2016). Pure. */
import { short } from "../../model/numbers.js";
import { entryOf, sharesOf } from "../../model/overlay.js";
import { BLOCK, banded, inRows, logAxis, nameOf, shown } from "../charts/traces.js";

/** @typedef {import("../../model/wire.js").ArmPaths} ArmPaths */

/** @type {import("../../model/types.js").Kind<import("../../model/wire.js").PathsFinding>} */
export const analysis = {
  about:
    "A network of n residual blocks has 2ⁿ paths from end to end: each block is passed through its branch F or by its shortcut. The gradient g that comes back to layer 1 is the sum of what comes along every path. The share of a length k is how much its part gₖ adds in the direction of g: ⟨gₖ, g⟩ ∕ ‖g‖². Shares add up to 100 %; below 0, a part points against g. At every ⊕ the two ways are measured alike.",
  more: "Single paths, as Veit et al. (2016, figure 6) measured them: some of each length, drawn at random; mean and range of paths and seeds. Third is the mean size times the number of paths. Sizes cannot cancel and gradients can, so it need not agree with the shares above.",
  actions: [{ label: "Take the gradient apart", question: { kind: "paths" } }],
  fields: [],
  // answers of older versions have no shares of the gradient
  shows: ({ finding }) => !finding || finding.arms.every((arm) => "share" in arm),
  overlay: (answer, side) => ({ shares: sharesOf(entryOf(answer.finding.arms, side)?.shortcut[0]) }),
  pictures(event, scene) {
    const arms = shown(event.finding.arms, scene);
    // a plain network has one path and no shortcut: there is nothing to sample
    const many = arms.filter((arm) => arm.sampled.every((count) => count > 0));
    const crossed = many.length > 0 ? many : arms;
    const x = {
      range: [-0.6, Math.max(1, ...arms.flatMap((arm) => arm.lengths)) + 0.6],
      title: { text: "weight layers in the branches of the path", short: "layers in branches" },
    };
    const blocks = Math.max(1, ...arms.map((arm) => arm.shortcut[0].length));
    const along = (/** @type {ArmPaths[]} */ some, /** @type {"share" | "single" | "product"} */ field) =>
      some.flatMap((arm) => banded(arm.lengths, arm[field], arm.arm, scene));
    const pictures = [
      {
        title: "Gradient by path length",
        about: "share of the gradient; mean and range of the seeds",
        traces: along(arms, "share"),
        x,
        y: shareAxis(arms.map((arm) => arm.share)),
      },
      {
        title: "Through the shortcut",
        about: "share of the gradient at every ⊕; the rest comes through F",
        traces: crossed.flatMap((arm) =>
          banded(
            arm.shortcut[0].map((_, at) => at + 1),
            arm.shortcut,
            arm.arm,
            scene,
          ),
        ),
        x: { range: [0.4, blocks + 0.6], title: BLOCK },
        y: shareAxis(crossed.map((arm) => arm.shortcut)),
      },
    ];
    if (many.length === 0) return pictures;
    const sizes = many.flatMap((arm) => arm.single.flat());
    const numbers = many.map((arm) => ({ ...arm, share: [arm.paths, arm.paths, arm.paths] }));
    return [
      ...pictures,
      {
        title: "Number of paths",
        about: "share of all 2ⁿ",
        traces: along(numbers, "share"),
        x,
        y: shareAxis(
          numbers.map((arm) => arm.share),
          0,
        ),
      },
      {
        title: "Size of one path",
        about: "norm of its gradient, log scale",
        traces: along(many, "single"),
        x,
        y: logAxis(sizes),
      },
      {
        title: "Size × number",
        about: "share of their sum",
        traces: along(many, "product"),
        x,
        y: shareAxis(
          many.map((arm) => arm.product),
          0,
        ),
      },
    ];
  },
  numbers(event, scene) {
    const arms = shown(event.finding.arms, scene);
    // blocks of different arms have different numbers of layers
    const lengths = [...new Set(arms.flatMap((arm) => arm.lengths))].sort((one, other) => one - other);
    const blocks = Math.max(0, ...arms.map((arm) => arm.shortcut[0].length));
    const at = (/** @type {ArmPaths} */ arm, /** @type {(number | null)[]} */ column) =>
      lengths.map((length) => column[arm.lengths.indexOf(length)]);
    return inRows(
      [
        "weight layers of branches",
        ...arms.flatMap((arm) => [
          `${nameOf(arm, scene)}: share of paths`,
          "share of gradient",
          "size of one path",
          "size × number, share",
        ]),
        "block",
        ...arms.map((arm) => `${nameOf(arm, scene)}: share by the shortcut`),
      ],
      [
        lengths,
        ...arms.flatMap((arm) => [arm.paths, arm.share[0], arm.single[0], arm.product[0]].map((one) => at(arm, one))),
        Array.from({ length: blocks }, (_, block) => String(block + 1)),
        ...arms.map((arm) => arm.shortcut[0]),
      ],
      short,
    );
  },
};

/**
 * The axis of shares: from 0 to 1, or as far beyond as they go; no higher than needed where ``least`` is given.
 * @param {import("../../model/types.js").Band[]} bands
 * @param {number} [least] the end that is always in sight
 */
export function shareAxis(bands, least = 1) {
  const values = bands.flat(2).filter((value) => value !== null);
  const low = Math.min(0, ...values);
  const high = Math.max(least, ...values);
  const room = 0.04 * (high - low || 1);
  return { range: [low - room, high + room], tickformat: ".0%", zeroline: low < 0 };
}

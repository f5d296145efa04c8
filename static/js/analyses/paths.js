/** Paths: how many there are of each length, and which of them carry the gradient (Veit et al. 2016). Pure. */
import { short } from "../numbers.js";
import { banded, inRows, nameOf, shown } from "./common.js";

/** @type {import("./types.js").Kind} */
export const paths = {
  name: "paths",
  label: "Paths",
  about:
    "A network of n residual blocks has 2ⁿ ways from end to end, each block passed or skipped. Measured: the gradient that comes back through exactly k blocks, and how it parts at every ⊕.",
  actions: [{ label: "Take the gradient apart", question: { kind: "paths" } }],
  fields: [],
  pictures(event, scene) {
    const arms = shown(event.finding.arms, scene);
    const end = Math.max(1, ...arms.flatMap((/** @type {any} */ arm) => arm.lengths));
    const blocks = Math.max(1, ...arms.map((/** @type {any} */ arm) => arm.shortcut[0].length));
    return [
      {
        title: "Gradient by path length",
        about: "lines: share of the gradient, median; grey: share of all paths",
        traces: [
          ...arms
            // a plain network has one path: there is nothing to compare it with
            .filter((/** @type {any} */ arm) => arm.paths.some((/** @type {number} */ share) => share > 0 && share < 1))
            .map((/** @type {any} */ arm) => ({
              x: arm.lengths,
              y: arm.paths,
              type: "bar",
              marker: { color: scene.colours.faint },
              opacity: 0.55,
              hoverinfo: "skip",
            })),
          ...arms.flatMap((/** @type {any} */ arm) => {
            const [middle] = shares(arm.gradient);
            return banded(arm.lengths, [middle, middle, middle], arm.arm, scene);
          }),
        ],
        x: { range: [-0.6, end + 0.6], title: { text: "blocks on the path" } },
        y: { range: [-0.03, 1.04], tickformat: ".0%" },
      },
      {
        title: "Through the shortcut",
        about: "share of the gradient at every ⊕; the rest goes through F",
        traces: arms.flatMap((/** @type {any} */ arm) =>
          banded(
            arm.shortcut[0].map((/** @type {unknown} */ _, /** @type {number} */ at) => at + 1),
            arm.shortcut,
            arm.arm,
            scene,
          ),
        ),
        x: { range: [0.4, blocks + 0.6], title: { text: "block (1 = nearest the input)" } },
        y: { range: [-0.03, 1.04], tickformat: ".0%" },
      },
    ];
  },
  numbers(event, scene) {
    const arms = shown(event.finding.arms, scene);
    const longest = arms.reduce((one, other) => (other.lengths.length > one.lengths.length ? other : one));
    return inRows(
      [
        "blocks on the path",
        ...arms.flatMap((arm) => [`${nameOf(arm, scene)}: share of paths`, "gradient", "share of gradient"]),
      ],
      [
        longest.lengths,
        ...arms.flatMap((/** @type {any} */ arm) => [arm.paths, arm.gradient[0], shares(arm.gradient)[0]]),
      ],
      short,
    );
  },
};

/**
 * Norms of the gradients of each length as shares of the sum of their medians.
 * @param {import("./types.js").Band} band
 * @returns {import("./types.js").Band}
 */
export function shares(band) {
  const sum = band[0].reduce((/** @type {number} */ total, value) => total + (value ?? 0), 0);
  return band.map((column) => column.map((value) => (value === null || sum === 0 ? null : value / sum)));
}

/** Flow: one pass forward and one back, what arrives at every layer and at every ⊕ by shortcut and branch. */
import { filmOverlay, isInside, layersOf, sizeAt } from "../../model/film.js";
import { short } from "../../model/numbers.js";
import { banded, inRows, LAYER, logAxis, nameOf, shown, style } from "../charts/traces.js";
import { filmPlayer, followFilm } from "../panels/film_player.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */

/** @type {import("../../model/types.js").Kind<import("../../model/wire.js").FlowFinding>} */
export const analysis = {
  about:
    "A batch goes forward and its gradient comes back, drawn in the diagrams above layer by layer. Strengths are measured, not for show. The line follows the stream, what one block hands to the next; hollow marks are layers inside a branch, which see only the part that takes it.",
  actions: [{ label: "Measure a pass", question: { kind: "flow" } }],
  fields: [],
  // answers of older versions do not say where the stream is
  shows: ({ finding }) => !finding || finding.arms.every((arm) => "stream" in arm),
  overlay: filmOverlay,
  below: filmPlayer,
  start: followFilm,
  pictures(event, scene) {
    const arms = shown(event.finding.arms, scene);
    return [
      curve(arms, scene, "forward", "Forward", "√mean h²; median and range of the seeds, log scale"),
      curve(arms, scene, "backward", "Backward", "‖∂L/∂h‖; median and range of the seeds, log scale"),
    ];
  },
  numbers(event, scene) {
    const arms = shown(event.finding.arms, scene);
    const most = Math.max(...arms.map((arm) => arm.layers));
    return inRows(
      ["layer", ...arms.flatMap((arm) => [`${nameOf(arm, scene)}`, "forward", "backward"])],
      [
        Array.from({ length: most }, (_, at) => at + 1),
        ...arms.flatMap((arm) => [
          layersOf(arm).map((layer) => (isInside(arm, layer) ? "in a branch" : "stream")),
          ...["forward", "backward"].map((direction) =>
            layersOf(arm).map((layer) => sizeAt(arm, /** @type {"forward" | "backward"} */ (direction), layer)),
          ),
        ]),
      ],
      short,
    );
  },
};

/**
 * A line along the stream, that is through what one block hands to the next; dots for the layers inside branches.
 * @param {import("../../model/wire.js").ArmFlow[]} arms
 * @param {Scene} scene
 * @param {"forward" | "backward"} direction
 * @param {string} title
 * @param {string} about
 * @returns {import("../../model/types.js").Picture}
 */
function curve(arms, scene, direction, title, about) {
  const layers = Math.max(...arms.map((arm) => arm.layers));
  return {
    title,
    about,
    traces: arms.flatMap((arm) => {
      const inside = layersOf(arm).filter((layer) => isInside(arm, layer));
      const { colour, marker } = style(arm.arm, scene);
      const dots = {
        x: inside,
        y: inside.map((layer) => arm[direction][0][layer - 1] || null),
        mode: "markers",
        marker: { color: colour, symbol: `${marker}-open`, size: scene.view.presenter ? 7 : 4, opacity: 0.6 },
        hoverinfo: "skip",
      };
      const stream = arm[`stream_${direction}`].map((column) => column.map((value) => value || null));
      return [...banded(arm.stream, stream, arm.arm, scene), ...(inside.length > 0 ? [dots] : [])];
    }),
    x: { range: [0, layers + 1], title: LAYER },
    y: logAxis(arms.flatMap((arm) => [...arm[direction].flat(), ...arm[`stream_${direction}`].flat()])),
  };
}

/** The pictures of an analysis as pictures to save. */
import { armName } from "../model/labels.js";
import { draw, layout } from "./charts/plot.js";
import { canDraw, surfacePicture } from "./charts/surface.js";

/** @typedef {import("../model/types.js").NamedKind} NamedKind */
/** @typedef {import("../model/scene.js").Scene} Scene */

/**
 * @param {NamedKind | undefined} kind
 * @param {import("../model/types.js").Answer<import("../model/types.js").Finding> | undefined} answer
 * @param {Scene} scene
 * @param {import("../model/types.js").Choices} choices
 * @param {number} index of the picture
 * @param {string} surfaces address of the bundle that draws them
 * @returns {import("./save_picture.js").Saved}
 */
export function savedAnswer(kind, answer, scene, choices, index, surfaces) {
  const pictureIn = (/** @type {Scene} */ shown) =>
    kind && answer ? kind.pictures(answer, shown, choices)[index] : undefined;
  const now = pictureIn(scene);
  const { z, solid } = now ?? {};
  const title = now?.title ?? "";
  const step = answer?.step === null || answer?.step === undefined ? "" : `; weights of step ${answer.step}`;
  return {
    ...{ scene, title: kind && title !== kind.label ? `${kind.label}: ${title}` : title, ramp: now?.ramp ?? null },
    name: `${kind?.name}-${"abcde"[index]}`,
    about: `${now?.about ?? ""}${step}`,
    // a picture of a single network names it
    plain: scene.run.experiment.arms.some((_, arm) => title.startsWith(armName(scene.run.experiment, arm))),
    ...(z && solid && canDraw()
      ? { pixels: (box, { colours }, scale) => surfacePicture(surfaces, z, colours, box, scale) }
      : {}),
    draw(element, get) {
      const picture = pictureIn(get());
      if (picture) draw(element, picture.traces, layout(element, get().colours, picture));
    },
  };
}

/** Saves a chart or a diagram of the shown run as a picture for a slide, with its legend and where it comes from. */
import { captionOf } from "../model/caption.js";
import { palette, styleOf, VIRIDIS_SCALE } from "../model/colours.js";
import { armName } from "../model/labels.js";
import { shapeOf } from "./arm_styles.js";
import { saveDrawing } from "./save_drawing.js";

/** @typedef {import("../model/scene.js").Scene} Scene */

/**
 * @typedef {object} Saved what is drawn and what it is called
 * @property {string} name of the file
 * @property {string} title
 * @property {string} about
 * @property {Scene} scene as the page shows it
 * @property {boolean} [plain] no legend of the arms: a single network, which the title names
 * @property {{low: string, high: string, label: string} | null} [ramp] ends of the colour scale
 * @property {(element: HTMLElement, scene: () => Scene) => void} draw
 * @property {(box: {width: number, height: number}, scene: Scene, scale: number) => Promise<string>} [pixels] the
 *   drawing as the text of an SVG that holds pixels; it can be saved as PNG only
 */

/**
 * @param {Saved} saved
 * @param {import("./save_drawing.js").How} how
 */
export async function savePicture({ name, title, about, scene: shown, plain = false, ramp = null, draw, pixels }, how) {
  const colours = palette(how.dark);
  const scene = { ...shown, colours, cursor: shown.cursor, view: { ...shown.view, presenter: false } };
  const { experiment } = scene.run;
  const arms = plain ? [] : [...new Set(scene.sides.map(({ arm }) => arm))];
  const around = {
    ...{ title, about, colours },
    legend: arms.map((arm) => {
      const { colour, dash, marker } = styleOf(experiment, arm, how.dark);
      return { name: armName(experiment, arm), colour, dash, shape: shapeOf(marker) };
    }),
    ramp: ramp && { ...ramp, stops: VIRIDIS_SCALE.map(([, colour]) => String(colour)) },
    caption: captionOf(scene.run, new Date().toISOString().slice(0, 10)),
  };
  await saveDrawing(
    {
      ...{ name, around },
      draw: (element) => draw(element, () => scene),
      ...(pixels ? { pixels: (box) => pixels(box, scene, how.scale) } : {}),
    },
    how,
  );
}

/** What the Lab's own charts and diagrams are as pictures to save: how each is drawn, its title and its colour scale. */
import { GRADIENT_SIGN } from "../model/labels.js";
import { powerOfTen } from "../model/numbers.js";
import { Curves } from "./charts/curves.js";
import { DegradationChart } from "./charts/degradation_chart.js";
import { DiagramChart } from "./charts/diagram.js";
import { Heatmap } from "./charts/heatmap.js";
import { LayersChart } from "./charts/layers_chart.js";
import { RegionsChart } from "./charts/regions.js";

/** @typedef {import("../model/scene.js").Scene} Scene */

/** @typedef {() => import("./charts/regions.js").Points | null} GetPoints the test set, where the data lie in the plane */

/** @type {Record<string, (element: HTMLElement, scene: () => Scene, points: GetPoints) => {draw(): void}>} by the id of the figure */
const CHARTS = {
  "chart-loss": (element, scene) => new Curves(element, scene, "loss"),
  "chart-accuracy": (element, scene) => new Curves(element, scene, "accuracy"),
  "chart-degradation": (element, scene) => new DegradationChart(element, scene),
  "chart-layers": (element, scene) => new LayersChart(element, scene),
  "chart-heat-a": (element, scene) => new Heatmap(element, scene, 0),
  "chart-heat-b": (element, scene) => new Heatmap(element, scene, 1),
  "chart-regions-a": (element, scene, points) => new RegionsChart(element, scene, 0, points),
  "chart-regions-b": (element, scene, points) => new RegionsChart(element, scene, 1, points),
  "side-a": (element, scene) => new DiagramChart(element, scene, 0),
  "side-b": (element, scene) => new DiagramChart(element, scene, 1),
};

/**
 * A chart or diagram of the Lab as a picture.
 * @param {string} id of the figure
 * @param {string} title that the page shows
 * @param {Scene} scene
 * @param {GetPoints} points
 * @returns {import("./save_picture.js").Saved}
 */
export function savedFigure(id, title, scene, points) {
  const { sides, view, decades, axis } = scene;
  const side = sides[id.endsWith("b") ? 1 : 0];
  const diagram = id.startsWith("side-");
  const heat = id.startsWith("chart-heat");
  const regions = id.startsWith("chart-regions");
  const sign = GRADIENT_SIGN[view.gradient];
  const at = scene.cursor === null ? "" : `, at step ${scene.cursor}`;
  const layers = `${side.name}, ${side.layers} layers`;
  /** @type {Record<string, string>} */
  const abouts = {
    "chart-loss": `of batches, by ${AXIS[axis]}`,
    "chart-accuracy": `by ${AXIS[axis]}`,
    "chart-degradation": "", // its caption stands above the plot
    "chart-layers": `${sign} of ${sides.map((one) => `${one.name}-${one.layers}`).join(" and ")}, log scale${at}`,
  };
  const ramped = diagram || heat;
  return {
    ...{ name: id, scene, plain: diagram || heat || regions },
    title: diagram ? `${side.name}-${side.layers}` : title,
    about:
      abouts[id] ?? `${layers}${ramped ? `, ${sign}` : ": decision regions of the first seed; marks: test set"}${at}`,
    ramp: ramped ? { low: powerOfTen(decades[0]), high: powerOfTen(decades[1]), label: sign } : null,
    draw: (element, get) => CHARTS[id](element, get, points).draw(),
  };
}

const AXIS = { step: "step", seconds: "training time", flops: "operations" };

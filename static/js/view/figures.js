/**
 * The figures of the Lab: all charts and diagrams, the changes after which each is drawn again, and the pointer over
 * them.
 */
import { computed } from "../../vendor/signals-core-1.14.5.js";
import { flopsOf, stepAt } from "../model/axis.js";
import { whenever } from "../model/reactive.js";
import { hasRegions } from "../model/series.js";
import { numbersOf } from "../model/tables.js";
import { fetchPoints } from "../net/http.js";
import { wireMenu } from "./chart_menu.js";
import { Curves } from "./charts/curves.js";
import { DegradationChart } from "./charts/degradation_chart.js";
import { DiagramChart } from "./charts/diagram.js";
import { Heatmap } from "./charts/heatmap.js";
import { LayersChart } from "./charts/layers_chart.js";
import { onPointer } from "./charts/plot.js";
import { RegionsChart } from "./charts/regions.js";
import { wireDiagram } from "./diagram_keys.js";
import { find } from "./dom.js";
import { moveCursor, showTitles } from "./figure_cursor.js";
import { savedFigure } from "./figure_pictures.js";

/** @typedef {import("../model/state.js").Store} Store */

/**
 * @param {Store} store
 * @param {import("./scheduler.js").Scheduler} scheduler
 * @param {import("./commands.js").Commands} commands
 */
export function drawFigures({ state, actions }, scheduler, commands) {
  const scene = () => state.scene.value;
  const plot = (/** @type {string} */ id) => find(".plot", find(`#${id}`));
  const diagrams = [0, 1].map(
    (side) => new DiagramChart(find(`#side-${"ab"[side]} .diagram`), scene, side === 0 ? 0 : 1),
  );
  const loss = new Curves(plot("chart-loss"), scene, "loss");
  const accuracy = new Curves(plot("chart-accuracy"), scene, "accuracy");
  const degradation = new DegradationChart(plot("chart-degradation"), scene);
  const layers = new LayersChart(plot("chart-layers"), scene);
  const heats = [new Heatmap(plot("chart-heat-a"), scene, 0), new Heatmap(plot("chart-heat-b"), scene, 1)];
  /** @type {import("./charts/regions.js").Points | null} */
  let points = null;
  const regions = [0, 1].map(
    (side) => new RegionsChart(plot(`chart-regions-${"ab"[side]}`), scene, side === 0 ? 0 : 1, () => points),
  );
  const titles = { interval: 100, draw: () => showTitles(scene()) };
  follow();
  listen();

  /** Draw each figure again when what it shows changes. */
  function follow() {
    const { axis, colours, cursor, diagrams: figures, layer, overlays, sides, view } = state;
    const { newestEvaluation, newestFrame } = state;
    const arms = computed(() => sides.value.map((side) => side.arm).join());
    const gradient = computed(() => view.value.gradient);
    const presenter = computed(() => view.value.presenter);
    const drawnBy = computed(() => `${view.value.lossScale} ${view.value.multiples}`);
    const coloured = computed(() => `${view.value.gradient} ${view.value.relative}`);
    const inPlane = computed(() => hasRegions(state.run.value));
    const shared = [state.runId, state.experiment, state.best, colours, presenter];
    const all = () => shared.map((one) => one.value);
    scheduler.follow(titles, {
      chosen: () => [all(), sides.value, view.value, cursor.value],
      measured: () => [newestFrame.value, newestEvaluation.value, axis.value],
    });
    for (const diagram of diagrams)
      scheduler.follow(diagram, {
        chosen: () => [all(), sides.value, cursor.value, layer.value, coloured.value, overlays.value, figures.value],
        measured: () => newestFrame.value,
      });
    scheduler.follow(loss, {
      chosen: () => [all(), sides.value, axis.value, drawnBy.value],
      measured: () => [newestFrame.value, state.rates.value],
    });
    scheduler.follow(degradation, {
      chosen: () => [all(), arms.value, cursor.value, drawnBy.value],
      measured: () => [newestFrame.value, newestEvaluation.value],
    });
    scheduler.follow(accuracy, {
      chosen: () => [all(), sides.value, axis.value, drawnBy.value],
      measured: () => newestEvaluation.value,
    });
    scheduler.follow(layers, {
      chosen: () => [all(), sides.value, cursor.value, gradient.value],
      measured: () => newestFrame.value,
    });
    // the slowest to draw: while a slider is dragged they follow at their own interval
    for (const heat of heats)
      scheduler.follow(heat, {
        chosen: () => [all(), arms.value, gradient.value],
        measured: () => [newestFrame.value, sides.value],
      });
    for (const region of regions)
      scheduler.follow(region, {
        chosen: () => [all(), sides.value, cursor.value],
        measured: () => newestEvaluation.value,
      });
    whenever(
      () => inPlane.value,
      () => {
        if (inPlane.value && points === null) void loadPoints();
      },
    );
    whenever(
      () => [all(), cursor.value, layer.value, axis.value, sides.value],
      () => moveCursor(scene()),
    );
    document.addEventListener("visibilitychange", () => scheduler.shown());
  }

  /** The test set of data in the plane. */
  async function loadPoints() {
    const found = await fetchPoints(state.experiment.value.dataset);
    if (found === null) actions.notify("points", "The points of the test set could not be loaded.", { bad: true });
    points = found;
    scheduler.mark(regions, true);
  }

  /** Pointer and menus. */
  function listen() {
    for (const { element } of [loss, accuracy]) {
      onPointer(
        element,
        (x) => {
          const { run, axis, sides } = scene();
          // the costlier network's operations reach over the whole axis, so every point of it is a step
          const [one, other] = sides.map((side) => side.cell);
          actions.pointAtStep(stepAt(run, axis, flopsOf(run, other) > flopsOf(run, one) ? other : one, x));
        },
        () => actions.pointAtStep(null),
      );
    }
    for (const { element } of heats) {
      const over = (/** @type {number} */ step, /** @type {number} */ layer) => {
        actions.pointAtStep(step);
        actions.pointAtLayer(Math.round(layer));
      };
      onPointer(element, over, () => {
        actions.pointAtStep(null);
        actions.pointAtLayer(null);
      });
    }
    onPointer(
      layers.element,
      (layer) => actions.pointAtLayer(Math.round(layer)),
      () => actions.pointAtLayer(null),
    );
    for (const diagram of diagrams) wireDiagram(diagram, { state, actions, commands });
    onPointer(
      degradation.element,
      () => {},
      () => {},
      (x) => {
        const { depths } = scene().run.experiment;
        const distance = (/** @type {number} */ depth) => Math.abs(Math.log(depth / x));
        actions.chooseDepth(depths.reduce((best, depth) => (distance(depth) < distance(best) ? depth : best)));
      },
    );
    for (const figure of document.querySelectorAll("figure.chart:not(.answer), .side"))
      if (figure instanceof HTMLElement)
        wireMenu(figure, () => {
          const title = find(".chart-title, .arm-name", figure).textContent ?? "Numbers";
          const now = scene();
          return { title, numbers: numbersOf(figure.id, now), saved: savedFigure(figure.id, title, now, () => points) };
        });
  }
}

/**
 * The figures of the Lab: all charts and diagrams, the order in which they are drawn, the cursor and the layer that
 * go through all of them, and each chart's menu. Knows charts and the scene, not where the scene comes from.
 */
import { AXIS_ABOUT, flopsOf, placeOfStep, stepAt } from "./axis.js";
import { Curves } from "./charts/curves.js";
import { DegradationChart } from "./charts/degradation_chart.js";
import { DiagramChart } from "./charts/diagram.js";
import { Heatmap, hasRegions, regionsAt } from "./charts/heatmap.js";
import { LayersChart, vanished } from "./charts/layers_chart.js";
import { styleOf } from "./colours.js";
import { find, say, table } from "./dom.js";
import { GRADIENT_SIGN } from "./labels.js";
import { magnitude, prefixed } from "./numbers.js";
import { onPointer, placeOf, save } from "./plot.js";
import { browserClock, Scheduler } from "./scheduler.js";
import { bestAt, gradients, lastUpTo } from "./series.js";
import { numbersOf } from "./tables.js";

/** @typedef {import("./charts/scene.js").GetScene} GetScene */
/** @typedef {{onCursor: (step: number | null) => void, onLayer: (layer: number | null) => void, onDepth: (depth: number) => void, onBlock: (block: number) => void}} Pointed */

const CURVES = ["chart-loss", "chart-accuracy"];
const HEATS = ["chart-heat-a", "chart-heat-b"];

export class Figures {
  /**
   * @param {GetScene} scene
   * @param {Pointed} pointed
   * @param {import("./scheduler.js").Drawable} words numbers and sentences, drawn first
   * @param {() => void} served all is drawn that a person waited for
   */
  constructor(scene, pointed, words, served) {
    this.scene = scene;
    this.pointed = pointed;
    this.words = words;
    const plot = (/** @type {string} */ id) => find(".plot", find(`#${id}`));
    this.diagrams = /** @type {[DiagramChart, DiagramChart]} */ (
      ["a", "b"].map((letter, index) => new DiagramChart(find(`#side-${letter} .diagram`), scene, index ? 1 : 0))
    );
    this.loss = new Curves(plot("chart-loss"), scene, "loss");
    this.accuracy = new Curves(plot("chart-accuracy"), scene, "accuracy");
    this.degradation = new DegradationChart(plot("chart-degradation"), find("#chart-degradation .note"), scene);
    this.layers = new LayersChart(plot("chart-layers"), scene);
    this.heats = [new Heatmap(plot("chart-heat-a"), scene, 0), new Heatmap(plot("chart-heat-b"), scene, 1)];
    this.scheduler = new Scheduler(browserClock(), () => {
      this.placeLines(); // axes may have moved
      served();
    });
    this.charts = [...this.diagrams, this.loss, this.degradation, this.accuracy, this.layers, ...this.heats];
    for (const item of [words, ...this.charts]) this.scheduler.add(item);
    /** the best cells that are drawn, in fair mode */
    this.best = "null";
    this.listen();
    document.addEventListener("visibilitychange", () => this.scheduler.shown());
  }

  /** Everything has changed: run, depth, arms, theme or size. */
  all() {
    this.best = String(bestAt(this.scene().run, this.scene().cursor));
    this.scheduler.mark(undefined, true);
  }

  /** Size or theme have changed: diagrams must be made anew, not only recoloured. */
  remake() {
    for (const diagram of this.diagrams) diagram.reset();
    this.all();
  }

  /**
   * Another depth is shown, of the same arms. The picture of all depths stays as it is, and the heatmaps, the
   * heaviest, follow at their own pace, so that a slider that is dragged stays smooth.
   */
  depthChanged() {
    this.scheduler.mark([this.words, ...this.diagrams, this.loss, this.accuracy, this.layers], true);
    this.scheduler.mark(this.heats);
    this.placeLines();
  }

  /** @param {string | null} type of the event that brought news */
  news(type) {
    if (type === "evaluation" && this.bestChanged()) this.scheduler.mark();
    else if (type === "evaluation")
      this.scheduler.mark([
        this.words,
        this.accuracy,
        this.degradation,
        ...(hasRegions(this.scene()) ? this.heats : []),
      ]);
    else if (type === "frame")
      this.scheduler.mark([this.words, ...this.diagrams, this.loss, this.degradation, this.layers, ...this.heats]);
    else this.scheduler.mark([this.words]);
  }

  /** Whether, in fair mode, other networks are the best ones than those that are drawn. */
  bestChanged() {
    const { run, cursor } = this.scene();
    const before = this.best;
    this.best = String(bestAt(run, cursor));
    return this.best !== before;
  }

  /** The step cursor has moved. In fair mode other networks may have been the best ones there. */
  cursorMoved() {
    if (this.bestChanged()) {
      this.all();
      return;
    }
    const regions = hasRegions(this.scene()) ? this.heats : [];
    this.scheduler.mark([this.words, ...this.diagrams, this.degradation, this.layers, ...regions], true);
    this.placeLines();
  }

  /** Another layer is under the pointer. */
  layerMoved() {
    this.scheduler.mark([this.words, ...this.diagrams], true);
    this.placeLines();
  }

  /** Put the lines of cursor and layer over the charts: elements of their own, so that no chart is redrawn. */
  placeLines() {
    const scene = this.scene();
    for (const id of CURVES) this.placeCursor(find(`#${id}`));
    for (const id of HEATS) {
      placeLine(find(`#${id}`), this.showsRegions() ? null : scene.cursor);
      say(find(".readout", find(`#${id}`)), scene.cursor === null ? "" : `step ${scene.cursor}`);
    }
    placeLine(find("#chart-layers"), scene.layer);
    const [one, other] = scene.sides;
    placeLine(find("#chart-degradation"), one.depth);
    placeLine(find("#chart-degradation"), one.depth === other.depth ? null : other.depth, ".line.second");
    const frame = lastUpTo(scene.run.frames, scene.cursor);
    const values = scene.sides.map((side) =>
      frame && scene.layer !== null
        ? magnitude(gradients(scene.run.experiment, frame, side.cell, scene.view.gradient)[scene.layer - 1])
        : "",
    );
    say(find("#chart-layers .readout"), scene.layer === null ? "" : `layer ${scene.layer}: ${values.join(" · ")}`);
  }

  /**
   * The cursor over curves: one line, or a line for each side when the same step cost them different operations.
   * @param {HTMLElement} figure
   */
  placeCursor(figure) {
    const { run, sides, axis, cursor } = this.scene();
    const places = sides.map((side) => (cursor === null ? null : placeOfStep(run, axis, side.cell, cursor)));
    const parted = places[0] !== places[1];
    placeLine(figure, places[0]);
    placeLine(figure, parted ? places[1] : null, ".line.second");
    [".line", ".line.second"].forEach((which, index) => {
      find(which, figure).dataset.style = parted ? String(styleOf(run.experiment, sides[index].arm, false).index) : "";
    });
    // beside the buttons there is no room for more than the step
    const place = figure.id === "chart-loss" ? "" : told(axis, places);
    say(find(".readout", figure), cursor === null ? "" : `step ${cursor}${place}`);
  }

  showsRegions() {
    const scene = this.scene();
    return hasRegions(scene) && scene.view.tab === "regions";
  }

  listen() {
    const { onCursor, onLayer, onDepth, onBlock } = this.pointed;
    for (const chart of [this.loss, this.accuracy]) {
      onPointer(
        chart.element,
        (x) => {
          const { run, axis, sides } = this.scene();
          // the costlier network's operations reach over the whole axis, so every place on it is a step
          const [one, other] = sides.map((side) => side.cell);
          onCursor(stepAt(run, axis, flopsOf(run, other) > flopsOf(run, one) ? other : one, x));
        },
        () => onCursor(null),
      );
    }
    for (const heat of this.heats) {
      const over = (/** @type {number} */ step, /** @type {number} */ layer) => {
        if (this.showsRegions()) return;
        onCursor(step);
        onLayer(Math.round(layer));
      };
      onPointer(heat.element, over, () => {
        onCursor(null);
        onLayer(null);
      });
    }
    onPointer(
      this.layers.element,
      (layer) => onLayer(Math.round(layer)),
      () => onLayer(null),
    );
    this.diagrams.forEach((diagram) => {
      onPointer(
        diagram.element,
        (x, y) => onLayer(diagram.layerAt(x, y)),
        () => onLayer(null),
        (x, y) => {
          const block = diagram.blockAt(x, y);
          if (block !== null) onBlock(block);
        },
      );
    });
    onPointer(
      this.degradation.element,
      () => {},
      () => {},
      (x) => {
        const { depths } = this.scene().run.experiment;
        const distance = (/** @type {number} */ depth) => Math.abs(Math.log(depth / x));
        onDepth(depths.reduce((best, depth) => (distance(depth) < distance(best) ? depth : best)));
      },
    );
    for (const figure of document.querySelectorAll("figure.chart:not(.answer)"))
      this.listenToMenu(/** @type {HTMLElement} */ (figure));
  }

  /** @param {HTMLElement} figure */
  listenToMenu(figure) {
    const more = /** @type {HTMLDetailsElement} */ (find("details.more", figure));
    addEventListener("pointerdown", (event) => {
      if (event.target instanceof Node && !more.contains(event.target)) more.open = false;
    });
    more.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !more.open) return;
      more.open = false;
      find("summary", more).focus();
    });
    for (const button of more.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        more.open = false;
        const format = button.dataset.save;
        const ground = this.scene().colours.panel;
        if (format)
          void save(find(".plot", figure), format === "svg" ? "svg" : "png", `skipscope-${figure.id}`, ground);
        else this.showNumbers(figure);
      });
    }
  }

  /** @param {HTMLElement} figure */
  showNumbers(figure) {
    const { heads, rows } = numbersOf(figure.id, this.scene());
    say(find("#numbers-title"), find(".title", figure).textContent ?? "Numbers");
    find("#numbers-table").replaceChildren(rows.length ? table(heads, rows) : "Nothing has been measured yet.");
    /** @type {HTMLDialogElement} */ (find("#numbers")).showModal();
  }

  /** Titles that name the shown arms and the shown gradient. */
  showTitles() {
    const { sides, view, axis } = this.scene();
    const regions = this.showsRegions();
    const sign = GRADIENT_SIGN[view.gradient];
    const what = view.gradient === "square" ? "signal" : "gradient";
    say(find("#chart-layers .chart-title"), `${what === "signal" ? "Signal" : "Gradient"} by layer`);
    const gone = vanished(this.scene());
    say(find("#chart-layers .about"), gone ? `${sign}; ${gone}` : `${sign}, log scale`);
    say(find("#chart-accuracy .about"), AXIS_ABOUT[axis]);
    sides.forEach((side, index) => {
      const figure = find(`#${HEATS[index]}`);
      const name = sides[0].arm === sides[1].arm ? `${side.name}-${side.layers}` : side.name;
      say(find(".chart-title", figure), `${name}: ${regions ? "decision regions" : `${what} over time`}`);
      say(find(".about", figure), regions ? regionsTold(this.scene()) : `${sign}, layer × step`);
    });
  }
}

/** @param {import("./charts/scene.js").Scene} scene */
function regionsTold({ run, cursor }) {
  const shown = regionsAt(run, cursor);
  return shown ? `first seed, step ${shown.step}` : "first seed";
}

/**
 * What a step is on another axis, for the words beside it.
 * @param {import("./types.js").AxisKind} axis
 * @param {(number | null)[]} places of the two sides
 */
function told(axis, places) {
  if (axis === "step") return "";
  if (axis === "seconds") return ` · ${(places[0] ?? 0).toFixed(1)} s`;
  return ` · ${[...new Set(places)].map((place) => prefixed(place ?? 0, "FLOP")).join(" | ")}`;
}

/**
 * @param {HTMLElement} figure
 * @param {number | null} at
 * @param {string} [which]
 */
function placeLine(figure, at, which = ".line") {
  const line = find(which, figure);
  const plot = find(".plot", figure);
  const place = at === null ? null : placeOf(plot, at);
  line.hidden = place === null;
  if (place === null) return;
  line.style.left = `${plot.offsetLeft + place.left}px`;
  line.style.top = `${plot.offsetTop + place.top}px`;
  line.style.height = `${place.height}px`;
}

/** The slider on the accuracy chart that chooses the target of convergence speed, with its line across the chart. */
import { find } from "../dom.js";
import { levelOf } from "../plot.js";

/** Pixels that the browser's own thumb takes of the slider's way. */
const THUMB = 16;

export class TargetSlider {
  /**
   * @param {HTMLElement} figure
   * @param {import("../charts/scene.js").GetScene} scene
   * @param {() => void} onTarget
   */
  constructor(figure, scene, onTarget) {
    this.figure = figure;
    this.scene = scene;
    this.interval = 100;
    this.input = /** @type {HTMLInputElement} */ (find(".target-slider", figure));
    this.input.addEventListener("input", () => {
      scene().view.target = Number(this.input.value) / 100;
      this.draw();
      onTarget();
    });
  }

  draw() {
    const { view, run } = this.scene();
    const line = find(".target-line", this.figure);
    const plot = find(".plot", this.figure);
    const [one, none, at] = [1, 0, view.target].map((value) => levelOf(plot, value));
    const hidden = view.analysis !== "speed" || run.evaluations.length === 0 || !one || !none || !at;
    this.input.hidden = line.hidden = hidden;
    if (hidden || !one || !none || !at) return;
    const top = plot.offsetTop;
    this.input.style.top = `${top + one.top - THUMB / 2}px`;
    this.input.style.height = `${none.top - one.top + THUMB}px`;
    this.input.style.left = `${plot.offsetLeft + at.left + at.width - THUMB}px`;
    line.style.top = `${top + at.top}px`;
    line.style.left = `${plot.offsetLeft + at.left}px`;
    line.style.width = `${at.width}px`;
    this.input.value = String(Math.round(100 * view.target));
    this.input.setAttribute("aria-valuetext", `${this.input.value} %`);
  }
}

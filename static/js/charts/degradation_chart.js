/**
 * The degradation picture: training loss against depth, at the cursor. The line is the mean of the last batch
 * losses, hollow marks are the whole training set; the two are different measurements, and the caption says so.
 */
import { styleOf } from "../colours.js";
import { roundUp } from "../numbers.js";
import { draw, fontSize, layout } from "../plot.js";
import { CLASSES, degradation } from "../series.js";

export class DegradationChart {
  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} note says what was measured
   * @param {import("./scene.js").GetScene} scene
   */
  constructor(element, note, scene) {
    this.element = element;
    this.note = note;
    this.scene = scene;
    this.interval = 200;
  }

  draw() {
    const { run, sides, colours, cursor } = this.scene();
    const wide = fontSize() > 18;
    const arms = [...new Set(sides.map((side) => side.arm))];
    const pictures = arms.map((arm) => degradation(run, arm, cursor));
    const lines = pictures.map((picture, index) => {
      const style = styleOf(run.experiment, arms[index], colours.dark);
      return {
        x: picture.depths,
        y: picture.batches,
        mode: "lines+markers",
        line: { color: style.colour, width: wide ? 4 : 2.2, dash: style.dash },
        marker: { color: style.colour, symbol: style.marker, size: wide ? 12 : 8 },
        hoverinfo: "skip",
      };
    });
    const hollow = pictures.map((picture, index) => {
      const style = styleOf(run.experiment, arms[index], colours.dark);
      const marker = {
        symbol: `${style.marker}-open`,
        size: wide ? 20 : 14,
        color: style.colour,
        line: { width: 1.5 },
      };
      return { x: picture.depths, y: picture.whole, mode: "markers", marker, hoverinfo: "skip" };
    });
    const depths = run.experiment.depths;
    const values = pictures
      .flatMap((picture) => [...picture.batches, ...picture.whole])
      .filter((value) => value !== null);
    const guessing = Math.log(CLASSES[run.experiment.dataset] ?? 10);
    // a network that blew up must not press all the others to the ground
    const top = roundUp(Math.max(guessing * 1.12, Math.min(Math.max(0, ...values) * 1.1, guessing * 4)));
    const ends = [Math.log10(depths[0] * 0.86), Math.log10((depths.at(-1) ?? 4) * 1.16)];
    const made = layout(this.element, colours, {
      x: { type: "log", range: ends, tickvals: depths, ticktext: depths.map(String), title: { text: "layers" } },
      y: { range: [-0.03 * top, top] },
    });
    draw(this.element, [...hollow, ...lines], made);
    this.note.textContent = noteOf(pictures[0]);
  }
}

/**
 * What the two kinds of mark are, with their steps.
 * @param {ReturnType<typeof degradation>} picture
 */
function noteOf(picture) {
  if (picture.frames === 0) return "";
  const line =
    picture.frames === 1
      ? `line: batch of step ${picture.to}`
      : `line: mean of ${picture.frames} batches, to step ${picture.to}`;
  return picture.wholeStep === null ? line : `${line}\nhollow: whole training set, step ${picture.wholeStep}`;
}

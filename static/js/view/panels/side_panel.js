/** One of the two panels: name, equation, learning rate, two big numbers, and a line about a layer. */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { styleOf } from "../../model/colours.js";
import { costs, fairRate } from "../../model/cost.js";
import { armName, equation, GRADIENT_SIGN } from "../../model/labels.js";
import { grouped, magnitude, percent, short } from "../../model/numbers.js";
import { isLive, learningRateOf } from "../../model/run.js";
import { divergedCells, gradients, lastUpTo, layersOf } from "../../model/series.js";
import { find, say, sayInFull, show } from "../dom.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */

const SMALL = ["none", "one", "two", "three"];

export class SidePanel {
  /**
   * @param {HTMLElement} element
   * @param {0 | 1} index
   * @param {import("../commands.js").Commands} commands
   */
  constructor(element, index, commands) {
    this.element = element;
    this.index = index;
    this.chooser = /** @type {HTMLSelectElement} */ (find("select.arm", element));
    this.rate = /** @type {HTMLInputElement} */ (find(".learning-rate", element));
    this.chooser.addEventListener("change", () => commands.chooseArm(index, Number(this.chooser.value)));
    this.rate.addEventListener("change", () => {
      const found = commands.setRate(this.arm, this.rate.value);
      this.rate.toggleAttribute("aria-invalid", !found);
    });
    /** the result once more, where a phone keeps it in sight */
    this.pinned = find(index === 0 ? "#pinned-a" : "#pinned-b");
    find(".undo-lesion", element).addEventListener("click", () => commands.undoLesion());
    this.arm = 0;
  }

  /**
   * Name, equation and chooser: what changes with the run, the arm or the depth.
   * @param {Scene} scene
   */
  showArm({ run, sides }) {
    const side = sides[this.index];
    this.arm = side.arm;
    const { experiment } = run;
    const style = String(styleOf(experiment, side.arm, false).index);
    this.element.dataset.style = this.pinned.dataset.style = style;
    const parted = sides[0].depth !== sides[1].depth;
    const named = (/** @type {number} */ arm) =>
      `${armName(experiment, arm)}${parted ? `-${layersOf(run, arm, side.depth)}` : ""}`;
    sayInFull(find(".arm-name", this.element), named(side.arm));
    sayInFull(find(".equation", this.element), equation(experiment.arms[side.arm]));
    this.element.setAttribute("aria-label", `${side.name} network of ${side.layers} layers`);
    const choosing = experiment.arms.length > 2;
    find(".chooser", this.element).hidden = !choosing;
    // the chooser says the name
    find(".arm-name", this.element).classList.toggle("unseen", choosing);
    const names = experiment.arms.map((_, arm) => named(arm));
    show(
      names.map((name, arm) => html`<option value=${arm}>${name}</option>`),
      this.chooser,
    );
    this.chooser.value = String(side.arm);
  }

  /**
   * The numbers at the cursor.
   * @param {Scene} scene
   * @param {number} draftRate learning rate of the arm in the next run
   */
  showNumbers({ run, sides, cursor, view }, draftRate) {
    // in presenter mode words are large, and few
    const full = !view.presenter;
    const { cell, arm, name, tested } = sides[this.index];
    const measured = tested?.accuracy !== undefined;
    const loss = measured ? tested.loss : lastUpTo(run.frames, cursor)?.loss[0][cell];
    const accuracy = measured ? tested.accuracy : lastUpTo(run.evaluations, cursor)?.test_accuracy[0][cell];
    const diverged = divergedCells(run, cursor).has(cell);
    say(find(".loss", this.element), short(loss));
    find(".loss", this.element).classList.toggle("long", short(loss).length > 6);
    say(
      find(".loss-name", this.element),
      measured ? "test loss" : diverged ? "diverged" : full ? "training loss" : "loss",
    );
    say(find(".accuracy", this.element), percent(accuracy));
    say(this.pinned, `${name} ${percent(accuracy)}`);
    say(
      find(".accuracy-name", this.element),
      measured ? `whole: ${percent(tested.whole)}` : full ? "test accuracy" : "accuracy",
    );
    this.element.classList.toggle("cut", Boolean(tested));
    find(".undo-lesion", this.element).hidden = !tested;
    const fair = fairRate(run, cell, cursor);
    find(".rate", this.element).hidden = fair !== null;
    const line = find(".rate-note", this.element);
    line.hidden = fair === null;
    sayInFull(line, (full ? fair : fair?.split(",")[0]) ?? "");
    if (document.activeElement !== this.rate)
      this.rate.value = String(isLive(run) ? learningRateOf(run, arm) : draftRate);
  }

  /**
   * What the layer under the pointer is, or the whole network where there is none.
   * @param {Scene} scene
   */
  showLayer({ run, sides, cursor, layer, view, diagrams }) {
    const { cell, layers: count, tested } = sides[this.index];
    const line = find(".layer-text", this.element);
    /** @type {import("../../model/types.js").LayerMeta[] | undefined} */
    const layers = diagrams[cell]?.layout.meta.layers;
    const meta = layer === null ? undefined : layers?.[layer - 1];
    if (tested && !meta) {
      say(
        line,
        tested.problem ?? `${tested.accuracy === undefined ? "Testing without" : "Tested without"} ${tested.blocks}.`,
      );
      return;
    }
    if (!meta) {
      const blocks = layers?.at(-2)?.block ?? 0;
      const each = layers?.filter((item) => item.block === 1).length ?? 0;
      const middle = blocks > 0 ? ` ${blocks} block${blocks === 1 ? "" : "s"} of ${SMALL[each] ?? each},` : "";
      const about = costs(run, cell);
      say(line, `${count} layers: first,${middle} last${about ? ` · ${about}` : ". Point at a layer."}`);
      return;
    }
    const frame = lastUpTo(run.frames, cursor);
    const value = frame ? gradients(run, frame, cell, view.gradient)[meta.number - 1] : null;
    const stage = meta.stage ? `, stage ${meta.stage}` : "";
    say(
      line,
      `Layer ${meta.number}: ${meta.name}${stage} · ${meta.kind} ${meta.reads} → ${meta.gives} · ${grouped(meta.weights)} weights · ` +
        `${GRADIENT_SIGN[view.gradient]} ${value === 0 ? "exactly 0" : magnitude(value)}`,
    );
  }
}

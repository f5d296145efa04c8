/** One of the two panels: name, equation, learning rate, two big numbers, and what is said of a layer. */
import { flopsOf } from "./axis.js";
import { styleOf } from "./colours.js";
import { find, make, say } from "./dom.js";
import { armName, equation, GRADIENT_SIGN } from "./labels.js";
import { grouped, magnitude, percent, prefixed, short } from "./numbers.js";
import { bestAt, divergedCells, gradients, lastUpTo, layersOf } from "./series.js";
import { learningRateOf } from "./store.js";

/** @typedef {import("./charts/scene.js").Scene} Scene */

const SMALL = ["none", "one", "two", "three"];

export class SidePanel {
  /**
   * @param {HTMLElement} element
   * @param {0 | 1} index
   * @param {(arm: number) => void} onArm
   * @param {(arm: number, text: string, input: HTMLInputElement) => void} onRate
   * @param {() => void} onUndo the last block that was taken out shall be back
   */
  constructor(element, index, onArm, onRate, onUndo) {
    this.element = element;
    this.index = index;
    this.chooser = /** @type {HTMLSelectElement} */ (find("select.arm", element));
    this.rate = /** @type {HTMLInputElement} */ (find(".learning-rate", element));
    this.chooser.addEventListener("change", () => onArm(Number(this.chooser.value)));
    this.rate.addEventListener("change", () => onRate(this.arm, this.rate.value, this.rate));
    find(".uncut", element).addEventListener("click", onUndo);
    this.arm = 0;
  }

  /**
   * Name, equation and chooser: what changes with the run, the arm or the depth.
   * @param {Scene} scene
   */
  showArm(scene) {
    const { run, sides } = scene;
    const side = sides[this.index];
    this.arm = side.arm;
    const { experiment } = run;
    this.element.dataset.style = String(styleOf(experiment, side.arm, false).index);
    const parted = sides[0].depth !== sides[1].depth;
    const named = (/** @type {number} */ arm) =>
      `${armName(experiment, arm)}${parted ? `-${layersOf(experiment, arm, side.depth)}` : ""}`;
    say(find(".arm-name", this.element), named(side.arm));
    say(find(".equation", this.element), equation(experiment.arms[side.arm]));
    this.element.setAttribute("aria-label", `${side.name} network of ${side.layers} layers`);
    const choosing = experiment.arms.length > 2;
    find(".chooser", this.element).hidden = !choosing;
    // the chooser says the name
    find(".arm-name", this.element).classList.toggle("unseen", choosing);
    const names = experiment.arms.map((_, arm) => named(arm));
    if ([...this.chooser.options].map((option) => option.text).join() !== names.join()) {
      this.chooser.replaceChildren(...names.map((name, arm) => make("option", name, { value: String(arm) })));
    }
    this.chooser.value = String(side.arm);
  }

  /**
   * The numbers at the cursor.
   * @param {Scene} scene
   * @param {number | null} rate learning rate of the next run; null: that of the run in progress
   */
  showNumbers({ run, sides, cursor }, rate) {
    const { cell, arm, cut } = sides[this.index];
    const tested = cut?.accuracy !== undefined;
    const loss = tested ? cut?.loss : lastUpTo(run.frames, cursor)?.loss[0][cell];
    const accuracy = tested ? cut?.accuracy : lastUpTo(run.evaluations, cursor)?.test_accuracy[0][cell];
    const diverged = divergedCells(run, cursor).has(cell);
    say(find(".loss", this.element), short(loss));
    say(find(".loss-name", this.element), tested ? "test loss" : diverged ? "diverged" : "training loss");
    say(find(".accuracy", this.element), percent(accuracy));
    say(find(".accuracy-name", this.element), tested ? `whole: ${percent(cut?.whole)}` : "test accuracy");
    this.element.classList.toggle("cut", Boolean(cut));
    find(".uncut", this.element).hidden = !cut;
    const fair = rateTold(run, sides[this.index].cell, cursor);
    find(".rate", this.element).hidden = fair !== null;
    const told = find(".rate-told", this.element);
    told.hidden = fair === null;
    say(told, fair ?? "");
    if (document.activeElement !== this.rate) this.rate.value = String(rate ?? learningRateOf(run, arm));
  }

  /**
   * What the layer under the pointer is.
   * @param {Scene} scene
   * @param {import("./types.js").Told[] | null} layers of the diagram
   */
  showLayer({ run, sides, cursor, layer, view }, layers) {
    const line = find(".layer-told", this.element);
    const told = layer === null ? undefined : layers?.[layer - 1];
    const { cut } = sides[this.index];
    if (cut && !told) {
      say(line, cut.problem ?? `${cut.accuracy === undefined ? "Testing without" : "Tested without"} ${cut.blocks}.`);
      return;
    }
    if (!told) {
      const count = sides[this.index].layers;
      const blocks = layers?.at(-2)?.block ?? 0;
      const each = layers?.filter((item) => item.block === 1).length ?? 0;
      const middle = blocks > 0 ? ` ${blocks} block${blocks === 1 ? "" : "s"} of ${SMALL[each] ?? each},` : "";
      const about = costs(run, sides[this.index].cell);
      say(line, `${count} layers: first,${middle} last${about ? ` · ${about}` : ". Point at a layer."}`);
      return;
    }
    const frame = lastUpTo(run.frames, cursor);
    const value = frame
      ? gradients(run.experiment, frame, sides[this.index].cell, view.gradient)[told.number - 1]
      : null;
    const stage = told.stage ? `, stage ${told.stage}` : "";
    say(
      line,
      `Layer ${told.number}: ${told.name}${stage} · ${told.kind} ${told.reads} → ${told.gives} · ${grouped(told.weights)} weights · ` +
        `${GRADIENT_SIGN[view.gradient]} ${value === 0 ? "exactly 0" : magnitude(value)}`,
    );
  }
}

/**
 * Fair mode: at which rate the shown network is trained; null when each arm has one rate, which can be changed.
 * @param {import("./types.js").Run} run
 * @param {number} cell
 * @param {number | null} cursor
 */
export function rateTold(run, cell, cursor) {
  const rates = run.experiment.learning_rates ?? [];
  if (rates.length === 0) return null;
  const rate = rates[cell % rates.length];
  if (rates.length === 1) return `lr ${rate}`;
  if (!bestAt(run, cursor)?.includes(cell)) return `lr ${rate}, first of ${rates.length}`;
  const edge = rate === Math.max(...rates) ? ", the highest" : rate === Math.min(...rates) ? ", the lowest" : "";
  return `lr ${rate}, best of ${rates.length}${edge}`;
}

/**
 * What a network of a cell costs, in words; empty before the networks stand.
 * @param {import("./types.js").Run} run
 * @param {number} cell
 */
export function costs(run, cell) {
  const parameters = run.provenance.parameters?.[cell];
  if (parameters === undefined) return "";
  return `${prefixed(parameters)} parameters · ${prefixed(flopsOf(run, cell), "FLOP")} a step`;
}

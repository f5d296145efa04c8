/**
 * Convergence: what it takes to reach a target accuracy, by depth and arm. It needs no weights and is asked by itself,
 * while its tab is open. All networks of a sweep train together: the seconds are the sweep's, the FLOPs are each
 * network's own.
 */

import { html } from "../../../vendor/lit-html-3.3.3.js";
import { computed } from "../../../vendor/signals-core-1.14.5.js";
import { isUnderWay } from "../../model/answers.js";
import { armName } from "../../model/labels.js";
import { grouped, prefixed, short } from "../../model/numbers.js";
import { whenever } from "../../model/reactive.js";
import { shown, style } from "../charts/traces.js";
import { fieldValue } from "../dom.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */
/** @typedef {"step" | "seconds" | "flops"} Unit */
/** @typedef {{arm: number, layers: number, depth: number, step: number | null, seconds: number | null, flops: number | null}} Reached */

/** Milliseconds that the target must rest before it is asked about: a slider sends many. */
const REST = 150;

/** @type {Record<Unit, {button: string, about: string}>} */
const UNITS = {
  step: { button: "steps", about: "by which step" },
  seconds: { button: "seconds of the sweep", about: "seconds of the whole sweep, whose networks train together" },
  flops: { button: "own FLOPs", about: "FLOPs of the network alone" },
};

/** @type {import("../../model/types.js").Kind<import("../../model/wire.js").ConvergenceFinding>} */
export const analysis = {
  about:
    "How long each network takes to a test accuracy that you choose. It follows the run while it trains; “not” means that it was not reached.",
  actions: [],
  fields: [],
  everyDepth: true,
  // while it is asked again, the previous answer is shown
  shows: ({ finding, state }) => finding !== null || state === "failed",
  prefers: ({ question }, { target }) => question.target === target,
  origin: () => "",
  controls: targetControls,
  start: askAgain,
  pictures: ({ question, finding }, scene, choices) => [
    picture(finding.cells, scene, question.target ?? 0, /** @type {Unit} */ (choices.unit ?? "step")),
  ],
  numbers: ({ finding }, scene) => ({
    heads: ["arm", "layers", "by step", "seconds of the sweep", "its own FLOPs"],
    rows: shown(finding.cells, scene).map((/** @type {Reached} */ { arm, depth, step, seconds, flops }) => [
      armName(scene.run.experiment, arm),
      String(depth),
      ...(step === null ? ["not reached", "–", "–"] : [grouped(step), short(seconds), short(flops)]),
    ]),
  }),
};

/**
 * Ask while the tab is open: once for every evaluation, and for a target once it rests.
 * @param {import("../panels/analyses.js").Lab} lab
 */
function askAgain({ state, commands }) {
  const target = computed(() => state.view.value.target);
  const step = computed(() => state.newestEvaluation.value?.step);
  const open = computed(() => state.kind.value?.kinds.includes("convergence") && state.runId.value !== null);
  /** @type {ReturnType<typeof setTimeout> | null} */
  let timer = null;

  function askSoon() {
    if (timer !== null || !open.value || step.value === undefined) return;
    timer = setTimeout(() => {
      timer = null;
      const question = { kind: "convergence", target: target.value };
      const alike = state.analyses.value.filter((one) => one.question.target === question.target);
      if (open.value && !alike.some((one) => isUnderWay(one) || (one.step === step.value && one.state !== "failed")))
        commands.ask(question);
    }, REST);
  }

  whenever(() => step.value, askSoon);
  whenever(
    () => [open.value, target.value],
    () => {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      askSoon();
    },
  );
}

/** @param {import("../panels/analyses.js").Lab} lab */
function targetControls({ state, actions }) {
  const percent = Math.round(100 * state.view.value.target);
  const chosen = state.choices.value.unit ?? "step";
  const move = (/** @type {Event} */ event) => actions.chooseTarget(Number(fieldValue(event)) / 100);
  return html`<label>Target <input type="range" id="target" min="15" max="99" step="1" .value=${String(percent)}
      @input=${move}> <output id="target-shown" for="target">${percent} %</output></label>
    <span role="radiogroup" aria-label="Counted in" class="legend-toggle">${Object.entries(UNITS).map(
      ([unit, { button }]) =>
        html`<button type="button" role="radio" data-unit=${unit} aria-checked=${unit === chosen}
          @click=${() => actions.choose("unit", unit)}>${button}</button>`,
    )}</span>`;
}

/**
 * @param {Reached[]} cells
 * @param {Scene} scene
 * @param {number} target
 * @param {Unit} unit
 * @returns {import("../../model/types.js").Picture}
 */
function picture(cells, scene, target, unit) {
  const { depths } = scene.run.experiment;
  const entries = shown(cells, scene);
  const arms = [...new Set(entries.map(({ arm }) => arm))];
  const values = arms.map((arm) => entries.filter((one) => one.arm === arm));
  const high = Math.max(1, ...entries.map((/** @type {Reached} */ one) => one[unit] ?? 0));
  // the line for "not reached" stands above all that was
  const never = 1.22 * high;
  const ends = [Math.log10(depths[0] * 0.86), Math.log10(depths[depths.length - 1] * 1.16)];
  return {
    title: `To ${Math.round(100 * target)} % test accuracy`,
    about: UNITS[unit].about,
    traces: arms.flatMap((arm, index) => {
      const { colour, dash, marker } = style(arm, scene);
      const size = scene.view.presenter ? 13 : 8;
      const missed = values[index].filter(({ step }) => step === null);
      return [
        {
          x: values[index].map(({ depth }) => depth),
          y: values[index].map((/** @type {Reached} */ one) => one[unit]),
          mode: "lines+markers",
          line: { color: colour, width: scene.view.presenter ? 4 : 2.2, dash },
          marker: { color: colour, symbol: marker, size },
          // where the deepest network has not got there, its name stands beside the mark that says so
          meta: {
            label: armName(scene.run.experiment, arm),
            end: values[index].at(-1)?.step === null ? never : values[index].at(-1)?.[unit],
          },
          cliponaxis: false,
          hoverinfo: "skip",
        },
        {
          x: missed.map(({ depth }) => depth),
          y: missed.map(() => never * (1 + 0.045 * index)),
          mode: "markers",
          marker: { color: colour, symbol: "triangle-up-open", size: 1.3 * size, line: { width: 2 } },
          cliponaxis: false,
          hoverinfo: "skip",
        },
      ];
    }),
    x: { type: "log", range: ends, tickvals: depths, ticktext: depths.map(String), title: { text: "layers" } },
    y: { range: [-0.04 * high, 1.35 * high], ...ticks(high, never, unit) },
  };
}

/**
 * Ticks up to what was reached, and the line above it by its name.
 * @param {number} high
 * @param {number} never
 * @param {Unit} unit
 */
function ticks(high, never, unit) {
  const parts = [0, 0.5, 1].map((part) => part * high);
  const text =
    unit === "step" ? grouped : unit === "seconds" ? short : (/** @type {number} */ value) => prefixed(value, "FLOP");
  return { tickvals: [...parts, never], ticktext: [...parts.map((value) => (value === 0 ? "0" : text(value))), "not"] };
}

/** How the networks learnt: the run's evaluations in words, and the same image at every checkpoint. */
import { html, nothing, svg } from "../../../vendor/lit-html-3.3.3.js";
import { allStyles } from "../../model/colours.js";
import { grouped, short } from "../../model/numbers.js";
import { sentence } from "../../model/trace.js";
import { answerOf, className } from "../../model/trace_answers.js";
import { table } from "../dialogs.js";
import { styleIndex } from "./lanes.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */
/** @typedef {import("../../model/wire.js").Learnt} Learnt */
/** @typedef {import("../../model/wire.js").TrainingRow} TrainingRow */

/** Size of the chart in its own units. */
const [WIDTH, HEIGHT, LEFT, BOTTOM] = [600, 190, 44, 26];

/** @param {TraceStore} store */
export function training(store) {
  const { state } = store;
  const { learnt: asked, training: evaluations } = state.requests.value;
  if (!asked || !evaluations) return html`<p class="nothing">A published network brings no record of its training.</p>`;
  const learnt = state.learnt.value[asked.key];
  const rows = state.training.value[evaluations.key];
  return html`<div class="training">
    ${learnt ? learntCard(store, learnt) : html`<p class="nothing card">${state.problem.value || "The image is being traced at every checkpoint …"}</p>`}
    ${rows ? trainingTable(store, rows) : nothing}
  </div>`;
}

/**
 * @param {TraceStore} store
 * @param {Learnt} learnt
 */
function learntCard({ state, actions }, learnt) {
  const { classes } = state.trace.value ?? { classes: [] };
  const steps = learnt.steps;
  // without a label, each network's own last answer
  const told = learnt.probabilities.map(
    (all) => learnt.label ?? answerOf(all.findLast((one) => one !== null) ?? []) ?? 0,
  );
  const names = learnt.names.map((name, lane) => `${name}: probability of ${className(classes, told[lane])}`);
  const chosen = steps.indexOf(state.step.value ?? -1);
  const x = (/** @type {number} */ place) => LEFT + ((place + 0.5) / steps.length) * (WIDTH - LEFT - 8);
  const y = (/** @type {number} */ share) => 8 + (1 - share) * (HEIGHT - BOTTOM - 8);
  const line = (/** @type {(number[] | null)[]} */ all, /** @type {number} */ lane) => {
    const { dash, colour } = allStyles(state.isDark.value)[styleIndex(state, { arm: learnt.arms[lane] })];
    const points = all.flatMap((one, place) => (one ? [[x(place), y(one[told[lane]])]] : []));
    return svg`<g fill=${colour}><polyline points=${points.map((point) => point.join(",")).join(" ")} fill="none" stroke=${colour}
      stroke-width="2.5" stroke-dasharray=${dash === "solid" ? nothing : dash.replaceAll("px", "")} />${points.map(
        ([cx, cy]) =>
          lane === 0
            ? svg`<circle cx=${cx} cy=${cy} r="4" />`
            : svg`<rect x=${cx - 4} y=${cy - 4} width="8" height="8" />`,
      )}</g>`;
  };
  return html`<figure class="card learnt"><figcaption><b>The same image at each checkpoint</b> ${names.map(
    (name, lane) =>
      html`<span class="key" data-style=${styleIndex(state, { arm: learnt.arms[lane] })}><i class="swatch" aria-hidden="true"></i>${name}</span>`,
  )}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Probability by checkpoint; the table below has the numbers">
      ${[0, 0.5, 1].map((share) => svg`<line class="grid" x1=${LEFT} x2=${WIDTH - 8} y1=${y(share)} y2=${y(share)} /><text x=${LEFT - 6} y=${y(share) + 4} text-anchor="end">${100 * share} %</text>`)}
      ${chosen >= 0 ? svg`<line class="chosen" x1=${x(chosen)} x2=${x(chosen)} y1="4" y2=${HEIGHT - BOTTOM} />` : nothing}
      ${learnt.probabilities.map(line)}
      ${steps.map((step, place) => (place % Math.ceil(steps.length / 8) === 0 || place === steps.length - 1 ? svg`<text x=${x(place)} y=${HEIGHT - 8} text-anchor="middle">${grouped(step)}</text>` : nothing))}
    </svg>
    <div>${learnt.words.map((words) => html`<p>${sentence(words)}</p>`)}
    <div class="table-box" tabindex="0" role="region" aria-label="The same image at each checkpoint"><table class="prediction"><thead><tr><th scope="col">Step</th>${learnt.names.map(
      (name) => html`<th scope="col">${name} answers</th>`,
    )}</tr></thead><tbody>${steps.map(
      (step, place) =>
        html`<tr aria-current=${step === state.step.value ? "step" : nothing}><th scope="row"><button type="button" @click=${() => actions.chooseStep(step)}>${grouped(step)}</button></th>${learnt.probabilities.map(
          (all) => html`<td>${answerWords(all[place], classes)}</td>`,
        )}</tr>`,
    )}</tbody></table></div></div>
  </figure>`;
}

/**
 * @param {number[] | null} probabilities
 * @param {string[]} classes
 */
function answerWords(probabilities, classes) {
  if (!probabilities) return "diverged";
  const answer = answerOf(probabilities) ?? 0;
  return `${className(classes, answer)}, ${(100 * probabilities[answer]).toFixed(1)} %`;
}

/**
 * @param {TraceStore} store
 * @param {TrainingRow[]} rows
 */
function trainingTable({ state }, rows) {
  const names = state.trace.value?.networks ?? [];
  const ofArm = (/** @type {(number | null)[]} */ values, /** @type {(value: number) => string} */ text) =>
    names.map(({ arm }) => (values[arm] === null || values[arm] === undefined ? "–" : text(values[arm])));
  const heads = [
    "Epoch",
    "Step",
    ...names.map(({ name }) => `Loss, ${name}`),
    ...names.map(({ name }) => `Test accuracy, ${name}`),
    "Observation",
  ];
  const cells = rows.map(({ epoch, step, training_loss, test_accuracy, words }) => [
    epoch === null ? "–" : epoch.toFixed(1),
    grouped(step),
    ...ofArm(training_loss, short),
    ...ofArm(test_accuracy, (value) => `${(100 * value).toFixed(1)} %`),
    words,
  ]);
  return html`<div class="card table-box" tabindex="0" role="region" aria-label="Training trace"><h2>Training trace</h2>${table(heads, cells)}</div>`;
}

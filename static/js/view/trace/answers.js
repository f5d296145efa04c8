/** What the networks answer: logits, and probabilities as bars whose percentages sum to 100. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { short } from "../../model/numbers.js";
import { sentence } from "../../model/trace.js";
import { className, likeliest } from "../../model/trace_answers.js";
import { styleIndex } from "./lanes.js";

/** @typedef {import("../../model/trace_state.js").TraceState} State */
/** @typedef {ReturnType<typeof likeliest>[number]} Share */

/** Classes that are shown of a network; the others are summed up. */
const MOST = 11;

/** @param {State} state */
export function answers(state) {
  const trace = state.trace.value;
  if (!trace) return nothing;
  const networks = state.networks.value;
  const known = networks.filter(({ probabilities }) => probabilities.length > 0);
  if (known.length === 0)
    return html`<p class="nothing">Without weights there is no answer: only the shapes are known.</p>`;
  return html`<div class="stage-cards">${known.map((network) => {
    const shares = likeliest(network.probabilities, trace.classes, MOST);
    return html`<section class="card stage-card answer" data-style=${styleIndex(state, network)} aria-label=${network.name}>
      <header><h2><i class="swatch" aria-hidden="true"></i>${network.name}</h2>
        <p>${trace.label === null ? "" : html`label: <b>${className(trace.classes, trace.label)}</b>`}</p>
        ${network.target === null ? nothing : html`<p>−log p(${className(trace.classes, network.target)}) = <b>${short(network.loss)}</b></p>`}</header>
      <table class="shares"><thead><tr><th scope="col">Class</th><th scope="col">Logit</th><td></td><th scope="col">Probability</th></tr></thead>
        <tbody>${shares.map((share) => answerRow(share, network.logits, trace.label))}</tbody>
        <tfoot><tr><th scope="row">Sum</th><td></td><td></td><td>100.0 %</td></tr></tfoot></table>
      ${network.words.map((words) => html`<p class="said">${sentence(words)}</p>`)}
    </section>`;
  })}</div>`;
}

/**
 * @param {Share} share
 * @param {number[]} logits
 * @param {number | null} label
 */
function answerRow({ name, index, share, percent }, logits, label) {
  const isLabel = index !== null && index === label;
  return html`<tr data-label=${isLabel}><th scope="row">${name}${isLabel ? html` <small>label</small>` : nothing}</th>
    <td class="logit">${index === null ? "" : signed(logits[index])}</td>
    <td class="bar-cell"><meter min="0" max="1" .value=${share} aria-label="probability of ${name}"></meter></td><td class="percent">${percent} %</td></tr>`;
}

/** @param {number} value */
function signed(value) {
  return value.toFixed(2).replace("-", "−");
}

/**
 * A few classes as bars.
 * @param {Share[]} shares
 * @param {number | null} label
 */
export function bars(shares, label) {
  return html`<ol class="bars">${shares.map(
    ({ name, index, share, percent }) =>
      html`<li data-label=${index !== null && index === label}><span>${name}</span><meter min="0" max="1" .value=${share} aria-label="probability of ${name}"></meter><span class="percent">${percent} %</span></li>`,
  )}</ol>`;
}

/** The prediction trace as a table: every stage, what it does, and what goes in and out. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { nameOf, sentence, shapeText } from "../../model/trace.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */
/** @typedef {import("../../model/trace.js").Column} Column */
/** @typedef {import("../../model/trace.js").TraceStage} TraceStage */

/** @param {TraceStore} store */
export function predictionTable({ state, actions }) {
  const networks = state.networks.value;
  if (networks.length === 0) return nothing;
  const row = (
    /** @type {Column} */ column,
    /** @type {number} */ place,
  ) => html`<tr aria-current=${place === state.at.value ? "step" : nothing}>
      <th scope="row"><button type="button" @click=${() => actions.goTo(place)}>${place + 1}. ${nameOf(column)}</button></th>
      <td>${both(column, (stage) => stage.operation)}</td>
      <td class="shape">${both(column, (stage) => shapeText(stage.reads))}</td>
      <td class="shape">${both(column, (stage) => shapeText(stage.gives))}</td>
      ${column.stages.map((stage) => html`<td>${stage ? sentence(stage.words) : "–"}</td>`)}</tr>`;
  return html`<div class="card table-box" tabindex="0" role="region" aria-label="Prediction trace"><table class="prediction">
    <thead><tr><th scope="col">Stage</th><th scope="col">Operation</th><th scope="col">In</th><th scope="col">Out</th>${networks.map(
      ({ name }) => html`<th scope="col">What happens in ${name}</th>`,
    )}</tr></thead>
    <tbody>${state.columns.value.map(row)}</tbody></table></div>`;
}

/**
 * What is the same in both networks once, else one below the other.
 * @param {Column} column
 * @param {(stage: TraceStage) => string} text
 */
function both({ stages }, text) {
  const texts = new Set(stages.flatMap((stage) => (stage ? [text(stage)] : [])));
  return [...texts].map((one) => html`<div>${one}</div>`);
}

/** The way: both networks as parallel lanes of stages, each with its most active map; one stage is chosen. */
import { html, nothing, svg } from "../../../vendor/lit-html-3.3.3.js";
import { styleOf } from "../../model/colours.js";
import { scaleEnds } from "../../model/maps.js";
import { hasSkip, nameOf, shapeLines } from "../../model/trace.js";
import { answerOf, className, likeliest } from "../../model/trace_answers.js";
import { fieldValue } from "../dom.js";
import { canvas, imagePicture, reliancePicture, smallPicture } from "./pictures.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */
/** @typedef {import("../../model/trace.js").Traced} Traced */
/** @typedef {import("../../model/trace.js").TraceStage} TraceStage */
/** @typedef {import("../../model/wire.js").Trace} Trace */

/** @param {TraceStore} store */
export function lanes({ state, actions }) {
  const trace = state.trace.value;
  if (!trace) return html`<p class="nothing">${state.problem.value || state.waiting.value || nothing}</p>`;
  const networks = state.networks.value;
  const at = state.at.value;
  const column = (/** @type {import("../../model/trace.js").Column} */ one, /** @type {number} */ place) => {
    const ends = scaleEnds(
      one.stages.map((stage) => [mapsOf(state, stage)]),
      state.view.value.scale,
    );
    return html`<button type="button" class="stop" data-kind=${one.stages.find((stage) => stage)?.kind ?? ""}
      data-reached=${!state.playing.value || (state.isBackward.value ? place >= at : place <= at)} aria-current=${place === at ? "step" : nothing} tabindex=${place === at ? 0 : -1}
      @click=${() => actions.goTo(place)}><span class="stop-name">${nameOf(one)}</span>${one.stages.map(
        (stage, lane) => html`<span class="cell">${stage ? cell(state, trace, stage, ends[lane]) : nothing}</span>`,
      )}</button>`;
  };
  return html`<div class="lanes" data-lanes=${networks.length}>
    <div class="heads"><span class="stop-name">stage</span>${networks.map((network, lane) => head(state, actions, trace, network, /** @type {0 | 1} */ (lane)))}</div>
    <div class="stops" role="group" aria-label="Stages of the way">${state.columns.value.map(column)}</div>
  </div>`;
}

/**
 * What a stage's pictures show: activations, or on the way back gradients.
 * @param {TraceStore["state"]} state
 * @param {TraceStage | null} stage
 */
function mapsOf(state, stage) {
  return (state.isBackward.value ? stage?.gradient : stage?.output) ?? null;
}

/**
 * @param {TraceStore["state"]} state
 * @param {Trace} trace
 * @param {TraceStage} stage
 * @param {number} most
 */
function cell(state, trace, stage, most) {
  const maps = mapsOf(state, stage);
  const arc = hasSkip(stage)
    ? html`<svg class="skip" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">${svg`<path d="M0 19 C 8 -5, 92 -5, 100 19" vector-effect="non-scaling-stroke" />`}</svg>`
    : nothing;
  if (stage.kind === "input" && trace.image !== "")
    return html`<span class="thumb">${canvas(imagePicture(trace), "")}${
      maps && state.isBackward.value ? canvas(reliancePicture(maps), "") : nothing
    }</span>`;
  return html`${arc}<span class="thumb">${maps ? canvas(smallPicture(maps, most), "") : html`<i>${shapeLines(stage.gives).map((line, index) => html`<span>${index === 1 ? "×" : ""}${line}</span>`)}</i>`}</span>`;
}

/**
 * A network's name, what it answers, and the choice of another where there are more than two.
 * @param {TraceStore["state"]} state
 * @param {TraceStore["actions"]} actions
 * @param {Trace} trace
 * @param {Traced} network
 * @param {0 | 1} lane
 */
function head(state, actions, trace, network, lane) {
  const answer = answerOf(network.probabilities);
  const choose = (/** @type {Event} */ event) => actions.chooseArm(lane, Number(fieldValue(event)));
  const name =
    trace.networks.length > 2
      ? html`<select aria-label=${lane === 0 ? "Upper network" : "Lower network"} @change=${choose}>${trace.networks.map(
          (one) => html`<option value=${one.arm} ?selected=${one.arm === network.arm}>${one.name}</option>`,
        )}</select>`
      : html`<b>${network.name}</b>`;
  const right = answer === trace.label ? "✓" : "✗";
  const said =
    answer === null
      ? html`<small>no weights</small>`
      : html`<small>${trace.label === null ? "" : right} <b>${likeliest(network.probabilities, trace.classes, 4)[0].percent} %</b> ${className(trace.classes, answer)}</small>`;
  return html`<span class="head" data-style=${styleIndex(state, network)}><span class="who"><i class="swatch" aria-hidden="true"></i>${name}</span>${said}</span>`;
}

/**
 * The style of a network: that of its connection, as in every picture of the Lab.
 * @param {TraceStore["state"]} state
 * @param {{arm: number}} network
 */
export function styleIndex(state, network) {
  const connections = state.source.value?.connections ?? [];
  return styleOf({ arms: connections.map((connection) => ({ connection })) }, network.arm, false).index;
}

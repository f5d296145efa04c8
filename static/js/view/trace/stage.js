/** The chosen stage, large, of both networks side by side: what meets at the ⊕ and what comes out, forward and back. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { scaleEnds } from "../../model/maps.js";
import { short } from "../../model/numbers.js";
import { shapeText } from "../../model/trace.js";
import { answerOf, className, likeliest } from "../../model/trace_answers.js";
import { bars } from "./answers.js";
import { styleIndex } from "./lanes.js";
import { canvas, imagePicture, mapRow, reliancePicture, scaleKey } from "./pictures.js";

/** @typedef {import("../../model/trace_state.js").TraceState} State */
/** @typedef {import("../../model/trace.js").Traced} Traced */
/** @typedef {import("../../model/trace.js").TraceStage} TraceStage */
/** @typedef {import("../../model/wire.js").Maps} Maps */
/** @typedef {import("../../model/wire.js").Trace} Trace */
/** @typedef {{sign: string, what: string, about: string, maps: Maps | null}} Row maps null: there are none */

/** Classes in a short list of bars. */
const FEW = 4;

/** @param {State} state */
export function stageCards(state) {
  const trace = state.trace.value;
  const column = state.column.value;
  if (!trace || !column) return nothing;
  const rows = column.stages.map((stage) => (stage ? rowsOf(stage, state.isBackward.value) : []));
  const ends = scaleEnds(
    rows.map((all) => all.map(({ maps }) => maps)),
    state.view.value.scale,
  );
  return html`<div class="stage-cards">${column.stages.map((stage, lane) =>
    card(state, trace, state.networks.value[lane], stage, rows[lane], ends[lane]),
  )}</div>`;
}

/**
 * The scale that the pictures of the stage share, or the scale of each network.
 * @param {State} state
 */
export function stageScale(state) {
  const isBackward = state.isBackward.value;
  const { scale } = state.view.value;
  const lanes = (state.column.value?.stages ?? []).flatMap((stage, lane) => {
    const maps = (stage ? rowsOf(stage, isBackward) : []).flatMap((row) => row.maps ?? []);
    return maps.length > 0 ? [{ name: state.networks.value[lane].name, maps }] : [];
  });
  if (lanes.length === 0) return nothing;
  const ends = scaleEnds(
    lanes.map(({ maps }) => maps),
    scale,
  );
  const what = isBackward ? "gradients" : "activations";
  if (scale === "own" && lanes.length > 1)
    return html`${lanes.map(({ name }, lane) => scaleKey(ends[lane], "", name))}
      <small class="scale-words">${what}, each network on its own scale at this stage</small>`;
  const whose = lanes.length > 1 ? "one scale for both networks at this stage" : "one scale at this stage";
  return scaleKey(ends[0], `${what}, ${whose}, 0 in the middle`);
}

/**
 * The rows of pictures of a stage.
 * @param {TraceStage} stage
 * @param {boolean} isBackward
 * @returns {Row[]}
 */
function rowsOf({ kind, output, gradient, join }, isBackward) {
  if (kind === "input") return [];
  if (isBackward)
    return [
      ...(gradient ? [{ sign: "∂L/∂out", what: "gradient that arrives", about: "", maps: gradient }] : []),
      ...(join
        ? [
            { sign: "through F", what: "through F", about: "", maps: join.gradient_through },
            { sign: "by skip", what: "by the skip", about: "nothing comes by a skip", maps: join.gradient_past },
          ]
        : []),
    ];
  return [
    ...(join
      ? [
          { sign: "F(x)", what: "F(x)", about: "", maps: join.through },
          { sign: "⊕ skip", what: "skip", about: "no skip: nothing is added", maps: join.past },
        ]
      : []),
    ...(output ? [{ sign: join ? "→ out" : "out", what: "output", about: "", maps: output }] : []),
  ];
}

/**
 * @param {State} state
 * @param {Trace} trace
 * @param {Traced} network
 * @param {TraceStage | null} stage
 * @param {Row[]} rows
 * @param {number} most
 */
function card(state, trace, network, stage, rows, most) {
  const style = styleIndex(state, network);
  if (!stage)
    return html`<section class="card stage-card" data-style=${style} aria-label=${network.name}>
      <header><h2><i class="swatch" aria-hidden="true"></i>${network.name}</h2><p>has no such stage</p></header></section>`;
  const shapes =
    stage.kind === "input" ? shapeText(stage.gives) : `${shapeText(stage.reads)} → ${shapeText(stage.gives)}`;
  return html`<section class="card stage-card" data-style=${style} data-kind=${stage.kind} aria-label="${network.name}, ${stage.name}">
    <header><h2><i class="swatch" aria-hidden="true"></i>${network.name}</h2>
      <p class="operation" title=${stage.operation}>${stage.part ? html`<b>${stage.part}:</b> ` : nothing}${stage.operation}</p><p class="shapes">${shapes}</p>
      ${stage.equation ? html`<p class="equation">${stage.equation}</p>` : nothing}</header>
    <div class="stage-body">
      <div class="rows" data-rows=${rows.length} ?data-all=${state.view.value.all}>${stage.kind === "input" ? inputPicture(state, trace, network, stage) : rows.map((row) => pictureRow(row, most))}
        ${rows.length === 0 && stage.kind !== "input" ? html`<p>${stage.words}</p><p class="nothing">Without weights the shapes are known, but no activations.</p>` : nothing}</div>
      ${aside(state, trace, network, stage)}
    </div>
  </section>`;
}

/**
 * @param {Row} row
 * @param {number} most
 */
function pictureRow({ sign, what, about, maps }, most) {
  return html`<div class="row"><span class="sign"><b>${sign}</b><small>${maps ? html`‖·‖ ${short(maps.norm)}` : ""}</small></span>${
    maps ? mapRow(maps, most, what) : html`<p class="nothing">${about}</p>`
  }</div>`;
}

/**
 * The image as the network sees it; on the way back with what the answer rests on.
 * @param {State} state
 * @param {Trace} trace
 * @param {Traced} network
 * @param {TraceStage} stage
 */
function inputPicture(state, trace, network, { gradient }) {
  if (trace.image === "")
    return html`<p class="nothing">No image yet: without weights only shapes go through the network.</p>`;
  const isBackward = state.isBackward.value && gradient !== null;
  const words = isBackward ? `the image, with the pixels on which the answer of ${network.name} rests` : "the image";
  return html`<div class="image-pictures"><span class="thumb large">${canvas(imagePicture(trace), words)}${
    isBackward ? canvas(reliancePicture(gradient), "") : nothing
  }</span>${
    isBackward
      ? html`<p>Orange: where the loss changes most with the pixel, |∂L/∂image|; each network's darkest orange is its own largest.
        ‖∂L/∂image‖ = <b>${short(gradient.norm)}</b></p>`
      : html`<p>${trace.label === null ? "An image of your own." : html`Its label: <b>${className(trace.classes, trace.label)}</b>.`}</p>`
  }</div>`;
}

/**
 * Beside the pictures: what a probe would answer here, or at the end what the network answers.
 * @param {State} state
 * @param {Trace} trace
 * @param {Traced} network
 * @param {TraceStage} stage
 */
function aside(state, trace, network, stage) {
  if (state.isBackward.value) {
    if (stage.kind !== "classifier" || network.target === null) return nothing;
    return html`<div class="beside"><p>The loss −log p(<b>${className(trace.classes, network.target)}</b>) = <b>${short(network.loss)}</b> starts back here.</p></div>`;
  }
  // beside the image stands already what comes of it
  const isEnd = ["input", "classifier"].includes(stage.kind) && network.probabilities.length > 0;
  const shares = isEnd ? network.probabilities : stage.probe;
  if (!shares) return nothing;
  const words = isEnd
    ? stage.kind === "input"
      ? "At the end it answers"
      : "It answers"
    : html`A linear probe here answers <small>(right on ${short(100 * (stage.probe_accuracy ?? 0))} % of the test set)</small>`;
  const answer = answerOf(shares);
  const right = answer !== null && answer === trace.label ? "right" : "";
  return html`<div class="beside ${right}"><p>${words}</p>${bars(likeliest(shares, trace.classes, FEW), trace.label)}</div>`;
}

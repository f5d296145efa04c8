/** What is traced: network, depth, checkpoint, and the image: an example of the test set, a drawing, a file. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { grouped } from "../../model/numbers.js";
import { fieldValue } from "../dom.js";
import { canvas, imagePicture } from "./pictures.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */

/** @param {TraceStore} store */
export function networkChoice({ state, actions }) {
  const source = state.source.value;
  const groups = [...new Set(state.sources.map(({ group }) => group))];
  const steps = source?.steps ?? [];
  const step = state.step.value;
  const place = Math.max(0, steps.indexOf(step ?? -1));
  const choose = (/** @type {(value: string) => void} */ action) => (/** @type {Event} */ event) =>
    action(fieldValue(event));
  return html`<label class="network"><span class="word">Network</span> <select id="network" aria-label="Network" @change=${choose(actions.chooseNetwork)}>${groups.map(
    (group) =>
      html`<optgroup label=${group}>${state.sources
        .filter((one) => one.group === group)
        .map(
          (one) => html`<option value=${one.key} ?selected=${one.key === source?.key}>${one.label}</option>`,
        )}</optgroup>`,
  )}</select></label>
  ${
    source && source.depths.length > 1
      ? html`<label>Depth <select id="depth" @change=${choose((value) => actions.chooseDepth(Number(value)))}>${source.depths.map(
          (depth) => html`<option value=${depth} ?selected=${depth === state.depth.value}>${depth}</option>`,
        )}</select></label>`
      : nothing
  }
  ${
    steps.length > 1
      ? html`<label class="checkpoint" title="The same image at each checkpoint">Checkpoint <input type="range" id="checkpoint" min="0" max=${steps.length - 1} step="1"
          .value=${String(place)} aria-valuetext="step ${step} of ${steps.at(-1)}" @input=${choose((value) => actions.chooseStep(steps[Number(value)]))}>
          <span class="step">step <b>${grouped(step ?? 0)}</b></span></label>`
      : nothing
  }
  ${source?.key.startsWith("run:") ? html`<a id="to-lab" href=${labAddress(source.key, state.depth.value)} title="This run in the Lab">Lab</a>` : nothing}`;
}

/**
 * @param {string} key of a run
 * @param {number | null} depth
 */
function labAddress(key, depth) {
  return `/#run=${encodeURIComponent(key.slice(4))}${depth === null ? "" : `&depth=${depth}`}`;
}

/** @param {TraceStore} store */
export function imageChoice({ state, actions }) {
  const { image } = state.view.value;
  const index = image.kind === "example" ? image.index : null;
  const own = (/** @type {"draw" | "upload"} */ panel, /** @type {string} */ label) =>
    html`<button type="button" id=${panel} aria-pressed=${state.panel.value === panel} aria-controls="own-image"
      @click=${() => actions.openPanel(state.panel.value === panel ? null : panel)}>${label}</button>`;
  const turn = (
    /** @type {string} */ id,
    /** @type {string} */ name,
    /** @type {string} */ sign,
    /** @type {number} */ by,
  ) =>
    html`<button type="button" id=${id} aria-label=${name} title=${by > 0 ? `${name} (N)` : name} @click=${() => actions.turnImage(by)}>${sign}</button>`;
  const strip = html`${turn("previous-image", "Image before", "‹", -1)}
    <span class="strip">${state.strip.value.map((one) => thumb(one, one.index === index, actions.chooseImage))}</span>
    ${turn("next-image", "Next image", "›", 1)}`;
  return html`${state.examplesAddress.value === null ? nothing : strip}${state.takesImages.value ? [own("draw", "Draw"), own("upload", "Upload")] : nothing}`;
}

/**
 * @param {TraceStore["state"]["strip"]["value"][number]} example
 * @param {boolean} isChosen
 * @param {TraceStore["actions"]["chooseImage"]} choose
 */
function thumb(example, isChosen, choose) {
  const { index, label } = example;
  const name = `Image ${index + 1}: ${label}`;
  return html`<button type="button" class="example" aria-pressed=${isChosen} title=${name} aria-label=${name}
    @click=${() => choose({ kind: "example", index })}>${canvas(imagePicture(example), "")}</button>`;
}

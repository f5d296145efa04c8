/** Weights of a published network: which file is used, and how one is given. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { isLecturer } from "../../model/records.js";
import { put } from "../../net/http.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */

/** @param {TraceStore} store */
export function weightsCard(store) {
  const { state } = store;
  const source = state.source.value;
  const known = state.weights.value;
  if (!source?.key.startsWith("net:") || !known) return nothing;
  const [file] = state.weightFiles.value;
  const unfit = known.files.filter(({ problem }) => problem !== null);
  return html`<section class="card weights" aria-label="Weights">
    <p>${
      file
        ? html`Weights: <b>${file}</b>. ${state.view.value.image.kind === "pixels" ? "" : "Draw an image or upload one to see what it does with it."}`
        : html`With weights you see real activations: ${isLecturer() ? "give" : "the lecturer can give"} a <b>.safetensors</b> file of ${source.label}, with the names that torchvision or timm give.`
    } <label class="file" data-for="lecturer">${file ? "Another file" : "Choose a file"} <input type="file" class="unseen" accept=".safetensors" @change=${(/** @type {Event} */ event) => void give(store, event)}></label></p>
    ${file ? nothing : html`<p class="nothing" data-for="lecturer">Or put it into <code>${known.folder}</code>. A .pth file becomes one by: <code>${known.convert}</code></p>`}
    ${unfit.map(({ name, problem }) => html`<p class="bad">${name}: ${problem}</p>`)}
  </section>`;
}

/**
 * Send a file of weights; what is wrong with it is told, and nothing else changes.
 * @param {TraceStore} store
 * @param {Event} event
 */
async function give({ actions }, event) {
  const field = /** @type {HTMLInputElement} */ (event.target);
  const [file] = field.files ?? [];
  if (!file) return;
  actions.notify("weights", `${file.name} is being sent …`);
  const found = await put(`/api/trace/weights/${encodeURIComponent(file.name)}`, file);
  field.value = "";
  if ("error" in found) actions.notify("weights", `${file.name} is not used. ${found.error.message}.`, { bad: true });
  else {
    actions.dismiss("weights");
    actions.weightsChanged();
  }
}

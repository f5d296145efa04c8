/** The two networks at the head of the Atlas: name, size, published error, and the choices that papers leave open. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { errorText, labAddress, toldError } from "../../model/atlas.js";
import { grouped, prefixed } from "../../model/numbers.js";
import { fieldValue } from "../dom.js";

/** @typedef {import("../../model/atlas_state.js").Atlas} Atlas */
/** @typedef {import("../../model/atlas_types.js").CatalogRow} CatalogRow */

/**
 * @param {Atlas} atlas
 * @param {CatalogRow | {refused: string} | null} network null: on its way
 * @param {number} index 0: left, 1: right
 */
export function head(atlas, network, index) {
  if (network === null) return html`<section class="card network" aria-busy="true"></section>`;
  if ("refused" in network) return html`<section class="card network"><p class="bad">${network.refused}</p></section>`;
  const { choices, totals } = network;
  const error = toldError(network, atlas.state.view.value.measure);
  const lab = labAddress(network);
  return html`<section class="card network" data-side=${index} aria-label=${network.label}>
    <h2>${network.label}</h2><p class="equation">${network.equation}</p>
    <p class="sizes"><b>${network.depth}</b> layers · <b>${prefixed(totals.parameters)}</b> <span title=${grouped(totals.parameters)}>parameters</span><span class="besides"> ·
      <b>${prefixed(totals.multiply_adds)}</b> <span title=${grouped(totals.multiply_adds)}>multiply-adds</span> · ${prefixed(totals.memory, "B")} of activations</span></p>
    <p class="published">${error ? html`<b>${errorText(network, error)}</b> error, ${error.measure}${error.note ? ` (${error.note})` : ""}<small>; ${error.source}</small>` : html`<small>${network.paper}</small>`}</p>
    <p class="options">${choices.map((choice) => option(atlas, index, choice))}
      ${lab ? html`<a data-for="lecturer" href=${lab}>Train its small relative</a>` : nothing}</p>
  </section>`;
}

/**
 * @param {Atlas} atlas
 * @param {number} index
 * @param {CatalogRow["choices"][number]} choice
 */
function option({ actions }, index, { name, label, chosen, values }) {
  return html`<label title=${values[chosen]}>${label} <select @change=${(/** @type {Event} */ event) => actions.choose(index, name, fieldValue(event))}>
    ${Object.entries(values).map(([each, words]) => html`<option value=${each} ?selected=${each === chosen} title=${words}>${words.split(":")[0]}</option>`)}
  </select></label>`;
}

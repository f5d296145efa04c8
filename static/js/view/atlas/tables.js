/** Layer tables in the form of He et al. (2015), table 1, what differs between two networks, and their code. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { table } from "../dialogs.js";

/** @typedef {import("../../model/atlas_types.js").CatalogNetwork} CatalogNetwork */

/**
 * @param {CatalogNetwork[]} networks
 * @param {import("../../model/atlas_state.js").Part | undefined} compared
 */
export function layerTables(networks, compared) {
  // the stages stand in the layer tables
  const stages = networks.flatMap(({ table: rows }) => rows.map(({ name }) => name));
  return html`<div class="columns">
    ${networks.map(
      (network) => html`<div class="card"><h3>${network.label}</h3>
        <div class="table-box" tabindex="0" role="region" aria-label="Layer table of ${network.label}">${layerTable(network)}</div></div>`,
    )}
    ${
      compared && "differences" in compared
        ? html`<div class="card differences"><h3>What differs</h3>
          <div class="table-box" tabindex="0" role="region" aria-label="What differs">${table(
            ["", ...compared.networks],
            compared.differences
              .filter(({ what }) => !stages.includes(what))
              .map(({ what, one, other }) => [what[0].toUpperCase() + what.slice(1), one, other]),
          )}</div></div>`
        : nothing
    }
  </div>`;
}

/**
 * @param {CatalogNetwork[]} networks
 * @param {(code: string) => void} copy
 */
export function programs(networks, copy) {
  return html`<div class="columns">
    ${networks.map(
      (network) => html`<div class="card program">
        <h3>${network.label} in PyTorch <button type="button" @click=${() => copy(network.code)}>Copy</button></h3>
        <pre tabindex="0" role="region" aria-label="Code of ${network.label}"><code>${network.code}</code></pre></div>`,
    )}
  </div>`;
}

/** @param {CatalogNetwork} network */
function layerTable({ table: rows }) {
  const cell = (/** @type {CatalogNetwork["table"][number]["cells"][number]} */ { lines, blocks }) =>
    blocks === 0
      ? html`<div class="alone">${lines.map((line) => html`<div>${line}</div>`)}</div>`
      : html`<div class="times"><div class="bracket">${lines.map((line) => html`<div>${line}</div>`)}</div> × ${blocks}</div>`;
  return html`<table class="stages">
    <thead><tr><th scope="col">Stage</th><th scope="col">Output</th><th scope="col">Layers</th></tr></thead>
    <tbody>${rows.map(({ name, output, cells, stages }) => html`<tr><th scope="row">${stages > 1 ? `${name} and ${stages - 1} more` : name}</th><td>${output.join("×")}</td><td>${cells.map(cell)}</td></tr>`)}</tbody>
  </table>`;
}

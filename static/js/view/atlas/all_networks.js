/** The table of all networks, and what depth and parameters say of their published errors. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { COLUMNS, errorOf } from "../../model/atlas.js";

/** @typedef {import("../../model/atlas_state.js").Atlas} Atlas */
/** @typedef {import("../../model/atlas_types.js").CatalogRow} CatalogRow */

/** @param {Atlas} atlas */
export function allNetworks({ state, actions }) {
  const { sort, left, right, measure } = state.view.value;
  const head = (/** @type {typeof COLUMNS[number]} */ { key, label }) => {
    const order = sort === key ? "ascending" : sort === `-${key}` ? "descending" : "none";
    const sign = { ascending: " ▲", descending: " ▼", none: "" }[order];
    return html`<th scope="col" aria-sort=${order}><button type="button" @click=${() => actions.sortBy(key)}>${label}<span aria-hidden="true">${sign}</span></button></th>`;
  };
  const place = (/** @type {CatalogRow} */ { name, label }) => {
    const [isLeft, isRight] = [left.name === name, right?.name === name];
    return html`<td class="places"><button type="button" aria-pressed=${isLeft} aria-label="show ${label}" @click=${() => actions.chooseLeft(name)}>show</button>
      <button type="button" aria-pressed=${isRight} aria-label="${label} beside" @click=${() => actions.chooseRight(isRight ? "" : name)}>beside</button></td>`;
  };
  const row = (
    /** @type {CatalogRow} */ one,
  ) => html`<tr class=${one.name === left.name ? "left" : one.name === right?.name ? "right" : ""}>
    ${COLUMNS.map(({ key, text }) => (key === "label" ? html`<th scope="row">${text(one, measure)}</th>` : html`<td class=${key} title=${key === "error" ? sourceOf(one, measure) : nothing}>${text(one, measure)}</td>`))}
    <td class="source">${sourceOf(one, measure)}</td>${place(one)}</tr>`;
  return html`<table>
    <thead><tr>${COLUMNS.map(head)}<th scope="col">Its source</th><td></td></tr></thead>
    <tbody>${state.rows.value.map(row)}</tbody>
  </table>`;
}

/**
 * @param {CatalogRow} row
 * @param {string} measure
 */
function sourceOf(row, measure) {
  const error = errorOf(row, measure);
  return error ? `${error.source}${error.note ? ` (${error.note})` : ""}` : "";
}

/** Tabs of views with their number keys. */
import { html } from "../../vendor/lit-html-3.3.3.js";
import { CHOICE_KEYS, meaning } from "../model/key_tables.js";
import { find, show } from "./dom.js";

/** @typedef {{name: string, label: string}} View */

/**
 * Show the tabs of a page's views in ``#view-tabs``; ``#view`` is what they open.
 * @param {View[]} views
 * @param {string} open
 * @param {(name: string) => void} choose
 */
export function showTabs(views, open, choose) {
  const turn = (/** @type {KeyboardEvent} */ event) => {
    const by = meaning(CHOICE_KEYS, event.key);
    if (by === undefined || event.shiftKey) return;
    event.preventDefault();
    const names = views.map(({ name }) => name);
    const next = names[(names.indexOf(open) + by + names.length) % names.length];
    choose(next);
    find(`#tab-${next}`).focus();
  };
  const tab = (/** @type {View} */ { name, label }, /** @type {number} */ index) =>
    html`<button type="button" role="tab" id="tab-${name}" aria-selected=${name === open} aria-controls="view"
      aria-keyshortcuts=${String(index + 1)} tabindex=${name === open ? 0 : -1} @click=${() => choose(name)} @keydown=${turn}
      >${label}<small aria-hidden="true">${index + 1}</small></button>`;
  show(views.map(tab), find("#view-tabs"));
  const [box, chosen] = [find("#view-tabs"), find(`#tab-${open}`)];
  // on a phone not all of them are in sight
  const [from, to] = [chosen.offsetLeft - box.offsetLeft, chosen.offsetLeft - box.offsetLeft + chosen.offsetWidth];
  if (from < box.scrollLeft || to > box.scrollLeft + box.clientWidth)
    box.scrollLeft = from - (box.clientWidth - chosen.offsetWidth) / 2;
  find("#view").setAttribute("aria-labelledby", `tab-${open}`);
  document.documentElement.dataset.view = open;
}

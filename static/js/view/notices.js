/** Notices: short messages under the toolbar. As text only. */

import { html, nothing } from "../../vendor/lit-html-3.3.3.js";
import { effect } from "../../vendor/signals-core-1.14.5.js";
import { find, show } from "./dom.js";

/**
 * @param {{state: {notices: {value: import("../model/types.js").Notice[]}}, actions: {dismiss: (name: string) => void}}} store
 *   of a page
 */
export function showNotices({ state, actions }) {
  const box = find("#notices");
  effect(() => {
    show(state.notices.value.map(notice), box);
  });

  /** @param {import("../model/types.js").Notice} one */
  function notice({ name, message, bad, offer }) {
    const accept = () => {
      actions.dismiss(name);
      offer?.action();
    };
    return html`<div class=${bad ? "notice bad" : "notice"} data-kind=${name}><span>${message}</span>${
      offer ? html`<button type="button" @click=${accept}>${offer.label}</button>` : nothing
    }<button type="button" class="close" aria-label="Dismiss" title="Dismiss" @click=${() => actions.dismiss(name)}>×</button></div>`;
  }
}

/** Where an own image is made: the drawing board, or an upload. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { base64Of } from "../../model/maps.js";
import { whenever } from "../../model/reactive.js";
import { find, show } from "../dom.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */

/** @param {TraceStore} store */
export function showOwnImage({ state, actions }) {
  const box = find("#own-image");
  const traced = (/** @type {Uint8Array} */ pixels) =>
    actions.chooseImage({ kind: "pixels", pixels: base64Of(pixels) });
  whenever(
    () => [state.panel.value, state.source.value],
    () => {
      const panel = state.panel.value;
      box.hidden = panel === null;
      show(html`${panel}${traced ? nothing : nothing}`, box);
    },
  );
}

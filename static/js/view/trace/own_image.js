/** Where an own image is made: the drawing board, or an upload. */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { base64Of } from "../../model/maps.js";
import { whenever } from "../../model/reactive.js";
import { find, show } from "../dom.js";
import { drawingBoard } from "./drawing_board.js";
import { uploadControl } from "./upload.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */

/** @param {TraceStore} store */
export function showOwnImage({ state, actions }) {
  const box = find("#own-image");
  const traced = (/** @type {Uint8Array} */ pixels) =>
    actions.chooseImage({ kind: "pixels", pixels: base64Of(pixels) });
  whenever(
    () => [state.panel.value, state.input.value],
    () => {
      const [panel, input] = [state.panel.value, state.input.value];
      box.hidden = panel === null || input === null;
      box.replaceChildren();
      if (input === null || panel === null) return;
      const { side, channels } = input;
      const made =
        panel === "draw"
          ? drawingBoard({ side, channels, onChange: traced })
          : uploadControl({
              ...{ side, channels },
              onImage: (pixels) => {
                actions.dismiss("upload");
                traced(pixels);
              },
              onRefused: (sentence) => actions.notify("upload", sentence, { bad: true }),
            });
      box.append(
        head(panel === "draw" ? "Draw" : "Upload", () => actions.openPanel(null)),
        made,
      );
    },
  );
}

/**
 * @param {string} title
 * @param {() => void} close
 */
function head(title, close) {
  const header = document.createElement("header");
  show(
    html`<h2>${title}</h2><button type="button" class="close" aria-label="Close" @click=${close}>×</button>`,
    header,
  );
  return header;
}

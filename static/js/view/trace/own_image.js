/** Where an own image is made: the drawing board, or an upload. */
import { base64Of } from "../../model/maps.js";
import { whenever } from "../../model/reactive.js";
import { find } from "../dom.js";
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
        made,
        closeButton(() => actions.openPanel(null)),
      );
    },
  );
}

/** @param {() => void} close */
function closeButton(close) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "close";
  button.textContent = "×";
  button.setAttribute("aria-label", "Close");
  button.addEventListener("click", close);
  return button;
}

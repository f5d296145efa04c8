/**
 * An image of one's own as a network gets it: chosen, dropped or pasted, checked before anything is decoded, a square of
 * it scaled to the network's input.
 */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { check, MOST_BYTES } from "../../model/image_file.js";
import { FORMATS } from "../../model/image_headers.js";
import { borderMean, inverted } from "../../model/image_pixels.js";
import { grouped } from "../../model/numbers.js";
import { find, say, show } from "../dom.js";
import { cropBoard } from "./crop_board.js";
import { seenPicture } from "./seen_picture.js";

const ACCEPTED = Object.values(FORMATS)
  .map(({ types }) => types[0])
  .join(",");

/**
 * @param {object} options
 * @param {number} options.side
 * @param {number} options.channels
 * @param {(pixels: Uint8Array, name: string) => void} options.onImage bytes [channels, side, side], 0 black to 255
 *   white; when an image has come, and when its square was moved or it was inverted
 * @param {(sentence: string) => void} options.onRefused what is wrong with a file; the image before stays
 * @returns {HTMLElement}
 */
export function uploadControl({ side, channels, onImage, onRefused }) {
  const seen = seenPicture({ side, channels });
  const crop = cropBoard({ side, channels, onChange: () => give() });
  /** @type {{name: string, words: string, isLight: boolean} | null} */
  let chosen = null;
  /** how many files were given: of several the last one counts, whichever is decoded first */
  let given = 0;
  const element = document.createElement("section");
  element.className = "image-input upload";
  element.setAttribute("aria-label", "An image of your own");
  show(
    html`<p class="drop"><button type="button" class="choose">Choose an image</button> or drop it here, or paste it
        <input type="file" accept=${ACCEPTED} hidden></p>
      <div class="chosen" hidden>
        <span class="crop-place"></span>
        <div class="beside"><span class="seen-place"></span>
          ${channels === 1 ? html`<label><input type="checkbox" class="invert"> Invert</label>` : nothing}
          <p class="told" role="status"></p></div>
      </div>`,
    element,
  );
  find(".crop-place", element).replaceWith(crop.element);
  find(".seen-place", element).replaceWith(seen.element);
  const input = /** @type {HTMLInputElement} */ (find("input[type=file]", element));
  const inverts = /** @type {HTMLInputElement | null} */ (element.querySelector(".invert"));

  const give = () => {
    if (!chosen) return;
    const pixels = inverts?.checked ? inverted(crop.pixels()) : crop.pixels();
    seen.show(pixels);
    say(
      find(".beside .told", element),
      `${chosen.words}${inverts ? groundWords(chosen.isLight, inverts.checked) : ""}`,
    );
    onImage(pixels, chosen.name);
  };

  /** @param {File} file */
  const take = async (file) => {
    given += 1;
    const turn = given;
    const { name } = file;
    /** @type {ImageBitmap} */
    let bitmap;
    try {
      const found = check(file.size > MOST_BYTES ? new ArrayBuffer(0) : await file.arrayBuffer(), file);
      if (typeof found === "string") return onRefused(found);
      bitmap = await createImageBitmap(file);
    } catch {
      return onRefused(`${name} could not be read: it is damaged, or this browser does not know it.`);
    }
    if (turn !== given) return bitmap.close();
    find(".chosen", element).hidden = false;
    crop.show(bitmap);
    const isLight = borderMean(crop.pixels(), side) > 127.5;
    chosen = { name, words: `${name}: ${grouped(bitmap.width)} × ${grouped(bitmap.height)} pixels.`, isLight };
    if (inverts) inverts.checked = isLight;
    give();
  };

  find(".choose", element).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file) void take(file);
    // the same file once more is a change, too
    input.value = "";
  });
  inverts?.addEventListener("change", give);
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    element.classList.add("over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("over");
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void take(file);
    else onRefused("What was dropped is no file: save the image first, then drop the file.");
  });
  const pasted = (/** @type {ClipboardEvent} */ event) => {
    if (!element.isConnected) return document.removeEventListener("paste", pasted);
    const [file] = event.clipboardData?.files ?? [];
    if (!file || !element.checkVisibility()) return;
    event.preventDefault();
    void take(file);
  };
  document.addEventListener("paste", pasted);
  return element;
}

/**
 * Why an image is inverted or not, where that follows from its border; nothing where somebody chose otherwise.
 * @param {boolean} isLight
 * @param {boolean} isInverted
 */
function groundWords(isLight, isInverted) {
  if (isLight !== isInverted) return "";
  return isLight
    ? " Its border is light, so it is inverted: the images of this data set are light on dark."
    : " Its border is dark, as in the images of this data set, so it is not inverted.";
}

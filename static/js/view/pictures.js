/**
 * The pictures of a view: as many side by side as there is room for, and buttons that turn to the others. In presenter
 * mode one at a time; on a phone all, one below the other.
 */
import { whenever } from "../model/reactive.js";
import { find, isSmall, say } from "./dom.js";

/** Pixels that a picture needs to be read, its title among them. */
const LEAST_WIDTH = 290;

/**
 * How many pictures stand side by side.
 * @param {number} count of all
 * @param {number} width of the view, in pixels
 * @param {boolean} presenter
 */
function fitting(count, width, presenter) {
  return presenter ? 1 : Math.max(1, Math.min(count, Math.floor(width / LEAST_WIDTH)));
}

export class Pictures {
  /**
   * @param {HTMLElement} view
   * @param {import("../model/state.js").Store} store
   */
  constructor(view, { state, actions }) {
    this.view = view;
    this.state = state;
    this.actions = actions;
    this.figures = /** @type {HTMLElement[]} */ ([...view.querySelectorAll(".pictures > figure")]);
    /** @type {(figure: HTMLElement) => boolean} whether a figure has something to show */
    this.isUsed = () => true;
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (view.querySelectorAll("[data-turn]")))
      button.addEventListener("click", () => this.turn(Number(button.dataset.turn)));
    new ResizeObserver(() => this.arrange()).observe(find(".pictures", view));
    whenever(
      () => [state.view.value, state.beside.value],
      () => this.arrange(),
    );
  }

  /** @returns {"picture" | "besidePicture"} where the state has which are shown */
  get key() {
    return this.view.classList.contains("beside") ? "besidePicture" : "picture";
  }

  /** The figures that have something to show, how many of them are shown, and the first of these. */
  get page() {
    const used = this.figures.filter(this.isUsed);
    const { presenter, [this.key]: picture } = this.state.view.value;
    const shown = isSmall() ? used.length : fitting(used.length, find(".pictures", this.view).clientWidth, presenter);
    const first = Math.max(0, Math.min(picture, used.length - shown));
    return { used, shown, first };
  }

  arrange() {
    if (this.view.hidden) return;
    const { used, shown, first } = this.page;
    const pager = find(".pager", this.view);
    pager.hidden = shown >= used.length;
    const last = first + shown;
    say(find(".place", pager), `${shown === 1 ? last : `${first + 1}–${last}`} of ${used.length}`);
    const visible = used.slice(first, last);
    for (const figure of this.figures) figure.hidden = !visible.includes(figure);
  }

  /**
   * Turn to the next pictures, or those before; after the last comes the first.
   * @param {number} by pages
   */
  turn(by) {
    const { used, shown, first } = this.page;
    const next = first + by * shown;
    const last = Math.max(0, used.length - shown);
    const to = next < 0 ? (first > 0 ? 0 : last) : next > last ? (first < last ? last : 0) : next;
    this.actions.choosePicture(to, this.key);
  }
}

/**
 * The depth slider: stops that all train at the same time, and one thumb or two. The first sets the depth of both
 * panels; the second, when it is there, that of the right panel. A thumb is a slider to a screen reader.
 */
import { meaning } from "../../model/key_tables.js";

/**
 * How many stops a thumb moves on.
 * @type {import("../../model/key_tables.js").KeyRow<number>[]}
 */
export const DEPTH_KEYS = [
  { name: "← / →", does: "Less, more depth", keys: { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 } },
  { name: "Page down / Page up", does: "Two stops", keys: { PageDown: -2, PageUp: 2 } },
  { name: "Home / End", does: "Least, greatest depth", keys: { Home: -99, End: 99 } },
];

export class Slider {
  /**
   * @param {HTMLElement} element
   * @param {(depth: number, second: boolean) => void} onMove
   */
  constructor(element, onMove) {
    this.element = element;
    this.onMove = onMove;
    /** @type {number[]} */
    this.depths = [];
    /** @type {[number, number | null]} */
    this.values = [0, null];
    this.rail = made("div", "rail");
    this.stops = made("div", "stops");
    this.thumbs = [this.thumb(false), this.thumb(true)];
    element.append(this.rail, this.stops, ...this.thumbs);
    /** @type {boolean | null} which thumb is dragged: the second? */
    this.dragged = null;
    element.addEventListener("pointerdown", (event) => this.grab(event));
    element.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      element.addEventListener(end, () => {
        this.dragged = null;
      });
    }
  }

  /** @param {boolean} second */
  thumb(second) {
    const thumb = made("div", second ? "thumb second" : "thumb");
    thumb.tabIndex = 0;
    thumb.setAttribute("role", "slider");
    thumb.setAttribute("aria-label", second ? "Depth of the right panel" : "Depth");
    thumb.addEventListener("keydown", (event) => {
      const move = meaning(DEPTH_KEYS, event.key);
      if (move === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.shift(move, second);
    });
    return thumb;
  }

  /**
   * Show these stops and values.
   * @param {number[]} depths ascending
   * @param {number} main
   * @param {number | null} second
   */
  show(depths, main, second) {
    if (depths.join() !== this.depths.join()) this.build(depths);
    this.values = [main, second];
    this.thumbs[1].hidden = second === null;
    this.thumbs.forEach((thumb, index) => {
      const value = this.values[index];
      if (value === null) return;
      thumb.style.left = `${this.percent(depths.indexOf(value))}%`;
      thumb.setAttribute("aria-valuemin", String(depths[0]));
      thumb.setAttribute("aria-valuemax", String(depths.at(-1)));
      thumb.setAttribute("aria-valuenow", String(value));
      thumb.setAttribute("aria-valuetext", `${value} layers`);
    });
  }

  /** @param {number[]} depths */
  build(depths) {
    this.depths = depths;
    this.stops.replaceChildren(
      ...depths.flatMap((depth, index) => {
        const stop = made("span", "stop");
        const name = made("span", "stop-name");
        name.textContent = String(depth);
        for (const part of [stop, name]) part.style.left = `${this.percent(index)}%`;
        return [stop, name];
      }),
    );
  }

  /** @param {number} index */
  percent(index) {
    return this.depths.length < 2 ? 50 : (100 * index) / (this.depths.length - 1);
  }

  /**
   * Move a thumb by so many stops.
   * @param {number} by
   * @param {boolean} [second]
   */
  shift(by, second = false) {
    const value = this.values[second ? 1 : 0];
    if (value === null) return;
    const index = Math.min(this.depths.length - 1, Math.max(0, this.depths.indexOf(value) + by));
    this.move(this.depths[index], second);
  }

  /**
   * @param {number} depth
   * @param {boolean} second
   */
  move(depth, second) {
    if (this.values[second ? 1 : 0] !== depth) this.onMove(depth, second);
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (event.button !== 0) return;
    const at = this.share(event);
    const [main, second] = this.values.map((value) =>
      value === null ? null : this.percent(this.depths.indexOf(value)) / 100,
    );
    this.dragged = second !== null && Math.abs(second - at) < Math.abs((main ?? 0) - at);
    if (second !== null && event.target === this.thumbs[1]) this.dragged = true;
    this.element.setPointerCapture(event.pointerId);
    this.drag(event);
    this.thumbs[this.dragged ? 1 : 0].focus({ preventScroll: true });
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (this.dragged === null) return;
    const index = Math.round(this.share(event) * (this.depths.length - 1));
    this.move(this.depths[Math.min(this.depths.length - 1, Math.max(0, index))], this.dragged);
  }

  /** @param {PointerEvent} event */
  share(event) {
    const box = this.element.getBoundingClientRect();
    return (event.clientX - box.left) / Math.max(1, box.width);
  }
}

/**
 * @param {string} tag
 * @param {string} name
 */
function made(tag, name) {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}

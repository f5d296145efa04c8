/** The player of the flow film: play, pause, one moment on or back, slow motion. Knows moments, not what they show. */
import { find, say } from "../dom.js";

/** Milliseconds that one moment lasts; slow motion shows each long enough to be read aloud. */
const PACES = { normal: 140, slow: 1400 };

export class Player {
  /**
   * @param {HTMLElement} element
   * @param {(moment: number | null) => void} onMoment null: the film is put away
   * @param {() => void} onRolling it begins: what it is shown on shall be in sight
   */
  constructor(element, onMoment, onRolling) {
    this.element = element;
    this.onMoment = onMoment;
    this.onRolling = onRolling;
    this.moments = 0;
    /** @type {number | null} */
    this.moment = null;
    /** @type {ReturnType<typeof setInterval> | null} */
    this.timer = null;
    this.slow = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const on = (/** @type {string} */ name, /** @type {() => void} */ action) =>
      find(`[data-film="${name}"]`, element).addEventListener("click", action);
    on("play", () => (this.timer === null ? this.play() : this.pause()));
    on("back", () => this.stepBy(-1));
    on("on", () => this.stepBy(1));
    on("slow", () => {
      this.slow = !this.slow;
      if (this.timer !== null) this.play();
      this.show();
    });
    on("away", () => this.away());
    this.place = /** @type {HTMLInputElement} */ (find("input[type=range]", element));
    this.place.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.place.value));
    });
    this.show();
  }

  /** @param {number} moments how many there are; another film begins at its beginning */
  load(moments) {
    if (moments === this.moments) return;
    this.moments = moments;
    this.place.max = String(Math.max(0, moments - 1));
    this.away();
  }

  play() {
    this.pause();
    if (this.moments === 0) return;
    if (this.moment === null || this.moment >= this.moments - 1) this.go(0);
    this.timer = setInterval(
      () => {
        const next = (this.moment ?? -1) + 1;
        if (next >= this.moments) this.pause();
        else this.go(next);
      },
      this.slow ? PACES.slow : PACES.normal,
    );
    this.show();
  }

  pause() {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
    this.show();
  }

  /** @param {number} by */
  stepBy(by) {
    this.pause();
    this.go(Math.min(this.moments - 1, Math.max(0, (this.moment ?? (by > 0 ? -1 : this.moments)) + by)));
  }

  /** @param {number} moment */
  go(moment) {
    if (this.moments === 0) return;
    this.moment = moment;
    this.show();
    this.onMoment(moment);
  }

  away() {
    this.pause();
    if (this.moment === null) return;
    this.moment = null;
    this.show();
    this.onMoment(null);
  }

  show() {
    const play = find('[data-film="play"]', this.element);
    const rolling = this.moment !== null;
    if (rolling && !this.element.classList.contains("rolling")) this.onRolling();
    this.element.classList.toggle("rolling", rolling);
    say(play, this.timer === null ? "▶ Play" : "❚❚ Pause");
    find('[data-film="slow"]', this.element).setAttribute("aria-pressed", String(this.slow));
    this.place.value = String(this.moment ?? 0);
    for (const control of this.element.querySelectorAll("button, input"))
      control.toggleAttribute("disabled", this.moments === 0);
  }
}

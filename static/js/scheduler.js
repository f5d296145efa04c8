/**
 * The scheduler: who draws when. Whoever has news marks its chart dirty; an animation frame draws at most one
 * chart, in turn, no chart oftener than its own interval. When a person waits (a slider moves) a frame draws
 * several, first come first, as long as it is short. A hidden tab draws nothing; seen again, it draws all once.
 */

/** Milliseconds that the drawings of one frame may take together before the rest waits for the next. */
const FRAME_BUDGET = 40;
/** Milliseconds after which a frame takes no further drawing that nobody waits for: text is cheap, a chart is not. */
const ENOUGH = 4;

/** @typedef {{draw: () => void, interval: number}} Drawable draws itself; milliseconds between two drawings */
/** @typedef {{item: Drawable, dirty: boolean, urgent: boolean, drawn: number}} Entry */

export class Scheduler {
  /**
   * @param {{frame: (callback: () => void) => void, later: (callback: () => void, delay: number) => void,
   *   now: () => number, hidden: () => boolean}} clock what the browser gives; a test gives its own
   * @param {() => void} [served] called when all is drawn that a person waited for
   */
  constructor(clock, served = () => {}) {
    this.clock = clock;
    this.served = served;
    /** @type {Entry[]} */
    this.entries = [];
    this.turn = 0;
    this.framed = false;
    this.delayed = false;
  }

  /** @param {Drawable} item */
  add(item) {
    this.entries.push({ item, dirty: false, urgent: false, drawn: Number.NEGATIVE_INFINITY });
  }

  /**
   * Something changed: draw these soon, all when none is named.
   * @param {Drawable[]} [items]
   * @param {boolean} [urgent] a person waits: do not wait for the interval
   */
  mark(items, urgent = false) {
    for (const entry of this.entries) {
      if (items && !items.includes(entry.item)) continue;
      entry.dirty = true;
      entry.urgent ||= urgent;
    }
    this.request();
  }

  /** The tab is seen again. */
  shown() {
    this.mark(undefined, true);
  }

  request() {
    if (this.framed || this.clock.hidden()) return;
    this.framed = true;
    this.clock.frame(() => {
      this.framed = false;
      this.tick();
    });
  }

  /** Draw what is due. */
  tick() {
    if (this.clock.hidden()) return;
    const began = this.clock.now();
    const waited = this.entries.filter((entry) => entry.urgent);
    for (const entry of waited) {
      this.drawEntry(entry);
      if (this.clock.now() - began >= FRAME_BUDGET) break;
    }
    if (waited.length > 0 && !waited.some((entry) => entry.urgent)) this.served();
    this.drawNext(began);
    this.goOn();
  }

  /**
   * Draw in turn what has come due, until this frame has done enough: one chart, or some text and a chart.
   * @param {number} began
   */
  drawNext(began) {
    for (let i = 0; i < this.entries.length && this.clock.now() - began < ENOUGH; i++) {
      const entry = this.entries[this.turn];
      this.turn = (this.turn + 1) % this.entries.length;
      if (entry.dirty && this.dueAt(entry) <= began) this.drawEntry(entry);
    }
  }

  /** @param {Entry} entry */
  drawEntry(entry) {
    entry.dirty = entry.urgent = false;
    entry.drawn = this.clock.now();
    entry.item.draw();
  }

  /** @param {Entry} entry */
  dueAt(entry) {
    return entry.urgent ? 0 : entry.drawn + entry.item.interval;
  }

  /** Ask for the next frame, at once or when the next chart is due. */
  goOn() {
    const dirty = this.entries.filter((entry) => entry.dirty);
    if (dirty.length === 0) return;
    const wait = Math.min(...dirty.map((entry) => this.dueAt(entry))) - this.clock.now();
    if (wait <= 0) {
      this.request();
      return;
    }
    if (this.delayed) return;
    this.delayed = true;
    this.clock.later(() => {
      this.delayed = false;
      this.request();
    }, wait);
  }
}

/** The browser's own clock. */
export function browserClock() {
  return {
    frame: (/** @type {() => void} */ callback) => void requestAnimationFrame(callback),
    later: (/** @type {() => void} */ callback, /** @type {number} */ delay) => void setTimeout(callback, delay),
    now: () => performance.now(),
    hidden: () => document.hidden,
  };
}

/**
 * The scheduler: who draws when. Whoever has news marks its chart dirty; one animation frame at a time draws at
 * most one chart, in turn, no chart oftener than its own interval. A hidden tab draws nothing; when it is seen
 * again everything is drawn once.
 */

/** @typedef {{draw: () => void, interval: number}} Drawable draws itself; milliseconds between two drawings */

export class Scheduler {
  /**
   * @param {{frame: (callback: () => void) => void, later: (callback: () => void, delay: number) => void,
   *   now: () => number, hidden: () => boolean}} clock what the browser gives; a test gives its own
   */
  constructor(clock) {
    this.clock = clock;
    /** @type {{item: Drawable, dirty: boolean, urgent: boolean, drawn: number}[]} */
    this.entries = [];
    this.turn = 0;
    this.waiting = false;
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
    if (this.waiting || this.clock.hidden()) return;
    this.waiting = true;
    this.clock.frame(() => this.tick());
  }

  /** Draw the next chart whose time has come. */
  tick() {
    this.waiting = false;
    if (this.clock.hidden()) return;
    const now = this.clock.now();
    let soonest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.entries.length; i++) {
      const entry = this.entries[(this.turn + i) % this.entries.length];
      if (!entry.dirty) continue;
      const due = entry.urgent ? now : entry.drawn + entry.item.interval;
      if (due > now) {
        soonest = Math.min(soonest, due);
        continue;
      }
      this.turn = (this.turn + i + 1) % this.entries.length;
      entry.dirty = entry.urgent = false;
      entry.drawn = now;
      entry.item.draw();
      soonest = now;
      break;
    }
    if (!this.entries.some((entry) => entry.dirty)) return;
    if (soonest <= now) this.request();
    else {
      this.waiting = true;
      this.clock.later(() => {
        this.waiting = false;
        this.request();
      }, soonest - now);
    }
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

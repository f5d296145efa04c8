/**
 * The scheduler decides which chart is drawn when. A chart whose data changed is marked dirty; an animation frame
 * draws at most one chart, in turn, and none more often than its own interval. When a person waits (a slider moves), a
 * frame draws several, in their order, as long as it stays short. A hidden tab draws nothing; when it is visible
 * again, all is drawn once. So is what was hidden. What would have to be scrolled to follows slowly.
 */

import { whenever } from "../model/reactive.js";

/** Milliseconds that the drawings of one frame may take together before the rest waits for the next. */
const FRAME_BUDGET = 50;
/** Milliseconds without drawing after which a person is served at once, without waiting for the next frame. */
const REST = 50;
/** Milliseconds after which a frame takes no further drawing that nobody waits for: text is cheap, a chart is not. */
const ENOUGH = 4;
/** What is far from sight is drawn so many times less often. */
const SLOWER = 20;

/**
 * @typedef {{draw: () => void, interval: number, element?: HTMLElement}} Drawable draws itself; milliseconds between two
 *   drawings; where, if it is drawn only while that is in sight
 */
/** @typedef {{item: Drawable, dirty: boolean, urgent: boolean, drawn: number, shown: boolean,
 *   far: boolean}} Entry shown: it has a size; far: it would have to be scrolled to */

export class Scheduler {
  /**
   * @param {{frame: (callback: () => void) => void, soon: (callback: () => void) => void,
   *   later: (callback: () => void, delay: number) => void, now: () => number, hidden: () => boolean}} clock what the browser gives; a test gives its own
   * @param {object} [hooks]
   * @param {() => void} [hooks.drew] called after charts were drawn, whose axes may have moved
   * @param {() => void} [hooks.served] called when all is drawn that a person waited for
   * @param {(drawing: () => void) => void} [hooks.quickly] does a drawing that a person waits for
   */
  constructor(clock, { drew = () => {}, served = () => {}, quickly = (drawing) => drawing() } = {}) {
    this.clock = clock;
    this.hooks = { drew, served, quickly };
    /** whether this frame has drawn a chart */
    this.charted = false;
    /** @type {Entry[]} */
    this.entries = [];
    this.turn = 0;
    this.framed = false;
    this.delayed = false;
    /** when something was drawn last */
    this.ended = clock.now();
  }

  /** @param {Drawable} item */
  add(item) {
    this.entries.push({ item, dirty: false, urgent: false, drawn: Number.NEGATIVE_INFINITY, shown: true, far: false });
  }

  /**
   * Draw an item whenever what it reads changes.
   * @param {Drawable} item
   * @param {object} reads
   * @param {() => unknown} [reads.chosen] signals that a person changes, who waits
   * @param {() => unknown} [reads.measured] signals that change by themselves
   */
  follow(item, { chosen = () => {}, measured = () => {} }) {
    this.add(item);
    whenever(measured, () => this.mark([item]));
    whenever(chosen, () => this.mark([item], true));
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
    this.request(urgent);
  }

  /**
   * An element has another size: what is drawn in it is drawn anew, or not at all while it has none.
   * @param {Element} element
   * @param {boolean} shown whether it has any
   */
  resized(element, shown) {
    for (const entry of this.entries) {
      if (entry.item.element !== element) continue;
      entry.shown = shown;
      if (shown) this.mark([entry.item], true);
    }
  }

  /**
   * An element was scrolled into sight, or out of it.
   * @param {Element} element
   * @param {boolean} inSight
   */
  scrolled(element, inSight) {
    for (const entry of this.entries) {
      if (entry.item.element !== element) continue;
      entry.far = !inSight;
      if (inSight && entry.dirty) this.mark([entry.item], true);
    }
  }

  /** The tab is visible again. */
  shown() {
    this.mark(undefined, true);
  }

  /** @param {boolean} [urgent] what is asked for so quickly that drawing cannot follow is drawn together, in a frame */
  request(urgent = false) {
    if (this.framed || this.clock.hidden()) return;
    this.framed = true;
    const act = () => {
      this.framed = false;
      this.tick();
      this.ended = this.clock.now();
    };
    if (urgent && this.clock.now() - this.ended > REST) this.clock.soon(act);
    else this.clock.frame(act);
  }

  /** Draw what is due. */
  tick() {
    if (this.clock.hidden()) return;
    const began = this.clock.now();
    this.charted = false;
    const waited = this.entries.filter((entry) => entry.urgent && entry.shown && !entry.far);
    for (const entry of waited) {
      this.hooks.quickly(() => this.drawEntry(entry));
      if (this.clock.now() - began >= FRAME_BUDGET) break;
    }
    const served = waited.length > 0 && !waited.some((entry) => entry.urgent);
    this.drawNext(began);
    if (this.charted) this.hooks.drew();
    if (served) this.hooks.served();
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
      if (entry.dirty && entry.shown && this.dueAt(entry) <= began) this.drawEntry(entry);
    }
  }

  /** @param {Entry} entry */
  drawEntry(entry) {
    entry.dirty = entry.urgent = false;
    entry.drawn = this.clock.now();
    entry.item.draw();
    this.charted ||= entry.item.element !== undefined;
  }

  /** @param {Entry} entry */
  dueAt(entry) {
    if (entry.far) return entry.drawn + SLOWER * entry.item.interval;
    return entry.urgent ? 0 : entry.drawn + entry.item.interval;
  }

  /** Ask for the next frame, at once or when the next chart is due. */
  goOn() {
    const dirty = this.entries.filter((entry) => entry.dirty && entry.shown);
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
    soon: (/** @type {() => void} */ callback) => queueMicrotask(callback),
    later: (/** @type {() => void} */ callback, /** @type {number} */ delay) => void setTimeout(callback, delay),
    now: () => performance.now(),
    hidden: () => document.hidden,
  };
}

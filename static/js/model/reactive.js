/** Helpers for signals. */
import { computed, effect, untracked } from "../../vendor/signals-core-1.14.5.js";

/**
 * A computed value that stays the same object while its content is the same.
 * @template T
 * @param {() => T} compute
 */
export function steady(compute) {
  /** @type {{text: string, value: T} | undefined} */
  let known;
  return computed(() => {
    const value = compute();
    const text = JSON.stringify(value);
    if (known?.text !== text) known = { text, value };
    return known.value;
  });
}

/**
 * The same signals, typed as read-only.
 * @template {Record<string, {readonly value: unknown, peek: () => unknown}>} T
 * @param {T} signals
 * @returns {{[K in keyof T]: import("../../vendor/signals-core-1.14.5.js").ReadonlySignal<T[K]["value"]>}}
 */
export function readable(signals) {
  return /** @type {ReturnType<typeof readable<T>>} */ (/** @type {unknown} */ (signals));
}

/**
 * Act now, and again whenever one of the signals changes that ``reads`` reads.
 * @param {() => unknown} reads
 * @param {() => void} act
 */
export function whenever(reads, act) {
  effect(() => {
    reads();
    untracked(act);
  });
}

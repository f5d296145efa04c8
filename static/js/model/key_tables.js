/**
 * Tables of keys: what the help says of them, and what each means to its handler. Handlers and help are made from the
 * same rows. Pure.
 */

/**
 * @template T
 * @typedef {{name: string, does: string, keys: Record<string, T>}} KeyRow name: what the keys are called
 */

/**
 * How many to go on among buttons of which one is chosen, and among tabs.
 * @type {KeyRow<number>[]}
 */
export const CHOICE_KEYS = [
  {
    name: "← / →",
    does: "Choose the one before, the next one",
    keys: { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 },
  },
];

/**
 * What a key means in a table; undefined where it is not in it.
 * @template T
 * @param {KeyRow<T>[]} rows
 * @param {string} key
 * @returns {T | undefined}
 */
export function meaning(rows, key) {
  return rows.find(({ keys }) => Object.hasOwn(keys, key))?.keys[key];
}

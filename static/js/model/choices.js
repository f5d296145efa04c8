/** Choices: what can be chosen in the controls of an analysis, and what is. Pure. */
import { isLive } from "./run.js";

/** @typedef {import("./types.js").NamedKind} NamedKind */
/** @typedef {import("./types.js").Field} Field */

/**
 * How many checkpoints a question about the weights of a step has; null: those of now, which a live run saves for it.
 * @param {import("./types.js").Run} run
 * @param {number | null} step
 */
export function checkpointsUpTo(run, step) {
  const kept = run.checkpoints.filter((one) => step === null || one <= step).length;
  return kept + Number(step === null && isLive(run) && run.checkpoints.at(-1) !== run.step);
}

/**
 * The choices of a field: value, words, and whether there are checkpoints enough for it. One that cannot be chosen says
 * why.
 * @param {Pick<NamedKind, "least_checkpoints">} kind
 * @param {Field} field
 * @param {number} checkpoints
 */
export function offered(kind, field, checkpoints) {
  return field.choices.map(([value, words]) => {
    const least = kind.least_checkpoints?.[value] ?? 0;
    const can = checkpoints >= least;
    return { value, can, words: can ? words : `${words}: needs ${least} checkpoints, ${checkpoints} kept` };
  });
}

/**
 * The value that a field has: the one that was chosen, unless it cannot be.
 * @param {Pick<NamedKind, "least_checkpoints">} kind
 * @param {Field} field
 * @param {import("./types.js").Choices} choices
 * @param {number} checkpoints
 */
export function chosenOf(kind, field, choices, checkpoints) {
  const possible = offered(kind, field, checkpoints).filter(({ can }) => can);
  return (possible.find(({ value }) => value === choices[field.name]) ?? possible[0]).value;
}

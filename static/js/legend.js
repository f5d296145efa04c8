/** What the squares and lines of the diagrams mean at the cursor, in words. Pure. */
import { GRADIENT_SIGN } from "./labels.js";
import { gradients, lastUpTo } from "./series.js";

const MEANING = {
  weight: `squares: ${GRADIENT_SIGN.weight} of a layer · lines: ${GRADIENT_SIGN.activation} that flows back`,
  activation: `squares: ${GRADIENT_SIGN.activation} at a layer · lines: the same, flowing back`,
  square: `squares: ${GRADIENT_SIGN.square} of a layer · lines: the same, going forward`,
};

/**
 * @param {import("./types.js").Run} run
 * @param {import("./types.js").Side[]} sides
 * @param {number | null} cursor
 * @param {import("./types.js").GradientKind} kind
 */
export function legendWords(run, sides, cursor, kind) {
  const frame = lastUpTo(run.frames, cursor);
  if (!frame) return `${MEANING[kind]} · grey: not measured yet`;
  const lost = sides.filter((side) =>
    gradients(run.experiment, frame, side.cell, kind).some((value) => !Number.isFinite(value)),
  );
  const names = [...new Set(lost.map((side) => `${side.name}-${side.layers}`))].join(" and ");
  return names ? `${MEANING[kind]} · grey: not finite, ${names} diverged` : MEANING[kind];
}

/**
 * Which of the shown networks have layers whose value is exactly zero at the cursor.
 * @param {import("./types.js").Run} run
 * @param {import("./types.js").Side[]} sides
 * @param {number | null} cursor
 * @param {import("./types.js").GradientKind} kind
 */
export function zeroNames(run, sides, cursor, kind) {
  const frame = lastUpTo(run.frames, cursor);
  const zero = sides.filter((side) => {
    const values = side.film?.column ?? (frame ? gradients(run.experiment, frame, side.cell, kind) : []);
    return values.some((value) => value === 0);
  });
  return [...new Set(zero.map((side) => `${side.name}-${side.layers}`))];
}

/**
 * While the film of a pass is shown.
 * @param {import("./types.js").Film} film
 */
export function filmWords({ forward }) {
  const size = forward ? "√mean h² going forward" : "‖∂L/∂h‖ coming back";
  return `film, colour: ${size} · width: share of each way at ⊕ · grey: not there yet`;
}

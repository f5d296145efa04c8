/** What the squares and lines of the diagrams mean at the cursor, in words. Pure. */
import { GRADIENT_SIGN } from "./labels.js";
import { powerOfTen } from "./numbers.js";
import { gradients, lastUpTo } from "./series.js";

const MEANING = {
  weight: `squares: ${GRADIENT_SIGN.weight} of a layer · lines: ${GRADIENT_SIGN.activation} that flows back`,
  activation: `squares: ${GRADIENT_SIGN.activation} at a layer · lines: the same, flowing back`,
  square: `squares: ${GRADIENT_SIGN.square} of a layer · lines: the same, going forward`,
};

const RELATIVE_MEANING = {
  weight: `squares: ${GRADIENT_SIGN.weight} ÷ the last layer’s · lines: ${GRADIENT_SIGN.activation} ÷ the last layer’s`,
  activation: `squares and lines: ${GRADIENT_SIGN.activation} ÷ the last layer’s`,
  square: `squares and lines: ${GRADIENT_SIGN.square} ÷ the first layer’s`,
};

/**
 * @param {import("./types.js").Run} run
 * @param {import("./types.js").DrawnSide[]} sides
 * @param {number | null} cursor
 * @param {import("./types.js").GradientKind} kind
 * @param {boolean} [relative] whether the colours are relative to the layer where the pass begins
 */
export function legendWords(run, sides, cursor, kind, relative = false) {
  const frame = lastUpTo(run.frames, cursor);
  const meaning = relative ? RELATIVE_MEANING[kind] : MEANING[kind];
  if (!frame) return `${meaning} · grey: not measured yet`;
  const lost = sides.filter((side) => gradients(run, frame, side.cell, kind).some((value) => !Number.isFinite(value)));
  const names = [...new Set(lost.map((side) => `${side.name}-${side.layers}`))].join(" and ");
  if (names) return `${meaning} · grey: not finite, ${names} diverged`;
  const none = relative
    ? sides.filter((side) => {
        const values = gradients(run, frame, side.cell, kind);
        return values[kind === "square" ? 0 : values.length - 1] === 0;
      })
    : [];
  const begins = kind === "square" ? "first" : "last";
  const silent = [...new Set(none.map((side) => `${side.name}-${side.layers}`))].join(" and ");
  return silent ? `${meaning} · grey: the ${begins} layer of ${silent} has exactly 0` : meaning;
}

/**
 * What stands at the ends and in the middle of the legend's ramp.
 * @param {import("./scene.js").Scene} scene
 * @returns {{low: string, middle: string, high: string}}
 */
export function legendEnds({ sides, decades, reach, view }) {
  const film = sides.find((side) => side.film)?.film;
  // the film has a scale of its own
  if (view.relative && !film) {
    const times = powerOfTen(reach);
    return { low: `fades ÷ ${times}`, middle: "arrives", high: `explodes × ${times}` };
  }
  const [low, high] = film?.decades ?? decades;
  return { low: powerOfTen(low), middle: "", high: powerOfTen(high) };
}

/**
 * Which of the shown networks have layers whose value is exactly zero at the cursor.
 * @param {import("./types.js").Run} run
 * @param {import("./types.js").DrawnSide[]} sides
 * @param {number | null} cursor
 * @param {import("./types.js").GradientKind} kind
 */
export function zeroNames(run, sides, cursor, kind) {
  const frame = lastUpTo(run.frames, cursor);
  const zero = sides.filter((side) => {
    const values = side.film?.column ?? (frame ? gradients(run, frame, side.cell, kind) : []);
    return values.some((value) => value === 0);
  });
  return [...new Set(zero.map((side) => `${side.name}-${side.layers}`))];
}

/**
 * While the film of a pass is shown.
 * @param {import("./types.js").FilmFrame} film
 */
export function filmWords({ forward }) {
  const size = forward ? "√mean h² going forward" : "‖∂L/∂h‖ coming back";
  return `film, colour: ${size} · width: share at ⊕ · grey: not reached yet`;
}

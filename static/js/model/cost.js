/** What networks cost, and at which rate one is trained, in words. Pure. */
import { flopsOf } from "./axis.js";
import { duration } from "./durations.js";
import { prefixed } from "./numbers.js";
import { bestAt } from "./series.js";

/**
 * Fair mode: at which rate the shown network is trained; null when each arm has one rate, which can be changed.
 * @param {import("./types.js").Run} run
 * @param {number} cell
 * @param {number | null} cursor
 */
export function fairRate(run, cell, cursor) {
  const rates = run.experiment.learning_rates ?? [];
  if (rates.length === 0) return null;
  const rate = rates[cell % rates.length];
  if (rates.length === 1) return `lr ${rate}`;
  if (!bestAt(run, cursor)?.includes(cell)) return `lr ${rate}, first of ${rates.length}`;
  const edge = rate === Math.max(...rates) ? ", the highest" : rate === Math.min(...rates) ? ", the lowest" : "";
  return `lr ${rate}, best of ${rates.length}${edge}`;
}

/**
 * What a network of a cell costs, in words; empty before the networks are built.
 * @param {import("./types.js").Run} run
 * @param {number} cell
 */
export function costs(run, cell) {
  const parameters = run.provenance.parameters?.[cell];
  if (parameters === undefined) return "";
  return `${prefixed(parameters)} parameters · ${prefixed(flopsOf(run, cell), "FLOP")} a step`;
}

/**
 * What an experiment costs, in words.
 * @param {import("./types.js").Size} size
 */
export function sizeWords({ networks, parameters, seconds, kept }) {
  const parts = [`${networks} network${networks === 1 ? "" : "s"}`, `${prefixed(parameters)} parameters`];
  const more = [seconds == null ? null : `about ${duration(seconds)}`, kept].filter((part) => part != null);
  return [...parts, ...more].join(" · ");
}

/** Durations that are yet to pass, as people say them: no more exact than an estimate is. Pure. */

/**
 * A duration such as 8 s, 35 s, 3 min, 2 h.
 * @param {number} seconds
 */
export function duration(seconds) {
  if (seconds < 20) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 57.5) return `${5 * Math.round(seconds / 5)} s`;
  if (seconds < 3570) return `${Math.max(1, Math.round(seconds / 60))} min`;
  return `${Number((seconds / 3600).toFixed(seconds < 35_000 ? 1 : 0))} h`;
}

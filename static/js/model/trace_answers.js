/** Answers of networks: percentages that sum to 100 as they are written, and the likeliest classes. Pure. */

/**
 * Shares as percentages that sum to exactly 100 as they are written: each is rounded down, and what is missing then
 * goes to those that lost most (the method of the largest remainder).
 * @param {number[]} shares not all 0
 * @param {number} [decimals]
 */
export function percentages(shares, decimals = 1) {
  const unit = 10 ** decimals;
  const sum = shares.reduce((total, share) => total + share, 0);
  const exact = shares.map((share) => (share / sum) * 100 * unit);
  const whole = exact.map(Math.floor);
  const missing = 100 * unit - whole.reduce((total, part) => total + part, 0);
  const byLoss = exact.map((value, index) => ({ index, loss: value - whole[index] })).sort((a, b) => b.loss - a.loss);
  for (const { index } of byLoss.slice(0, Math.max(0, missing))) whole[index]++;
  return whole.map((part) => (part / unit).toFixed(decimals));
}

/**
 * The classes of an answer with their percentages, the likeliest first; what is left out is summed up at the end.
 * @param {number[]} probabilities
 * @param {string[]} classes
 * @param {number} most
 * @returns {{name: string, index: number | null, share: number, percent: string}[]} index null: the others together
 */
export function likeliest(probabilities, classes, most) {
  const order = probabilities.map((share, index) => ({ share, index })).sort((one, other) => other.share - one.share);
  const isLong = order.length > most;
  const shown = isLong ? order.slice(0, most - 1) : order;
  const rest = order.slice(shown.length).reduce((sum, { share }) => sum + share, 0);
  const shares = [...shown.map(({ share }) => share), ...(isLong ? [rest] : [])];
  const percents = percentages(shares);
  return shares.map((share, place) => ({
    name: shown[place] ? className(classes, shown[place].index) : `${order.length - shown.length} others`,
    index: shown[place]?.index ?? null,
    share,
    percent: percents[place],
  }));
}

/**
 * @param {string[]} classes
 * @param {number} index
 */
export function className(classes, index) {
  return classes[index] ?? `class ${index}`;
}

/**
 * The class with the greatest probability; null without any.
 * @param {number[]} probabilities
 */
export function answerOf(probabilities) {
  return probabilities.length === 0 ? null : probabilities.indexOf(Math.max(...probabilities));
}

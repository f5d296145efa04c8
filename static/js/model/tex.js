/**
 * Equations as LaTeX. A record has its equation in one line; the LaTeX is made of that line, so both say the same. Pure.
 */

/** Signs of the one line, and how LaTeX writes them; what is summed has the index i. */
const SIGNS = /** @type {Record<string, string>} */ ({
  σ: "\\sigma ",
  λ: "\\lambda ",
  α: "\\alpha ",
  Σ: "\\sum_{i} ",
  "·": "\\cdot ",
  "…": "\\ldots ",
  "−": "-",
});
/** Small letters, digits and the minus that stand below the line. */
const SUBSCRIPTS = /[\u2080-\u209c\u1d62-\u1d6a]+/g;

/**
 * @param {string} equation in one line
 * @returns {string} LaTeX
 */
export function texOf(equation) {
  return equation
    .replace(/[A-Za-z]{2,}/g, "\\operatorname{$&}")
    .replace(SUBSCRIPTS, (low) => `_{${low.normalize("NFKD")}}`)
    .replace(/[^ -~]/g, (sign) => SIGNS[sign] ?? sign);
}

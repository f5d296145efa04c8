/**
 * Which settings an arm has: a connection uses its own ones only (docs/connections.md has the table). Pure.
 */

const SKIP = ["skip_scale", "shortcut"];
const OWN = /** @type {Record<string, string[]>} */ ({
  plain: [],
  residual: SKIP,
  preact: SKIP,
  bottleneck: ["stride_at", ...SKIP],
  resnext: ["cardinality", "stride_at", ...SKIP],
  wide: ["widen", ...SKIP],
  highway: ["gate_bias"],
  dense: ["growth", "compression"],
  skipinit: ["shortcut"],
  stochastic: ["survival", "shortcut"],
});
const OF_SOME = new Set(Object.values(OWN).flat());

/**
 * Whether an arm's setting changes anything.
 * @param {string} name of the setting
 * @param {string} connection
 * @param {string} family
 * @param {boolean} fair whether every arm is trained at several rates
 */
export function isUsed(name, connection, family, fair) {
  if (name === "learning_rate") return !fair;
  if (!OF_SOME.has(name)) return true;
  // only networks of several stages have transitions between them, and resolutions that halve
  if ((name === "compression" || name === "stride_at") && family !== "conv6n2") return false;
  return (OWN[connection] ?? []).includes(name);
}

/**
 * Whether a shortcut option is one of its own: fully connected blocks keep their width, so there B is A.
 * @param {string} option
 * @param {string} family
 */
export function isShortcut(option, family) {
  return option !== "B" || family !== "mlp";
}

/** What things are called on the page: connections, settings and their choices. Pure. */

const CONNECTIONS = /** @type {Record<string, string>} */ ({ plain: "Plain", residual: "Residual" });

/** Short names of settings, as labels of the form and rows of "What differs". */
export const SETTINGS = /** @type {Record<string, string>} */ ({
  dataset: "Data",
  family: "Networks",
  width: "Width",
  depths: "Depths",
  seed: "First seed",
  seeds: "Seeds",
  optimiser: "Optimiser",
  learning_rate: "Learning rate",
  momentum: "Momentum",
  weight_decay: "Weight decay",
  batch_size: "Batch size",
  steps: "Steps",
  evaluate_every: "Evaluate every",
  connection: "Connection",
  normalisation: "Normalisation",
  activation: "Activation",
  initialisation: "Initialisation",
  skip_scale: "Skip scale α",
});

export const CHOICES = /** @type {Record<string, string>} */ ({
  digits: "digits, 8×8",
  fashion: "Fashion-MNIST, 14×14",
  spiral: "spiral, in the plane",
  idx: "your IDX files",
  cifar10: "CIFAR-10",
  mlp: "fully connected",
  conv: "convolutional",
  conv6n2: "convolutional, 6n+2",
  sgd: "SGD",
  adam: "Adam",
  plain: "plain",
  residual: "residual",
  none: "none",
  batch: "batch norm",
  relu: "ReLU",
  tanh: "tanh",
  he: "He",
  xavier: "Xavier",
  pytorch: "PyTorch default",
  zero_last: "He, last layer of a block 0",
});

/**
 * The name of an arm; with a number when another arm has the same connection.
 * @param {import("./types.js").Experiment} experiment
 * @param {number} arm
 */
export function armName(experiment, arm) {
  const { connection } = experiment.arms[arm];
  const same = experiment.arms.filter((item) => item.connection === connection).length;
  const name = CONNECTIONS[connection] ?? connection;
  return same > 1 ? `${name} ${arm + 1}` : name;
}

/**
 * The equation of an arm's block.
 * @param {import("./types.js").Arm} arm
 */
export function equation(arm) {
  const sigma = arm.activation === "tanh" ? "tanh" : "σ";
  if (arm.connection === "plain") return `y = ${sigma}(F(x))`;
  return arm.skip_scale === 1 ? `y = ${sigma}(F(x) + x)` : `y = ${sigma}(F(x) + ${arm.skip_scale} x)`;
}

/**
 * A setting's value as people read it.
 * @param {unknown} value
 */
export function valueName(value) {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.join(", ");
  return CHOICES[String(value)] ?? String(value);
}

/** The sign of a gradient. */
export const GRADIENT_SIGN = { weight: "‖∂L/∂W‖", activation: "‖∂L/∂h‖" };

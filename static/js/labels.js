/** What things are called on the page: connections, settings and their choices. Pure. */

const CONNECTIONS = /** @type {Record<string, string>} */ ({
  plain: "Plain",
  residual: "Residual",
  preact: "Pre-activation",
  bottleneck: "Bottleneck",
  resnext: "ResNeXt",
  wide: "Wide",
  highway: "Highway",
  dense: "Dense",
  skipinit: "SkipInit",
  stochastic: "Stochastic depth",
});

/** The equation of each connection's block; σ is the activation, λ x the scaled skip. */
const EQUATIONS = /** @type {Record<string, string>} */ ({
  plain: "y = σ(F(x))",
  residual: "y = σ(F(x) + λx)",
  preact: "y = F(σ(N(x))) + λx",
  bottleneck: "y = σ(F(x) + λx)",
  resnext: "y = σ(Σ Tᵢ(x) + λx)",
  wide: "y = F(σ(N(x))) + λx",
  highway: "y = H(x)·T(x) + x·(1 − T(x))",
  dense: "xₗ = H([x₀, …, xₗ₋₁])",
  skipinit: "y = x + αF(x)",
  stochastic: "y = σ(b·F(x) + x)",
});

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
  skip_scale: "Skip scale λ",
  learning_rates: "Fair mode: rates",
  schedule: "Schedule",
  warm_up: "Warm-up",
  augment: "Augmentation",
  precision: "Precision",
  shortcut: "Shortcut",
  cardinality: "Paths (ResNeXt)",
  widen: "Widening (wide)",
  gate_bias: "Gate bias (highway)",
  growth: "Growth (dense)",
  compression: "Compression (dense)",
  survival: "Survival p (stochastic)",
  stride_at: "Stride stands at",
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
  nesterov: "SGD, Nesterov",
  adamw: "AdamW",
  constant: "constant",
  step: "÷ 10 at ½ and ¾",
  cosine: "cosine",
  false: "no",
  true: "yes",
  A: "A: identity, padded",
  B: "B: projection where the size changes",
  C: "C: projections",
  plain: "plain",
  residual: "residual",
  preact: "pre-activation",
  resnext: "ResNeXt",
  skipinit: "SkipInit / ReZero",
  stochastic: "stochastic depth",
  layer: "layer norm",
  gelu: "GELU",
  fixup: "Fixup",
  looks_linear: "looks-linear",
  none: "none",
  batch: "batch norm",
  relu: "ReLU",
  tanh: "tanh",
  he: "He",
  xavier: "Xavier",
  pytorch: "PyTorch default",
  zero_last: "He, last layer of a block 0",
  single: "single, 32 bits",
  double: "double, 64 bits",
  "3x3": "the 3×3 layer",
  "1x1": "the first 1×1 layer (He et al. 2015)",
});

/**
 * The name of an arm; with a number when another arm has the same connection.
 * @param {import("./types.js").Experiment} experiment
 * @param {number} arm
 */
export function armName(experiment, arm) {
  const { connection } = experiment.arms[arm];
  const alike = (/** @type {{connection: string}} */ item) => item.connection === connection;
  const name = CONNECTIONS[connection] ?? connection;
  // not by letters, which the shortcut options have
  return experiment.arms.filter(alike).length > 1
    ? `${name}${"₁₂₃₄"[experiment.arms.slice(0, arm).filter(alike).length]}`
    : name;
}

/**
 * The equation of an arm's block.
 * @param {import("./types.js").Arm} arm
 */
export function equation(arm) {
  const told = EQUATIONS[arm.connection] ?? "";
  const sigma = arm.activation === "tanh" ? "tanh" : "σ";
  return told.replace("σ", sigma).replace("λx", arm.skip_scale === 1 ? "x" : `${arm.skip_scale} x`);
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
export const GRADIENT_SIGN = { weight: "‖∂L/∂W‖", activation: "‖∂L/∂h‖", square: "mean h²" };

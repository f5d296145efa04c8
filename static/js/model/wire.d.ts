/**
 * What crosses the wire, as the server's own classes have it. Made by `make types`; do not edit.
 */

export type Event =
  | Welcome
  | Snapshot
  | Frame
  | Evaluation
  | Checkpoint
  | Analysis
  | Diverged
  | LearningRate2
  | Prepared
  | State
  | Deleted
  | Viewers
  | Notice
  | Active
  | Started
  | Pong
  | Error;
export type Data = "digits" | "fashion" | "fashion28" | "spiral" | "fashion-mnist" | "idx" | "cifar10";
export type Networks = "mlp" | "conv" | "conv6n2";
/**
 * units a layer, or filters of the first stage
 */
export type Width = number;
/**
 * weight layers
 *
 * @minItems 1
 * @maxItems 8
 */
export type Depths = number[];
export type Connection =
  "plain" | "residual" | "preact" | "bottleneck" | "resnext" | "wide" | "highway" | "dense" | "skipinit" | "stochastic";
export type Normalisation = "none" | "batch" | "layer";
export type Activation = "relu" | "tanh" | "gelu";
export type Initialisation = "he" | "xavier" | "pytorch" | "zero_last" | "orthogonal" | "fixup" | "looks_linear";
export type LearningRate = number | null;
/**
 * factor λ on the skip; 0 makes it plain
 */
export type SkipScale = number;
/**
 * what the shortcut is where the size changes
 */
export type Shortcut = "A" | "B" | "C";
/**
 * layer of a bottleneck that halves the resolution
 */
export type StrideStandsAt = "3x3" | "1x1";
/**
 * parallel paths of a ResNeXt block
 */
export type PathsResNeXt = number;
/**
 * factor k of a wide block
 */
export type WideningWide = number;
/**
 * bias of a highway gate at the start
 */
export type GateBiasHighway = number;
/**
 * channels that a dense layer adds
 */
export type GrowthDense = number;
/**
 * share of channels a dense transition keeps
 */
export type CompressionDense = number;
/**
 * p_L of stochastic depth
 */
export type SurvivalPStochastic = number;
export type FirstSeed = number;
/**
 * repetitions of every network
 */
export type Seeds = number;
export type Optimiser = "sgd" | "nesterov" | "adam" | "adamw";
export type LearningRate1 = number;
export type Momentum = number;
export type WeightDecay = number;
export type BatchSize = number;
export type Steps = number;
/**
 * steps
 */
export type EvaluateEvery = number;
/**
 * fair mode: every arm is trained at each of these rates
 *
 * @maxItems 6
 */
export type FairModeRates = number[];
export type Schedule = "constant" | "step" | "cosine";
/**
 * steps over which the rate rises
 */
export type WarmUp = number;
/**
 * shift images by up to two or four pixels and mirror them
 */
export type Augmentation = boolean;
/**
 * of all arithmetic: 32 or 64 bits a number
 */
export type Precision = "single" | "double";
export type RunState = "queued" | "starting" | "running" | "paused" | "finished" | "stopped" | "failed" | "interrupted";
export type PastEvent = Frame | Evaluation | Checkpoint | Analysis | Diverged | LearningRate2 | State;
export type Column = (number | null)[];
export type AnalysisState = "waiting" | "running" | "finished" | "cancelled" | "failed";
export type Finding =
  | Cut
  | PathsFinding
  | ShatteringFinding
  | LandscapeFinding
  | ConvergenceFinding
  | FlowFinding
  | RefinementFinding
  | SignalFinding
  | SimilarityFinding;
export type Command =
  Start | Pause | Resume | Step | Stop | SetLearningRate | Analyse | CancelAnalysis | Subscribe | Unsubscribe | Ping;
export type Question =
  | Lesion
  | Lesions
  | Deletions
  | Shuffle
  | Paths
  | Shattering
  | Landscape
  | Convergence
  | Flow
  | Refinement
  | Signal
  | Similarity;
/**
 * [median, low, high] over the seeds
 */
export type Band = Column[];

/**
 * What crosses the wire.
 */
export interface Wire {
  Event: Event;
  Command: Command;
  Preset: Preset;
  Band: Band;
  TraceQuestion: TraceQuestion;
  Trace: Trace;
  Learnt: Learnt;
  TrainingRow: TrainingRow;
  TraceableRun: TraceableRun;
  ImagePage: ImagePage;
}
/**
 * The first event on every socket: who the server is, and which run is in progress (or last).
 */
export interface Welcome {
  v: 1;
  type: "welcome";
  protocol: number;
  version: string;
  viewer: string;
  boot: string;
  active: string | null;
}
/**
 * A whole run so far: config, provenance, state and history. Replaces all the client had of it.
 *
 * `cells` are the experiment's, in the order of every column, `poll` is what is asked before it trains.
 * `history` holds past events of the types frame, evaluation, diverged, learning_rate and state in order, frames
 * thinned to at most 400, checkpoint, and the last word of every analysis.
 */
export interface Snapshot {
  v: 1;
  type: "snapshot";
  run: string;
  epoch: number;
  seq: number;
  experiment: Experiment;
  cells: CellObject[];
  poll: Poll;
  provenance: Provenance | Partial<Provenance>;
  state: RunState;
  reason: string | null;
  step: number;
  recorded: boolean;
  history: PastEvent[];
}
/**
 * A sweep and its training settings. Frozen; equal experiments have equal `config_hash`.
 */
export interface Experiment {
  dataset: Data;
  family: Networks;
  width: Width;
  depths: Depths;
  /**
   * @minItems 1
   * @maxItems 4
   */
  arms: Arm[];
  seed: FirstSeed;
  seeds: Seeds;
  optimiser: Optimiser;
  learning_rate: LearningRate1;
  momentum: Momentum;
  weight_decay: WeightDecay;
  batch_size: BatchSize;
  steps: Steps;
  evaluate_every: EvaluateEvery;
  learning_rates: FairModeRates;
  schedule: Schedule;
  warm_up: WarmUp;
  augment: Augmentation;
  precision: Precision;
}
/**
 * One side of a comparison: a connection and its settings; those of other connections change nothing.
 */
export interface Arm {
  connection: Connection;
  normalisation: Normalisation;
  activation: Activation;
  initialisation: Initialisation;
  learning_rate: LearningRate;
  skip_scale: SkipScale;
  shortcut: Shortcut;
  stride_at: StrideStandsAt;
  cardinality: PathsResNeXt;
  widen: WideningWide;
  gate_bias: GateBiasHighway;
  growth: GrowthDense;
  compression: CompressionDense;
  survival: SurvivalPStochastic;
}
/**
 * A cell as JSON has it.
 */
export interface CellObject {
  arm: number;
  depth: number;
  learning_rate: number;
  layers: number;
}
/**
 * What the page asks: one sentence, and the answers in their order.
 */
export interface Poll {
  ask: string;
  choices: Choice[];
}
/**
 * An answer that can be chosen.
 */
export interface Choice {
  name: string;
  label: string;
}
/**
 * One measurement within step `step`: batch training loss and both gradients of every layer.
 *
 * `weight_gradients` and `activation_gradients` are the median over seeds of ‖∂L/∂W‖ and ‖∂L/∂h‖,
 * layer after layer from the input, cell after cell, in the code of `app.contract.quantise`. So is
 * `activations`, the mean of h².
 */
export interface Frame {
  v: 1;
  type: "frame";
  run: string;
  epoch: number;
  seq: number;
  step: number;
  seconds: number;
  loss: Column[];
  weight_gradients: string;
  activation_gradients: string;
  activations: string;
}
/**
 * All networks evaluated after `step` steps. `training_*` are over the whole training set, or None.
 *
 * `regions` (data in the plane only): per cell a text of 32×32×2 hexadecimal digits, row 0 at the
 * bottom: class, then probability in sixteenths. `words`: a sentence per cell, one per depth that
 * compares the arms, one overall, and the `answer` to the poll: which choices are right, and why (None while
 * it is open). `best` (fair mode only, None before the training loss was first measured):
 * for every (arm, depth) the cell whose training loss is lowest, None where every rate diverged.
 */
export interface Evaluation {
  v: 1;
  type: "evaluation";
  run: string;
  epoch: number;
  seq: number;
  step: number;
  seconds: number;
  test_accuracy: Column[];
  test_loss: Column[];
  training_loss: Column[] | null;
  training_accuracy: Column[] | null;
  regions: string[] | null;
  words: Words;
  best: (number | null)[] | null;
}
/**
 * Sentences about an evaluation: one a cell, one a depth that compares the arms, one overall; and the answer to
 * the poll, None while it is open.
 */
export interface Words {
  cells: string[];
  depths: string[];
  overall: string;
  answer: PollAnswer | null;
}
/**
 * Names of the choices that are right, and why.
 */
export interface PollAnswer {
  right: string[];
  words: string;
}
/**
 * The checkpoint after `step` steps was saved for analyses, or was not, for this `reason`.
 */
export interface Checkpoint {
  v: 1;
  type: "checkpoint";
  run: string;
  epoch: number;
  seq: number;
  step: number;
  reason: string | null;
}
/**
 * An analysis of the run: where it stands and what it has found. Each replaces the one before it.
 *
 * `analysis` is its id, `question` what was asked, `step` how long the weights had been trained (None
 * while it waits), `progress` the share that is done, `finding` an object of `app.contract.findings`,
 * or None before the first result. `seconds` is how long it has been computed, None while it waits and for answers
 * that are given at once.
 */
export interface Analysis {
  v: 1;
  type: "analysis";
  run: string;
  epoch: number;
  seq: number;
  analysis: string;
  question: Required<Question>;
  step: number | null;
  state: AnalysisState;
  progress: number;
  finding: Finding | null;
  reason: string | null;
  seconds: number | null;
}
/**
 * Of `Lesion` (one entry in `at`: how many blocks were out), `Lesions`, `Deletions` and `Shuffle`.
 */
export interface Cut {
  arms: ArmCurve[];
  words: string[];
}
/**
 * Test accuracy and test loss of one arm along an axis.
 *
 * Attributes:
 *     arm: its number in the experiment.
 *     layers: weight layers.
 *     at: along the axis: block numbers, numbers of deleted blocks, or numbers of swaps.
 *     accuracy, loss: bands over seeds (and repeats), one number for each entry of `at`.
 *     accuracy_before, loss_before: [median, low, high] of the whole network.
 */
export interface ArmCurve {
  arm: number;
  layers: number;
  at: number[];
  accuracy: Column[];
  loss: Column[];
  accuracy_before: Column;
  loss_before: Column;
}
/**
 * Of `Paths`.
 */
export interface PathsFinding {
  arms: ArmPaths[];
  words: string[];
}
/**
 * The paths through one arm.
 *
 * Attributes:
 *     lengths: weight layers of a path that stand in branches: 0, the layers of one block, … of all.
 *     paths: share of the 2^n paths that have this length, Binomial(n, ½); for a plain network all in the last.
 *     share: [mean, lowest, highest] over the seeds of ⟨g_k, g⟩/‖g‖², g the gradient of the mean loss at the output of
 *         the first layer and g_k the part of it that all paths of that length bring. Adds up to 1; may be negative.
 *     whole: [median, low, high] of ‖g‖.
 *     shortcut, branch: [mean, lowest, highest], one number a block: the same share of what leaves its ⊕ through the
 *         shortcut and through F. They add up to 1.
 *     sampled: how many single paths of each length were sampled.
 *     single: [mean, lowest, highest] over them and the seeds of the norm of the gradient that one path brings.
 *     product: [mean, lowest, highest] over the seeds of number of paths × mean norm of one, over the sum of all.
 *     mean_length, product_length: [median, low, high] of the mean length, weighted by `share` and by `product`.
 */
export interface ArmPaths {
  arm: number;
  layers: number;
  lengths: number[];
  paths: Column;
  share: Column[];
  whole: Column;
  shortcut: Column[];
  branch: Column[];
  sampled: number[];
  single: Column[];
  product: Column[];
  mean_length: Column;
  product_length: Column;
}
/**
 * Of `Shattering`.
 *
 * Attributes:
 *     at: positions on the line: of fresh networks the input itself, of trained ones 0 to 1 between two examples.
 *     lags: of the autocorrelation, in points.
 *     spacing: distance of two neighbouring points, in units of the input (Euclidean): lags · spacing is how far
 *         apart the inputs are.
 */
export interface ShatteringFinding {
  at: Column;
  lags: number[];
  spacing: number;
  lines: Line[];
  words: string[];
}
/**
 * The gradient of one arm at one depth along the line.
 *
 * Attributes:
 *     gradient: of the first seed, one number a point, scaled to a largest absolute value of 1.
 *     autocorrelation: band over seeds, one number a lag.
 */
export interface Line {
  arm: number;
  layers: number;
  gradient: Column;
  autocorrelation: Column[];
}
/**
 * Of `Landscape`. While it is computed, every `stride`-th row and column is there; at the end 1.
 *
 * Attributes:
 *     level: the loss, the same for all arms, at which their valleys are compared: half of what guessing costs.
 */
export interface LandscapeFinding {
  plane: string;
  stride: number;
  level: number;
  surfaces: Surface[];
  caveat: string;
  words: string[];
}
/**
 * The loss of one arm over the plane.
 *
 * Attributes:
 *     loss: [side][side], row j at `beta[j]`, column i at `alpha[i]`; None where not computed yet or not finite.
 *     trajectory: [α, β, step] of recorded weights, for the plane `trajectory`; else empty.
 *     explained: shares of the trajectory's variance along both directions, for the plane `trajectory`; else empty.
 */
export interface Surface {
  arm: number;
  layers: number;
  loss: Column[];
  alpha: number[];
  beta: number[];
  trajectory: number[][];
  explained: number[];
}
/**
 * Of `Convergence`.
 */
export interface ConvergenceFinding {
  target: number;
  cells: Reached[];
  words: string[];
}
/**
 * When one cell's median test accuracy first reached the target; None where it never did.
 *
 * Attributes:
 *     arm: its number in the experiment.
 *     layers: weight layers.
 *     depth: position of the depth slider.
 *     step: of the first evaluation at which it was reached.
 *     seconds: that training the whole sweep had taken until then, for all its networks train together.
 *     flops: that this network alone had taken until then.
 */
export interface Reached {
  arm: number;
  layers: number;
  depth: number;
  step: number | null;
  seconds: number | null;
  flops: number | null;
}
/**
 * Of `Flow`.
 */
export interface FlowFinding {
  arms: ArmFlow[];
  words: string[];
}
/**
 * One pass forward and one back through the networks of an arm, bands over (the first five) seeds.
 *
 * Attributes:
 *     forward, backward: one number a weight layer, input side first: root of the mean square of its output h,
 *         and ‖∂L/∂h‖ over the examples.
 *     stream: numbers of the layers after which the stream was measured: 1, and the last of every block and
 *         transition; every hidden layer of a plain network.
 *     stream_forward, stream_backward: the same of the stream, one number for each of `stream`. In dense networks
 *         that is all channels there; in the others it is that layer's output.
 *     shortcut_forward, branch_forward: one number a block: root mean square of either input of its ⊕.
 *     shortcut_backward, branch_backward: ‖·‖ of the gradient that leaves the ⊕ by either.
 *     shortcut_share: [mean, lowest, highest] share of the gradient that leaves the ⊕ by the shortcut, as in
 *         `ArmPaths`.
 */
export interface ArmFlow {
  arm: number;
  layers: number;
  forward: Column[];
  backward: Column[];
  stream: number[];
  stream_forward: Column[];
  stream_backward: Column[];
  shortcut_forward: Column[];
  branch_forward: Column[];
  shortcut_backward: Column[];
  branch_backward: Column[];
  shortcut_share: Column[];
}
/**
 * Of `Refinement`.
 *
 * Attributes:
 *     trained, tested: examples of the probes.
 *     cosine_examples: test examples over which the cosine is a mean.
 *     inputs_accuracy: of a linear probe of the inputs themselves.
 *     chance: one over the number of classes.
 */
export interface RefinementFinding {
  trained: number;
  tested: number;
  cosine_examples: number;
  inputs_accuracy: number | null;
  chance: number;
  arms: ArmRefinement[];
  words: string[];
}
/**
 * One arm, bands over (the first five) seeds.
 *
 * Attributes:
 *     states: numbers of the layers behind which the probes stand: 1, and the last of every block and transition.
 *     blocks: numbers of the last layers of the blocks.
 *     accuracy: test accuracy of the probe at each of `states`.
 *     own_accuracy: [median, low, high] of that of the network itself, on the same examples.
 *     cosine: at each of `blocks`, cosine of F(h) with −∂L/∂h, mean over the test examples; None where it is not
 *         defined. Empty where the arm has no ⊕.
 */
export interface ArmRefinement {
  arm: number;
  layers: number;
  states: number[];
  blocks: number[];
  accuracy: Column[];
  own_accuracy: Column;
  cosine: Column[];
}
/**
 * Of `Signal`.
 *
 * Attributes:
 *     inputs_correlation: mean cosine of two of the inputs themselves.
 */
export interface SignalFinding {
  inputs_correlation: number | null;
  arms: ArmSignal[];
  words: string[];
}
/**
 * One arm.
 *
 * Attributes:
 *     states: numbers of the layers behind which the states stand: 1, and the last of every block and transition.
 *     blocks: numbers of the last layers of the blocks.
 *     before, after: with the initial weights, and with those asked about.
 *     expected: the prediction for `before`; None where theory has none.
 */
export interface ArmSignal {
  arm: number;
  layers: number;
  states: number[];
  blocks: number[];
  before: Passage;
  after: Passage;
  expected: Expected | null;
}
/**
 * What was measured in one state of training, bands over (the first five) seeds.
 *
 * Attributes:
 *     correlation: one number for each of `states`: cosine of the hidden states of two inputs, mean over all pairs.
 *     largest, median, smallest: singular values of ∂(state)/∂x, each the median over the inputs; empty if none were
 *         asked for. The smallest of min(width, inputs) values, 0 where the Jacobian has not full rank.
 *     mean_square: mean of their squares, over all of them and the inputs.
 *     branch_share: at each of `blocks`, the branch's share of the variance at the ⊕; empty where the arm has none.
 */
export interface Passage {
  correlation: Column[];
  largest: Column[];
  median: Column[];
  smallest: Column[];
  mean_square: Column[];
  branch_share: Column[];
}
/**
 * What mean-field theory predicts of it before training, in the limit of infinite width.
 */
export interface Expected {
  correlation: Column;
  mean_square: Column;
  branch_share: Column;
}
/**
 * Of `Similarity`.
 *
 * Attributes:
 *     examples: on which it was measured.
 *     pairs: of every arm with itself and with those after it.
 */
export interface SimilarityFinding {
  examples: number;
  arms: ArmLayers[];
  pairs: LayerPairs[];
  words: string[];
}
/**
 * The layers of one arm.
 *
 * Attributes:
 *     shown: numbers of those that are shown, ascending, the first and the last among them.
 *     between_seeds: of each of `shown`, the CKA of this layer in two seeds, a band over all pairs of (the first
 *         five) seeds; empty with one seed.
 */
export interface ArmLayers {
  arm: number;
  layers: number;
  shown: number[];
  between_seeds: Column[];
}
/**
 * The CKA of all shown layers of one arm with all of another, or its own.
 *
 * Attributes:
 *     arm, other: their numbers; `arm` is not over `other`.
 *     cka: a row for each layer of `arm`, a column for each of `other`: median over the seeds that both have, each
 *         network with that of the same seed. Three digits behind the point. Empty where the arms have none in common.
 */
export interface LayerPairs {
  arm: number;
  other: number;
  cka: Column[];
}
/**
 * Networks whose loss became non-finite in `step`: indices into `Experiment.networks()`.
 */
export interface Diverged {
  v: 1;
  type: "diverged";
  run: string;
  epoch: number;
  seq: number;
  step: number;
  networks: number[];
  cells: number[];
}
/**
 * From `step` on the arm (None: every arm) trains with this learning rate; `by` is as in `State`.
 */
export interface LearningRate2 {
  v: 1;
  type: "learning_rate";
  run: string;
  epoch: number;
  seq: number;
  step: number;
  learning_rate: number;
  arm: number | null;
  by: string | null;
}
/**
 * The run is now in this state; `reason` says why when it failed. `position` in the queue, from 1.
 *
 * `by` is the viewer whose command led to it (`Welcome.viewer`); None where no command did, and in a run that was
 * read back from the store.
 */
export interface State {
  v: 1;
  type: "state";
  run: string;
  epoch: number;
  seq: number;
  state: RunState;
  step: number;
  reason: string | null;
  position: number | null;
  by: string | null;
}
/**
 * The networks stand: provenance with checksums, parameters, machine and versions.
 */
export interface Prepared {
  v: 1;
  type: "prepared";
  run: string;
  epoch: number;
  seq: number;
  provenance: Provenance;
}
/**
 * Where the numbers come from. `checksums` has an entry a network, the other lists have one a cell.
 */
export interface Provenance {
  config_hash: string;
  checksums: string[];
  parameters: number[];
  flops: number[];
  training_examples: number;
  test_examples: number;
  input: number[];
  classes: number;
  device: string;
  threads: number;
  machine: string;
  python: string;
  torch: string;
  skipscope: string;
  recorded_at: string | null;
}
/**
 * The run was deleted: the last that is heard of it. `until` is when it goes for good, in seconds since 1970.
 */
export interface Deleted {
  v: 1;
  type: "deleted";
  run: string;
  epoch: number;
  seq: number;
  until: number;
}
/**
 * How many viewers follow the run now. It has no number in the run's stream: it is not of the run's past.
 */
export interface Viewers {
  v: 1;
  type: "viewers";
  run: string;
  count: number;
}
/**
 * Something about the server that every viewer should know, such as a full disk.
 */
export interface Notice {
  v: 1;
  type: "notice";
  kind: string;
  message: string;
  active: boolean;
}
/**
 * A run has begun to train: what is to be seen live now (`Welcome.active` from now on).
 */
export interface Active {
  v: 1;
  type: "active";
  active: string;
}
/**
 * Answer to `start`: the run's id. The run's own events follow.
 */
export interface Started {
  v: 1;
  type: "started";
  run: string;
  request: string | null;
}
/**
 * Answer to `ping`.
 */
export interface Pong {
  v: 1;
  type: "pong";
  request: string | null;
}
/**
 * A command was refused; nothing was changed. `field` names the field when there is one.
 */
export interface Error {
  v: 1;
  type: "error";
  code: string;
  message: string;
  field: string | null;
  request: string | null;
}
/**
 * Train an experiment. The sender is subscribed to the new run.
 */
export interface Start {
  request?: string | null;
  experiment: Experiment;
  paused?: boolean;
  type: "start";
}
/**
 * Hold training before the next step.
 */
export interface Pause {
  request?: string | null;
  run: string;
  type: "pause";
}
/**
 * Go on after a pause.
 */
export interface Resume {
  request?: string | null;
  run: string;
  type: "resume";
}
/**
 * Train one step; a running run pauses first.
 */
export interface Step {
  request?: string | null;
  run: string;
  type: "step";
}
/**
 * End the run where it is. What it measured stays.
 */
export interface Stop {
  request?: string | null;
  run: string;
  type: "stop";
}
/**
 * Change the learning rate of one arm, or of all, from the next step on. Nothing is reset.
 */
export interface SetLearningRate {
  request?: string | null;
  run: string;
  learning_rate: number;
  arm?: number | null;
  type: "set_learning_rate";
}
/**
 * Ask a question about a run: about its last checkpoint up to `step`, or without one about the weights of now.
 *
 * `question` is plain JSON here; `app.analyses.registry.parse_question` checks it.
 */
export interface Analyse {
  request?: string | null;
  run: string;
  question: Question;
  step?: number | null;
  type: "analyse";
}
/**
 * Accuracy and loss without some blocks (Veit et al. 2016).
 */
export interface Lesion {
  kind: "lesion";
  depth: number;
  /**
   * @minItems 1
   * @maxItems 512
   */
  blocks: number[];
}
/**
 * Accuracy and loss without each block in turn.
 */
export interface Lesions {
  kind: "lesions";
  depth: number;
}
/**
 * Accuracy and loss without k random blocks, k from 0 up; `repeats` draws for each k.
 */
export interface Deletions {
  kind: "deletions";
  depth: number;
  /**
   * most blocks deleted
   */
  most?: number;
  repeats?: number;
  seed?: number;
}
/**
 * Accuracy and loss after random swaps of two blocks of equal shape.
 */
export interface Shuffle {
  kind: "shuffle";
  depth: number;
  /**
   * most swaps
   */
  most?: number;
  repeats?: number;
  seed?: number;
}
/**
 * How many paths of each length there are, how much gradient they carry, and what single ones do.
 */
export interface Paths {
  kind: "paths";
  depth: number;
  /**
   * training examples whose gradient is taken apart
   */
  examples?: number;
  /**
   * single paths of each length
   */
  samples?: number;
  /**
   * of the samples
   */
  seed?: number;
}
/**
 * The gradient ∂f/∂x along a line of inputs, and its autocorrelation (Balduzzi et al. 2017).
 *
 * `setting`: `centred` takes fresh networks with activations centred over the line, `naive` fresh ones
 * with zero biases and nothing centred, `trained` the weights of the run between two test examples.
 * `depths`: without any, fresh networks have 4, 12, 26 and 52 layers, trained ones those of the run.
 */
export interface Shattering {
  kind: "shattering";
  /**
   * @maxItems 8
   */
  depths?: number[];
  setting?: "centred" | "naive" | "trained";
  /**
   * inputs on the line
   */
  points?: number;
  /**
   * width of the fresh networks
   */
  width?: number;
  seeds?: number;
}
/**
 * Training loss over a plane through the weights (Li et al. 2018), first seed of each arm.
 *
 * `random`: two filter-normalised directions from `seed`, `span` times the weights' norm to each side.
 * `trajectory`: the first two principal directions of the weights' trajectory so far, axes as long as that.
 */
export interface Landscape {
  kind: "landscape";
  depth: number;
  plane?: "random" | "trajectory";
  /**
   * points along an axis, odd
   */
  side?: number;
  span?: number;
  seed?: number;
}
/**
 * Steps, seconds (of the sweep) and FLOPs (of one network) to a target test accuracy, for every arm and depth.
 */
export interface Convergence {
  kind: "convergence";
  target?: number;
}
/**
 * What goes forward and what comes back, at every layer, shortcut and branch.
 */
export interface Flow {
  kind: "flow";
  depth: number;
  examples?: number;
}
/**
 * Accuracy of a linear probe after every block, and the cosine of F(h) with −∂L/∂h.
 */
export interface Refinement {
  kind: "refinement";
  depth: number;
  /**
   * training examples of the probes
   */
  examples?: number;
}
/**
 * Correlation of two inputs, spectrum of the Jacobian, the branches' share of the variance; before and after.
 */
export interface Signal {
  kind: "signal";
  depth: number;
  /**
   * test examples, all pairs of which are compared
   */
  examples?: number;
  /**
   * of them, those at which Jacobians are taken
   */
  jacobians?: number;
}
/**
 * Linear CKA of all layers of all arms with all.
 */
export interface Similarity {
  kind: "similarity";
  depth: number;
  /**
   * test examples
   */
  examples?: number;
}
/**
 * End an analysis of this run; what it has found so far stays.
 */
export interface CancelAnalysis {
  request?: string | null;
  run: string;
  analysis: string;
  type: "cancel_analysis";
}
/**
 * Follow a run. With the last position seen, missing events follow; without, a snapshot.
 */
export interface Subscribe {
  request?: string | null;
  run: string;
  epoch?: number | null;
  seq?: number | null;
  type: "subscribe";
}
/**
 * Follow the run no longer. The run goes on.
 */
export interface Unsubscribe {
  request?: string | null;
  run: string;
  type: "unsubscribe";
}
/**
 * Ask for a `pong`: the page measures the delay of the line with it.
 */
export interface Ping {
  request?: string | null;
  type: "ping";
}
/**
 * A named experiment.
 *
 * `about` tells what to look for, in one or two sentences; `prediction` is what the room is asked before it
 * trains, `stage` how it is first shown. `kept` are steps on the way whose weights its recorded run keeps beside
 * the first and the last: a landscape along the trajectory needs them.
 */
export interface Preset {
  name: string;
  title: string;
  about: string;
  experiment: Experiment;
  prediction: Prediction;
  stage: Stage;
  kept: number[];
}
/**
 * A sentence to ask, and the rule by which measurements answer it.
 *
 * Attributes:
 *     rule: `learns`: which arms get past halfway between chance and 100 % of the test set; `better`: which is
 *         ahead on the test set; `backwards` and `forwards`: what becomes of the gradient, or of the activations,
 *         between the first hidden layer and the last before any training. All at the greatest depth.
 *     arm: whose signal it is about, for the last two.
 */
export interface Prediction {
  ask: string;
  rule: "learns" | "better" | "backwards" | "forwards";
  arm: number;
}
/**
 * How the Lab first shows a preset.
 *
 * Attributes:
 *     view: name of the open view.
 *     depth: of both panels, None: the greatest.
 *     compare: depth of the right panel, None: the same.
 *     gradient: what the colours of the diagrams and the gradient view show.
 *     loss_scale: of the axis of the training loss.
 *     multiples: whether the curves have a panel for every arm.
 *     step: what is shown is of this step, None: of the newest.
 */
export interface Stage {
  view: string;
  depth: number | null;
  compare: number | null;
  gradient: "weight" | "activation" | "square";
  loss_scale: "linear" | "log";
  multiples: boolean;
  step: number | null;
}
/**
 * What is traced.
 *
 * Attributes:
 *     depth: a position of the depth slider; every arm is traced at it, by its first seed that has not diverged.
 *     step: the last checkpoint up to this step is traced; None: the newest.
 *     image: what goes in.
 *     target: class of the loss that goes back; None: the image's label, and where it has none each network's own
 *         answer.
 *     maps: channels of a stage that are sent, the most active first.
 *     probes: whether linear probes of the states are to be trained; once they are, they always answer.
 */
export interface TraceQuestion {
  depth: number;
  step?: number | null;
  image: Example | Pixels;
  target?: number | null;
  maps?: number;
  probes?: boolean;
}
/**
 * An image of the run's test set.
 */
export interface Example {
  kind: "example";
  index: number;
}
/**
 * An image that was drawn or uploaded: base64 of bytes [channels, side, side], 0 black to 255 white.
 */
export interface Pixels {
  kind: "pixels";
  pixels: string;
}
/**
 * The answer to a `TraceQuestion`.
 *
 * Attributes:
 *     step: of the weights.
 *     label: the image's class where it is known.
 *     classes: their names; for a thousand classes those that are known, in the order of the logits.
 *     side, channels: of the image that the networks see.
 *     image: it, as `Pixels` has it.
 *     networks: one an arm that has not diverged.
 *     left_out: sentences about those that are missing.
 *     words: what sets the networks apart.
 */
export interface Trace {
  step: number;
  label: number | null;
  classes: string[];
  side: number;
  channels: number;
  image: string;
  networks: Traced[];
  left_out: string[];
  words: string[];
}
/**
 * One network's part.
 *
 * Attributes:
 *     arm: its number in the experiment; 0 of a published network.
 *     name: `residual-20`, or the published network's label.
 *     seed: of the network.
 *     stages: the input first, the classifier last.
 *     logits, probabilities: one a class; empty without weights.
 *     target, loss: class of the loss that went back, and the loss: −log p(target).
 *     words: sentences about all of it: what it answers, where it became sure, how the gradient came back.
 */
export interface Traced {
  arm: number;
  name: string;
  seed: number;
  stages: TraceStage[];
  logits: number[];
  probabilities: number[];
  target: number | null;
  loss: number | null;
  words: string[];
}
/**
 * One stage of the way.
 *
 * Attributes:
 *     kind: `input`, `stem`, `pooling`, `block`, `transition`, `average` (global average pooling) or
 *         `classifier`.
 *     name: short: `block 3`.
 *     operation: what it does, in a few words: `two 3×3 convolutions, ⊕`.
 *     words: a sentence about it, made from the numbers where there are some; the caption of the stage.
 *     equation: of a block; empty elsewhere.
 *     layers: numbers of its first and last weight layer; empty without any.
 *     reads, gives: shapes of one example, channels first: `(16, 28, 28)`, `(32,)`.
 *     output: what it gives; None where there are no weights to compute it.
 *     gradient: ∂L/∂output, in the same channels.
 *     join: of a block.
 *     probe: of a linear probe of the output: its probability of every class, and its accuracy on the test set.
 *     part: of a published network, the one of its six parts (`Part`) to which the stage belongs; else empty.
 */
export interface TraceStage {
  kind: "input" | "stem" | "pooling" | "block" | "transition" | "average" | "classifier";
  name: string;
  operation: string;
  words: string;
  equation: string;
  layers: number[];
  reads: number[];
  gives: number[];
  output: Maps | null;
  gradient: Maps | null;
  join: Join | null;
  probe: number[] | null;
  probe_accuracy: number | null;
  part:
    | ""
    | "input"
    | "convolution and pooling"
    | "residual block"
    | "stacked blocks"
    | "global average pooling"
    | "fully connected";
}
/**
 * Some channels of a tensor of one example.
 *
 * Attributes:
 *     channels: which ones, counted from 0 (captions count from 1). All maps of a stage show the same ones: those with
 *         the largest mean |value| at its output, largest first.
 *     height, width: of a map; a channel of a fully connected layer is one number, 1×1.
 *     scale: the largest |value| in the whole tensor, all channels; a byte of ±127 stands for it. null, and so is the
 *         norm, where something is not finite.
 *     values: base64 of signed bytes [channels, height, width]: round(127 value / scale), so off by scale / 254 at
 *         most.
 *     norm: ‖·‖ of the whole tensor, all channels.
 */
export interface Maps {
  channels: number[];
  height: number;
  width: number;
  scale: number;
  values: string;
  norm: number;
}
/**
 * What meets at the ⊕ of a block, before an activation behind it: F(x) and what came by the skip.
 *
 * `through` and `past` forward, and the loss's gradient at the block's input split alike: Fᵀg and Sᵀg, which add
 * up to it. In a plain block nothing comes past. Where what is shown has another width than the stage's output, its
 * maps show channels of their own: of F(x) its most active, of the skip and both gradients those of the block's input.
 */
export interface Join {
  through: Maps;
  past: Maps | null;
  gradient_through: Maps;
  gradient_past: Maps | null;
}
/**
 * The same image at every checkpoint: what each network answered there.
 *
 * Attributes:
 *     steps: of the checkpoints, ascending.
 *     label: the image's class where it is known.
 *     arms: numbers of the arms.
 *     names: of their networks.
 *     probabilities: [networks][checkpoints][classes]; None where a network had diverged.
 *     words: one sentence a network: from which checkpoint on it answers what it answers at the end.
 */
export interface Learnt {
  steps: number[];
  label: number | null;
  arms: number[];
  names: string[];
  probabilities: (number[] | null)[][];
  words: string[];
}
/**
 * One evaluation of a run at one depth: the training trace.
 *
 * Attributes:
 *     step, epoch: when; epochs have a fraction, and are not known before the run has begun.
 *     training_loss, test_accuracy: medians over the seeds, one an arm; None where there is none.
 *     words: an observation made from the numbers, by the rules of the status line.
 */
export interface TrainingRow {
  step: number;
  epoch: number | null;
  training_loss: Column;
  test_accuracy: Column;
  words: string;
}
/**
 * A run whose networks can be traced.
 *
 * Attributes:
 *     title: of a recorded run that of its preset, else its arms.
 *     created: seconds since 1970.
 *     recorded: whether it comes with the program.
 *     arms, connections: what its arms are called, and their connections.
 *     steps: of its checkpoints, ascending.
 */
export interface TraceableRun {
  id: string;
  title: string;
  created: number;
  recorded: boolean;
  dataset: string;
  family: string;
  depths: number[];
  arms: string[];
  connections: string[];
  steps: number[];
}
/**
 * Some of the test images of a data set.
 *
 * Attributes:
 *     first: number of the first of them, from 0; `total`: how many there are in all.
 *     classes: names of the classes.
 *     side, channels: of each image.
 *     labels: class of each.
 *     images: each as `Pixels` has it.
 */
export interface ImagePage {
  dataset: string;
  first: number;
  total: number;
  classes: string[];
  side: number;
  channels: number;
  labels: number[];
  images: string[];
}

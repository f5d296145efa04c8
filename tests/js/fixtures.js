// Experiments, presets and bounds as the server gives them, for tests of the pure modules.
import { readFileSync } from "node:fs";

const recording = new URL("../../static/recorded/degradation.json", import.meta.url);

/** The recorded run, as its snapshot event. */
export function recorded() {
  return JSON.parse(readFileSync(recording, "utf8"));
}

export const limits = {
  properties: {
    dataset: { enum: ["digits", "fashion", "spiral", "idx", "cifar10"], type: "string" },
    family: { enum: ["mlp", "conv", "conv6n2"], type: "string" },
    width: { type: "integer", minimum: 2, maximum: 256 },
    depths: { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 8 },
    arms: { type: "array", minItems: 1, maxItems: 4 },
    seed: { type: "integer", minimum: 0, maximum: 2147483647 },
    seeds: { type: "integer", minimum: 1, maximum: 10 },
    optimiser: { enum: ["sgd", "adam"], type: "string" },
    learning_rate: { type: "number", exclusiveMinimum: 0, maximum: 1e9 },
    momentum: { type: "number", minimum: 0, exclusiveMaximum: 1 },
    weight_decay: { type: "number", minimum: 0, maximum: 1 },
    batch_size: { type: "integer", minimum: 2, maximum: 1024 },
    steps: { type: "integer", minimum: 1, maximum: 200000 },
    evaluate_every: { type: "integer", minimum: 1, maximum: 10000 },
    learning_rates: { type: "array", items: { type: "number", exclusiveMinimum: 0, maximum: 1e9 }, maxItems: 6 },
    schedule: { enum: ["constant", "step", "cosine"], type: "string" },
    warm_up: { type: "integer", minimum: 0, maximum: 100000 },
    augment: { type: "boolean" },
    precision: { enum: ["single", "double"], type: "string" },
  },
  $defs: {
    Arm: {
      properties: {
        connection: { enum: ["plain", "residual"], type: "string" },
        normalisation: { enum: ["none", "batch"], type: "string" },
        activation: { enum: ["relu", "tanh"], type: "string" },
        initialisation: { enum: ["he", "xavier", "pytorch", "zero_last"], type: "string" },
        skip_scale: { type: "number", minimum: 0, maximum: 2 },
        learning_rate: { anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 1e9 }, { type: "null" }] },
        shortcut: { enum: ["A", "B", "C"], type: "string" },
        cardinality: { type: "integer", minimum: 1, maximum: 32 },
        widen: { type: "integer", minimum: 1, maximum: 8 },
        gate_bias: { type: "number", minimum: -10, maximum: 10 },
        growth: { type: "integer", minimum: 1, maximum: 64 },
        compression: { type: "number", exclusiveMinimum: 0, maximum: 1 },
        survival: { type: "number", exclusiveMinimum: 0, maximum: 1 },
        stride_at: { enum: ["3x3", "1x1"], type: "string" },
      },
    },
  },
};

export const presets = [
  { name: "degradation", title: "Degradation", about: "", experiment: recorded().experiment },
  {
    name: "spiral",
    title: "Spiral",
    about: "",
    experiment: { ...recorded().experiment, dataset: "spiral", depths: [4, 8, 16, 32], seeds: 1, steps: 500 },
  },
];

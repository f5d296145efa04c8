/** The two shown networks side by side: in which settings they differ, and where the measurements come from. Pure. */
import { flopsOf } from "./axis.js";
import { armName } from "./labels.js";
import { grouped, prefixed } from "./numbers.js";
import { armFields, connectionOf, settingLabel, valueLabel } from "./records.js";
import { isRecording, learningRateOf } from "./run.js";

/** @typedef {{run: import("./types.js").Run, sides: import("./types.js").Side[]}} Shown */

/**
 * The shown networks by name.
 * @param {Shown} shown
 */
export function networkNames({ run, sides }) {
  return sides.map((side) => `${armName(run.experiment, side.arm)}-${side.layers}`);
}

/**
 * Addresses of published networks with the connections of the shown ones, each once.
 * @param {Shown} shown
 */
export function publishedLinks({ run, sides }) {
  const names = sides.flatMap(({ arm }) => connectionOf(run.experiment.arms[arm].connection)?.published ?? []);
  return [...new Set(names)].map((name) => ({ name, address: `/atlas#net=${name}` }));
}

/**
 * Rows of the settings in which two sides differ: [name, left, right].
 * @param {Shown} shown
 * @returns {[string, string, string][]}
 */
export function differences({ run, sides }) {
  const [one, other] = sides;
  const rates = run.experiment.learning_rates ?? [];
  /** @type {[string, string, string][]} */
  const rows = [];
  if (one.layers !== other.layers) rows.push(["Depth", `${one.layers} layers`, `${other.layers} layers`]);
  for (const name of armFields()) {
    const [left, right] = sides.map((side) => {
      if (name === "learning_rate")
        return rates.length ? rates[side.cell % rates.length] : learningRateOf(run, side.arm);
      return Reflect.get(run.experiment.arms[side.arm], name);
    });
    if (left !== right) rows.push([settingLabel(name), valueLabel(name, left), valueLabel(name, right)]);
  }
  const { parameters } = run.provenance;
  if (parameters && parameters[one.cell] !== parameters[other.cell])
    rows.push(["Parameters", grouped(parameters[one.cell]), grouped(parameters[other.cell])]);
  const [cost, otherCost] = sides.map((side) => flopsOf(run, side.cell));
  if (cost !== otherCost && !Number.isNaN(cost))
    rows.push(["Operations a step", prefixed(cost, "FLOP"), prefixed(otherCost, "FLOP")]);
  return rows;
}

/**
 * The differences in one line.
 * @param {Shown} shown
 */
export function summary(shown) {
  const rows = differences(shown);
  const { sides } = shown;
  const same = sides[0].depth === sides[1].depth ? sameStart(shown) : null;
  const start = same === null ? "" : same ? " · same first weights" : " · different first weights";
  return `${rows.length === 0 ? "nothing" : rows.map(([name]) => name.toLowerCase()).join(", ")}${start}`;
}

/**
 * Whether the two shown networks began with the same weights: true, false, or null when it is not known.
 * @param {Shown} shown
 */
function sameStart({ run, sides }) {
  const sums = run.provenance.checksums;
  if (!Array.isArray(sums)) return null;
  const [one, other] = sides.map((side) =>
    sums.slice(side.cell * run.experiment.seeds, (side.cell + 1) * run.experiment.seeds).join(),
  );
  return one === other;
}

/**
 * What everyone needs to judge the comparison: initial weights, hash, seeds, machine, versions. Rows of [name, value].
 * @param {Shown} shown
 * @returns {string[][]}
 */
export function provenanceRows(shown) {
  const { run, sides } = shown;
  const { provenance: facts, experiment } = run;
  const same = sameStart(shown);
  const sums = sides.map((side) => facts.checksums?.[side.cell * experiment.seeds]);
  const seeds = Array.from({ length: experiment.seeds }, (_, index) => experiment.seed + index);
  /** @type {[string, unknown][]} */
  const rows = [
    ["Evidence", isRecording(run) ? "measured by this program, recorded" : "measured, not simulated"],
    ["First weights", same === null ? null : same ? `equal (SHA-256 ${sums[0]})` : `not equal (${sums.join(", ")})`],
    [
      "Weights trained",
      sides.map((side) => (facts.parameters ? grouped(facts.parameters[side.cell]) : "–")).join(" and "),
    ],
    ["Config hash", facts.config_hash],
    ["Seeds", seeds.join(", ")],
    ["Precision", valueLabel("precision", experiment.precision ?? "single")],
    [
      "Data",
      `${valueLabel("dataset", experiment.dataset)}: ${facts.training_examples ?? "–"} to train, ${facts.test_examples ?? "–"} to test`,
    ],
    [
      "Machine",
      [facts.machine, facts.device, facts.threads && `${facts.threads} thread${facts.threads === 1 ? "" : "s"}`]
        .filter(Boolean)
        .join(", "),
    ],
    [
      "Versions",
      ["skipscope", "torch", "python"]
        .filter((name) => name in facts)
        .map((name) => `${name} ${Reflect.get(facts, name)}`)
        .join(", "),
    ],
    ["Recorded", facts.recorded_at],
    ["Run", run.id],
  ];
  return rows.filter(([, value]) => value).map(([name, value]) => [name, String(value)]);
}

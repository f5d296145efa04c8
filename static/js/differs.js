/**
 * What differs: the shown networks side by side, only their differences, and what everyone needs to judge the
 * comparison: initial weights, hash, seeds, machine, versions. Names and reasons are shown as text, never as markup.
 */
import { flopsOf } from "./axis.js";
import { ARM_FIELDS } from "./bounds.js";
import { find, make, say, table } from "./dom.js";
import { armName, SETTINGS, valueName } from "./labels.js";
import { grouped, prefixed } from "./numbers.js";
import { learningRateOf } from "./store.js";

/** @typedef {import("./charts/scene.js").Scene} Scene */

/**
 * Rows of the settings in which two sides differ: [name, left, right].
 * @param {Scene} scene
 * @returns {[string, string, string][]}
 */
export function differences({ run, sides }) {
  const [one, other] = sides;
  const rates = run.experiment.learning_rates ?? [];
  /** @type {[string, string, string][]} */
  const rows = [];
  if (one.layers !== other.layers) rows.push(["Depth", `${one.layers} layers`, `${other.layers} layers`]);
  for (const name of ARM_FIELDS) {
    const [left, right] = sides.map((side) => {
      if (name === "learning_rate")
        return rates.length ? rates[side.cell % rates.length] : learningRateOf(run, side.arm);
      return /** @type {any} */ (run.experiment.arms[side.arm])[name];
    });
    if (left !== right) rows.push([SETTINGS[name], valueName(left), valueName(right)]);
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
 * Whether the two shown networks began with the same weights: true, false, or null when it is not known.
 * @param {Scene} scene
 */
export function sameStart({ run, sides }) {
  const sums = run.provenance.checksums;
  if (!Array.isArray(sums)) return null;
  const [one, other] = sides.map((side) =>
    sums.slice(side.cell * run.experiment.seeds, (side.cell + 1) * run.experiment.seeds).join(),
  );
  return one === other;
}

/**
 * Show it all.
 * @param {Scene} scene
 */
export function showDiffers(scene) {
  const { run, sides } = scene;
  const rows = differences(scene);
  const same = sameStart(scene);
  const names = sides.map((side) => `${armName(run.experiment, side.arm)}-${side.layers}`);
  const start =
    same === null || sides[0].depth !== sides[1].depth
      ? ""
      : same
        ? " · same first weights"
        : " · different first weights";
  say(
    find("#differs-short"),
    `${rows.length === 0 ? "nothing" : rows.map((row) => row[0].toLowerCase()).join(", ")}${start}`,
  );
  const body = find("#differs-body");
  if (!find("#differs").hasAttribute("open")) return;
  const differing = rows.length ? table(["", ...names], rows) : make("p", "The two panels show the same network.");
  const facts = table(["", ""], provenanceRows(scene, same));
  body.replaceChildren(make("div", null, { class: "columns" }, [differing, facts]), actions(run));
}

/**
 * @param {Scene} scene
 * @param {boolean | null} same
 * @returns {string[][]}
 */
function provenanceRows({ run, sides }, same) {
  const { provenance: facts, experiment } = run;
  const sums = sides.map((side) => facts.checksums?.[side.cell * experiment.seeds]);
  const seeds = Array.from({ length: experiment.seeds }, (_, index) => experiment.seed + index);
  /** @type {[string, unknown][]} */
  const rows = [
    ["Evidence", run.recorded && run.id === null ? "measured by this program, recorded" : "measured, not simulated"],
    ["First weights", same === null ? null : same ? `equal (SHA-256 ${sums[0]})` : `not equal (${sums.join(", ")})`],
    [
      "Weights trained",
      sides.map((side) => (facts.parameters ? grouped(facts.parameters[side.cell]) : "–")).join(" and "),
    ],
    ["Config hash", facts.config_hash],
    ["Seeds", seeds.join(", ")],
    ["Precision", valueName(experiment.precision ?? "single")],
    [
      "Data",
      `${valueName(experiment.dataset)}: ${facts.training_examples ?? "–"} to train, ${facts.test_examples ?? "–"} to test`,
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
        .filter((name) => facts[name])
        .map((name) => `${name} ${facts[name]}`)
        .join(", "),
    ],
    ["Recorded", facts.recorded_at],
    ["Run", run.id],
  ];
  return rows.filter(([, value]) => value).map(([name, value]) => [name, String(value)]);
}

/** @param {import("./types.js").Run} run */
function actions(run) {
  const copy = make("button", "Copy link", { type: "button" });
  const told = make("span", "", { role: "status" });
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      told.textContent = "Copied.";
    } catch {
      told.textContent = location.href; // no permission: show it, so that it can be copied by hand
    }
  });
  const links =
    run.id === null
      ? []
      : ["csv", "jsonl"].map((kind) =>
          make("a", `Export ${kind === "csv" ? "CSV" : "JSON lines"}`, {
            href: `/api/runs/${encodeURIComponent(run.id ?? "")}/export.${kind}`,
            download: "",
          }),
        );
  return make("div", null, { class: "actions" }, [copy, ...links, told]);
}

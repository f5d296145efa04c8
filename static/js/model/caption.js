/** The caption of a saved picture: what was trained, with how many seeds, on which machine and when. Pure. */
import { armName } from "./labels.js";
import { valueLabel } from "./records.js";
import { isRecording } from "./run.js";

/**
 * @param {import("./types.js").Run} run
 * @param {string} today as the reader's clock has it, ``2026-11-21``
 * @returns {string[]} lines
 */
export function captionOf(run, today) {
  const { experiment, provenance } = run;
  const rates = experiment.learning_rates ?? [];
  const own = experiment.arms.some((arm) => arm.learning_rate !== null && arm.learning_rate !== undefined);
  const rate =
    rates.length > 0
      ? `best of learning rates ${rates.join(", ")}`
      : own
        ? `learning rates ${experiment.arms.map((arm) => arm.learning_rate ?? experiment.learning_rate).join(", ")}`
        : `learning rate ${experiment.learning_rate}`;
  const { seed, seeds } = experiment;
  const arms = experiment.arms.map((arm, index) => {
    const norm = arm.normalisation === "none" ? "no norm" : valueLabel("normalisation", arm.normalisation);
    return `${armName(experiment, index)} (${norm}, start: ${valueLabel("initialisation", arm.initialisation)})`;
  });
  const what = [
    arms.join(", "),
    `${valueLabel("dataset", experiment.dataset)}, ${valueLabel("family", experiment.family)}, width ${experiment.width}`,
    `${experiment.optimiser.toUpperCase()}, ${rate}, batch ${experiment.batch_size}, ${experiment.steps} steps`,
    seeds === 1 ? `seed ${seed}` : `median and range of ${seeds} seeds (${seed} to ${seed + seeds - 1})`,
  ];
  const machine = [provenance.machine, provenance.device, provenance.torch && `PyTorch ${provenance.torch}`];
  const when = isRecording(run) ? `recorded ${provenance.recorded_at ?? ""}` : `saved ${today}, step ${run.step}`;
  const version = `Skipscope ${provenance.skipscope ?? ""}`.trim();
  return [
    `${what.join("; ")}.`,
    `Measured, not simulated: ${[version, ...machine.filter(Boolean), when].join(", ")}${run.id ? `, run ${run.id}` : ""}.`,
  ];
}

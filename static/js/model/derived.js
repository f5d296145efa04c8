/** What follows from the state of the page: the scene, the hash, the shown answers. Computed, never written. Pure. */
import { computed } from "../../vendor/signals-core-1.14.5.js";
import { foundBy, newest, together } from "./answers.js";
import { axisOf } from "./axis.js";
import { palette } from "./colours.js";
import { encodeHash, presetOf } from "./hash.js";
import { lesionOverlay } from "./overlay.js";
import { steady } from "./reactive.js";
import { isAnalysis } from "./records.js";
import { runDecades, shownScales, sidesOf, stepsEnd } from "./scene.js";
import { bestAt } from "./series.js";
import { verdictOf } from "./verdict.js";

/** @typedef {import("./state.js").Signals} Signals */

/** @type {import("./types.js").Choices} */
const NOTHING_CHOSEN = {};

/**
 * @param {Signals} signals
 * @param {import("./types.js").Preset[]} presets
 */
export function derive(signals, presets) {
  const { run, view, draft, pointed, lesions, film, kinds, chosenCheckpoint, diagrams, systemDark } = signals;
  const runId = computed(() => run.value.id);
  const analyses = computed(() => run.value.analyses);
  const checkpoints = computed(() => run.value.checkpoints);
  /** the step of what is shown; null: the newest */
  const cursor = computed(() => pointed.value ?? stepOf(run.value, view.value.step));
  const sides = steady(() => sidesOf(run.value, view.value, cursor.value));
  const axis = computed(() => axisOf(run.value, view.value.x));
  const dark = computed(() => (view.value.theme === "auto" ? systemDark.value : view.value.theme === "dark"));
  // of the theme alone, for with other colours all is drawn again
  const colours = computed(() => palette(dark.value));
  /** the blocks that are taken out now */
  const removed = computed(() => lesions.value[lesions.value.length - 1]);
  /** the view beside the open one, where there is room */
  const beside = computed(() => (signals.wide.value && !view.value.presenter ? view.value.beside : null));
  /** of these two the one that is an analysis, if one is */
  const analysis = computed(() => (beside.value !== null && isAnalysis(beside.value) ? beside.value : view.value.open));
  /** the chosen analysis; what is chosen for it; its answers, one for each shown depth; these merged; the same once it has a finding */
  const kind = computed(() => kinds.value.find(({ name }) => name === analysis.value));
  const choices = computed(() => signals.chosenChoices.value[analysis.value] ?? NOTHING_CHOSEN);
  const answers = computed(() => (kind.value ? newest(analyses.value, kind.value, sides.value, view.value) : []));
  const answer = computed(() => together(answers.value, sides.value));
  const found = computed(() => foundBy(answer.value));
  const overlays = computed(() =>
    sides.value.map((side) => ({
      ...lesionOverlay(analyses.value, side, removed.value),
      ...(found.value && kind.value?.overlay?.(found.value, side, film.value)),
    })),
  );
  const drawnSides = computed(() => {
    const [left, right] = sides.value;
    /** @type {import("./scene.js").Scene["sides"]} */
    const drawn = [
      { ...left, ...overlays.value[0] },
      { ...right, ...overlays.value[1] },
    ];
    return drawn;
  });
  const scales = computed(() => shownScales(run.value, sides.value, view.value.gradient, cursor.value));
  /** @type {import("../../vendor/signals-core-1.14.5.js").ReadonlySignal<import("./scene.js").Scene>} */
  const scene = computed(() => ({
    run: run.value,
    view: view.value,
    sides: drawnSides.value,
    cursor: cursor.value,
    layer: signals.layer.value,
    colours: colours.value,
    diagrams: diagrams.value,
    ...scales.value,
    mapDecades: runDecades(run.value, sides.value, view.value.gradient),
    steps: stepsEnd(run.value),
    axis: axis.value,
  }));
  const preset = computed(() => presetOf(draft.value.experiment, presets));
  const named = computed(() => presets.find(({ name }) => name === preset.value) ?? null);
  /** the run that a link names; the name of a preset leads to what was recorded of it */
  const linked = computed(() => (named.value?.recorded === runId.value ? null : runId.value));
  return {
    ...{ scene, sides, axis, colours, removed, kind, choices, answers, answer, found, overlays, runId },
    ...{ analyses, checkpoints, cursor, beside, analysis, linked },
    poll: computed(() => run.value.poll ?? draft.value.poll),
    /** the measured answer to the poll, when the run is over; null before */
    verdict: computed(() => verdictOf(run.value)),
    experiment: computed(() => run.value.experiment),
    provenance: computed(() => run.value.provenance),
    rates: computed(() => run.value.rates),
    /** the newest measurements: what is drawn of measurements changes with them */
    newestFrame: computed(() => run.value.frames.at(-1)),
    newestEvaluation: computed(() => run.value.evaluations.at(-1)),
    /** fair mode: the best cells at the cursor, as text */
    best: computed(() => String(bestAt(run.value, cursor.value))),
    /** number of blocks of the deeper of the shown networks */
    blocks: computed(() =>
      Math.max(0, ...sides.value.map((side) => diagrams.value[side.cell]?.layout.meta.blocks ?? 0)),
    ),
    /** the step of the checkpoint to analyse; null: now */
    weightsOf: computed(() => {
      const { value } = chosenCheckpoint;
      return value !== null && checkpoints.value.includes(value) ? value : null;
    }),
    preset,
    /** about how long the draft takes; null: not known */
    duration: computed(() => draft.value.duration ?? named.value),
    hash: computed(() =>
      encodeHash(
        {
          experiment: draft.value.experiment,
          view: view.value,
          run: linked.value,
        },
        presets,
      ),
    ),
  };
}

/**
 * A step that is shown for as long as nothing newer is wanted; null where the run has not come so far.
 * @param {import("./types.js").Run} run
 * @param {number | null} step
 */
function stepOf(run, step) {
  return step !== null && run.frames.length > 0 && step < run.step ? step : null;
}

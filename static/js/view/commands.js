/**
 * Commands: what buttons, keys and pointers do. Each changes the state by an action, and asks the server where it
 * must.
 */
import { computed } from "../../vendor/signals-core-1.14.5.js";
import { depthsOf } from "../model/answers.js";
import { boundOf, read, refusalOf } from "../model/bounds.js";
import { checkpointsUpTo, chosenOf } from "../model/choices.js";
import { whenever } from "../model/reactive.js";
import { settingLabel } from "../model/records.js";
import { isLive } from "../model/run.js";
import { checkExperiment, deleteRun, restoreRun } from "../net/http.js";
import { closeDialog, openDialog } from "./dialogs.js";
import { toggleBlock, undoLesion } from "./lesions.js";

/** @typedef {import("../model/types.js").Experiment} Experiment */
/** @typedef {ReturnType<typeof createCommands>} Commands */

/**
 * @param {import("../model/state.js").Store} store
 * @param {import("../net/session.js").Session} session
 * @param {() => import("./panels/run_form.js").RunForm} form
 * @param {import("../model/records.js").Records} records
 */
export function createCommands(store, session, form, records) {
  const { state, actions } = store;
  let wantsStep = false;

  /** @param {boolean} paused before its first step */
  function startDraft(paused) {
    const experiment = form().read();
    if (experiment === null) {
      openDialog("settings");
      form().focusProblem();
      return;
    }
    actions.setDraft(experiment, { ...state.draft.value, edited: false });
    closeDialog("settings");
    session.start(experiment, paused);
  }

  /** @param {() => void} show something else instead of the run, which can be brought back */
  function clear(show) {
    const run = state.run.value;
    const message = session.liveRun !== null ? "The run was stopped and cleared." : "Another run was shown here.";
    if (run.id !== null) actions.remember();
    show();
    if (run.id !== null) actions.notify("undo", message, { offer: { label: "Undo", action: () => session.undo() } });
  }

  /** @param {{message: string}} error */
  const sentence = ({ message }) => `${message[0].toUpperCase()}${message.slice(1)}.`;

  /** A run that was started for one step waits before its first; now it can take it. */
  const paused = computed(() => state.run.value.state === "paused");
  whenever(
    () => [paused.value, state.runId.value],
    () => {
      if (!wantsStep || !paused.value) return;
      wantsStep = false;
      session.command("step");
    },
  );

  const commands = {
    watch: () => session.watch(),
    /** Train, pause, go on. */
    train() {
      const run = state.run.value;
      if (isLive(run)) session.command(run.state === "paused" ? "resume" : "pause");
      else startDraft(false);
    },
    trainDraft: () => startDraft(false),
    step() {
      if (isLive(state.run.value)) session.command("step");
      else {
        wantsStep = true;
        startDraft(true);
      }
    },
    reset() {
      clear(() => session.reset());
    },
    /** Delete the shown run, which has ended; for an hour it can be brought back. */
    async deleteRun() {
      const { id } = state.run.value;
      if (id === null) return;
      closeDialog("comparison");
      session.leave(); // what the server tells those who follow it is told here by the notice
      actions.remember();
      const found = await deleteRun(id);
      if ("error" in found) {
        session.undo();
        actions.notify("error", sentence(found.error), { bad: true });
        return;
      }
      session.showDraft();
      const undo = () => void commands.restoreRun(id);
      actions.notify("undo", "The run was deleted. For an hour it can be brought back.", {
        offer: { label: "Undo", action: undo },
      });
    },
    /** @param {string} run that was deleted, and was shown here before */
    async restoreRun(run) {
      const found = await restoreRun(run);
      if ("error" in found) actions.notify("error", sentence(found.error), { bad: true });
      else session.undo();
    },
    /**
     * Show what was recorded of a preset; Train runs it anew.
     * @param {string} name
     */
    choosePreset(name) {
      const preset = records.presets.find((item) => item.name === name);
      if (!preset) return;
      clear(() => {
        actions.setDraft(structuredClone(preset.experiment), { ...preset, edited: true });
        actions.setStage(preset.stage);
        session.reset(preset.recorded);
      });
    },
    /**
     * The draft was changed by hand.
     * @param {Experiment} experiment
     */
    async editDraft(experiment) {
      actions.setDraft(experiment, { edited: true });
      const found = await checkExperiment(experiment);
      if (state.draft.value.experiment !== experiment) return;
      if ("error" in found) {
        form().refuse(found.error.field, found.error.message);
        return;
      }
      actions.setDraft(experiment, { ...found, edited: true });
      form().accept(experiment, found);
      const run = state.run.value;
      if (!isLive(run) && run.frames.length === 0) session.showDraft();
    },
    /** Let the server tell the size of the draft. */
    async sizeDraft() {
      const { experiment } = state.draft.value;
      const found = await checkExperiment(experiment);
      if (state.draft.value.experiment !== experiment) return;
      if ("error" in found) form().refuse(found.error.field, found.error.message);
      else form().accept(experiment, found);
    },
    /**
     * Change the learning rate of an arm: of the run that trains, or of the next one.
     * @param {number} arm
     * @param {string} text
     * @returns {boolean} whether it is a learning rate
     */
    setRate(arm, text) {
      const found = read(boundOf(records.limits, "learning_rate"), text);
      if ("problem" in found) {
        actions.notify("rate", refusalOf(settingLabel("learning_rate"), found.problem), { bad: true });
        return false;
      }
      const rate = Number(found.value);
      actions.dismiss("rate");
      if (isLive(state.run.value)) session.setLearningRate(arm, rate);
      else {
        const { experiment } = state.draft.value;
        const arms = experiment.arms.map((one, index) => (index === arm ? { ...one, learning_rate: rate } : one));
        void commands.editDraft({ ...experiment, arms });
      }
      return true;
    },
    /**
     * The server refused something.
     * @param {import("../model/types.js").Refused} refused
     */
    showRefusal({ code, message, field, request }) {
      if (request === "start" && code === "refused") {
        openDialog("settings");
        form().refuse(field, message);
        form().focusProblem();
        return;
      }
      actions.notify("error", message, { bad: true });
      if (code === "unknown_run") void commands.showRecording();
    },
    /** The preset that the draft is, if a run of it was recorded. */
    recordedPreset: () => records.presets.find(({ name, recorded }) => name === state.preset.value && recorded),
    /** Bring back what was recorded of the preset that was cleared. */
    showRecorded() {
      const preset = commands.recordedPreset();
      if (preset) commands.choosePreset(preset.name);
    },
    nextPreset() {
      const at = records.presets.findIndex(({ name }) => name === state.preset.value);
      commands.choosePreset(records.presets[(at + 1) % records.presets.length].name);
    },
    /** Show what was recorded of the draft, if that is a preset: of the first one before the line is open. */
    async showRecording() {
      const preset = commands.recordedPreset();
      if (!preset?.recorded) return;
      if (preset !== records.presets[0]) {
        session.showRecording(preset.recorded);
        return;
      }
      try {
        const response = await fetch(records.recorded);
        if (!response.ok) throw new Error(String(response.status));
        session.showRecording(preset.recorded, await response.json());
      } catch {
        actions.notify("recording", "The recorded run could not be loaded.", { bad: true });
      }
    },
    /** @param {number} depth */
    chooseDepth(depth) {
      performance.mark("depth");
      actions.chooseDepth(depth);
    },
    /** @param {number} depth of the right panel */
    chooseOtherDepth(depth) {
      performance.mark("depth");
      actions.chooseOtherDepth(depth);
    },
    /** Give the right panel a depth of its own, or take it away. */
    compareDepths() {
      const { compare } = state.view.value;
      actions.chooseOtherDepth(compare === null ? state.experiment.value.depths[0] : null);
    },
    chooseArm: actions.chooseArm,
    /** @param {number} block from 1 */
    toggleBlock: (block) => toggleBlock(store, session, block),
    undoLesion: () => undoLesion(store, session),
    restoreBlocks: actions.restoreBlocks,
    /**
     * What a button of an analysis asks: a question about each shown depth.
     * @param {import("../model/types.js").NamedKind} kind
     * @param {import("../model/types.js").Action} action
     * @returns {import("../model/types.js").Question[]}
     */
    questions(kind, action) {
      const kept = checkpointsUpTo(state.run.value, state.weightsOf.value);
      const fields = kind.fields
        .filter(({ drawing }) => !drawing)
        .map((field) => {
          const value = chosenOf(kind, field, state.choices.value, kept);
          return [field.name, /^[\d.]+$/.test(value) ? Number(value) : value];
        });
      const depths = kind.everyDepth ? [{}] : depthsOf(state.sides.value).map((depth) => ({ depth }));
      return depths.map((depth) => ({ ...action.question, ...depth, ...Object.fromEntries(fields) }));
    },
    /**
     * @param {import("../model/types.js").NamedKind} kind
     * @param {import("../model/types.js").Action} action
     */
    analyse(kind, action) {
      for (const question of commands.questions(kind, action)) session.analyse(question, state.weightsOf.value);
    },
    /** @param {import("../model/types.js").Question} question that needs no weights */
    ask: (question) => session.analyse(question, null),
    /** @param {string} analysis */
    cancelAnalysis: (analysis) => session.cancelAnalysis(analysis),
  };
  return commands;
}

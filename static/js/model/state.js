/**
 * The state of the page, and the only module that writes it. Everything else reads ``state``, whose signals are
 * read-only to it, and calls ``actions``. What follows from the state is computed in ``derived.js``.
 */
import { batch, signal } from "../../vendor/signals-core-1.14.5.js";
import { toggled } from "./answers.js";
import { derive } from "./derived.js";
import { defaultView, lasting, presetOf, sameExperiment } from "./hash.js";
import { createNotices, nextTheme } from "./page_state.js";
import { readable } from "./reactive.js";
import { sharePlace } from "./records.js";
import { applyEvent, isRecording, readyRun } from "./run.js";
import { connectionNotice } from "./status.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").View} View */
/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Cell} Cell */

/** @typedef {ReturnType<typeof readable<ReturnType<typeof createSignals>>>} Signals */
/** @typedef {ReturnType<typeof createStore>} Store */
/** @typedef {Store["state"]} State */
/** @typedef {Store["actions"]} Actions */

/** @type {import("./types.js").Film} */
const NO_FILM = { moment: null, playing: false, slow: false };

/** @param {import("./types.js").Begin} begin */
function createSignals({ settings: { experiment, view }, edited, presets, dark, wide = false, slow }) {
  const { cells = null, poll = null } = presets.find(({ name }) => name === presetOf(experiment, presets)) ?? {};
  return {
    run: signal(readyRun(experiment, cells, poll)),
    draft: signal(/** @type {import("./types.js").Draft} */ ({ experiment, cells, poll, edited, duration: null })),
    view: signal(view),
    /** the step under the pointer; null: none */
    pointed: signal(/** @type {number | null} */ (null)),
    /** the layer under the pointer */
    layer: signal(/** @type {number | null} */ (null)),
    /** sets of blocks that are taken out, the newest last: undo takes the last away */
    lesions: signal(/** @type {number[][]} */ ([[]])),
    film: signal({ ...NO_FILM, slow }),
    /** what was predicted, and to which question */
    guess: signal(/** @type {{ask: string, choice: string} | null} */ (null)),
    connection: signal({ link: /** @type {import("./types.js").LinkState} */ ("connecting"), code: 0 }),
    /** what undo brings back */
    previous: signal(/** @type {import("./types.js").Before | null} */ (null)),
    /** windows that follow the shown run, this one among them */
    viewers: signal(1),
    /** the run that is in progress on the server, or the last one */
    active: signal(/** @type {string | null} */ (null)),
    kinds: signal(/** @type {import("./types.js").NamedKind[]} */ ([])),
    /** of each analysis */
    chosenChoices: signal(/** @type {Record<string, import("./types.js").Choices>} */ ({})),
    chosenCheckpoint: signal(/** @type {number | null} */ (null)),
    diagrams: signal(/** @type {import("./types.js").Diagram[]} */ ([])),
    systemDark: signal(dark),
    wide: signal(wide),
    /** grows with every change of the size of a chart */
    layoutChanges: signal(0),
  };
}

/** @param {import("./types.js").Begin} begin */
export function createStore(begin) {
  const { notices, notify, dismiss } = createNotices();
  const signals = { ...createSignals(begin), notices };
  const { run, draft, view, pointed, layer, lesions, film, connection, previous } = signals;
  const state = { ...readable(signals), ...derive(readable(signals), begin.presets) };

  /** Which networks are shown: lesions and film belong to them. */
  const shown = () => `${run.peek().id} ${state.sides.value.map(({ depth }) => depth)}`;

  /** @param {() => void} write what changes the shown networks */
  function change(write) {
    batch(() => {
      const before = shown();
      write();
      if (shown() === before) return;
      lesions.value = [[]];
      film.value = { ...NO_FILM, slow: film.value.slow };
    });
  }

  /** @param {Partial<View>} part */
  const changeView = (part) =>
    change(() => {
      view.value = { ...view.value, ...part };
    });

  /** @param {Partial<View>} part other views: a film belongs to one */
  const showViews = (part) =>
    batch(() => {
      film.value = { ...NO_FILM, slow: film.value.slow };
      changeView(part);
    });

  /** @param {Run} next another run, or another experiment */
  function show(next) {
    change(() => {
      run.value = next;
      pointed.value = layer.value = null;
      if (next.id === null) return;
      if (!isRecording(next)) dismiss("undo");
      if (!draft.value.edited) {
        const { experiment, duration } = draft.value;
        const known = sameExperiment(experiment, next.experiment) ? duration : null;
        setDraft(next.experiment, { cells: next.cells, poll: next.poll, edited: false, duration: known });
      }
    });
  }

  /**
   * @param {Experiment} experiment
   * @param {{cells?: Cell[] | null, poll?: import("./types.js").Poll | null, edited: boolean,
   *   duration?: import("./types.js").Duration | null}} known
   */
  function setDraft(experiment, { cells = null, poll = null, edited, duration = null }) {
    draft.value = { experiment, cells, poll, edited, duration };
  }

  const actions = {
    notify,
    dismiss,
    showDraft: () => show(readyRun(draft.value.experiment, draft.value.cells, draft.value.poll)),
    /** @param {import("./types.js").StreamEvent} event of the run that is followed */
    receive(event) {
      const next = applyEvent(run.value, event);
      if (event.type === "snapshot") show(next);
      else run.value = next;
    },
    /** Keep what is shown, for undo. */
    remember() {
      previous.value = { run: run.value, draft: draft.value, lesions: lesions.value, view: view.value };
    },
    /** Show again what was kept. */
    bringBack() {
      const before = previous.value;
      if (before === null) return;
      batch(() => {
        changeView({ ...before.view, ...lasting(view.value) });
        show(before.run);
        draft.value = before.draft;
        lesions.value = before.lesions;
        previous.value = null;
        dismiss("undo");
      });
    },
    /** @param {string | null} run that is in progress */
    activeChanged(run) {
      signals.active.value = run;
    },
    /** @param {number} count windows that follow the run */
    viewersCounted(count) {
      signals.viewers.value = count;
    },
    /**
     * @param {import("./types.js").LinkState} link
     * @param {number} code of the close
     */
    linkChanged(link, code) {
      batch(() => {
        connection.value = { link, code };
        const message = connectionNotice(link, code);
        if (message !== null) notify("line", message, { bad: true });
        else if (link === "open") dismiss("line");
      });
    },
    setDraft,
    /** @param {number | null} depth null: the deepest */
    chooseDepth: (depth) => changeView({ depth }),
    /** @param {number | null} compare depth of the right panel; null: the same */
    chooseOtherDepth: (compare) => changeView({ compare }),
    /**
     * @param {0 | 1} side
     * @param {number} arm
     */
    chooseArm: (side, arm) => changeView({ arms: side === 0 ? [arm, view.value.arms[1]] : [view.value.arms[0], arm] }),
    /**
     * As a preset is first shown; theme, presenter mode and whether questions are shown stay.
     * @param {import("./types.js").Preset["stage"]} stage
     */
    setStage(stage) {
      changeView({ ...defaultView(stage), ...lasting(view.value) });
    },
    /** @param {View} next what another place in the browser's history shows */
    showView: (next) => changeView(next),
    /** @param {View["gradient"]} gradient */
    chooseGradient: (gradient) => changeView({ gradient }),
    /** @param {View["x"]} x */
    chooseAxis: (x) => changeView({ x }),
    /** @param {"lossScale" | "multiples" | "relative" | "question" | "presenter"} part of the view, turned over */
    toggle(part) {
      const value = part === "lossScale" ? (view.value[part] === "log" ? "linear" : "log") : !view.value[part];
      changeView({ [part]: value, ...(part === "presenter" ? { picture: 0 } : {}) });
    },
    /**
     * @param {number} picture the first that is shown, from 0
     * @param {"picture" | "besidePicture"} of which view
     */
    choosePicture: (picture, of = "picture") => changeView({ [of]: picture }),
    /** @param {string} choice that is predicted */
    predict(choice) {
      const ask = state.poll.value?.ask;
      if (ask) signals.guess.value = { ask, choice };
    },
    nextTheme() {
      changeView({ theme: nextTheme(view.value.theme) });
    },
    /** @param {boolean} isDark */
    systemThemeChanged(isDark) {
      signals.systemDark.value = isDark;
    },
    /** @param {boolean} wide whether it has room for two views */
    windowChanged(wide) {
      signals.wide.value = wide;
    },
    layoutChanged() {
      signals.layoutChanges.value++;
    },
    /** @param {import("./types.js").Diagram[]} figures one a cell */
    diagramsArrived(figures) {
      signals.diagrams.value = figures;
    },
    /** @param {number | null} step under the pointer; outside of what is measured it is none */
    pointAtStep(step) {
      const { frames, step: newest } = run.value;
      const known = step !== null && frames.length > 0 && step <= newest + 0.5;
      pointed.value = known ? Math.max(0, Math.round(step)) : null;
    },
    /** @param {number | null} step of what is shown; null, or the last one: the newest */
    chooseStep(step) {
      pointed.value = null;
      changeView({ step: step === null || step >= run.value.step ? null : Math.max(0, step) });
    },
    /** @param {number | null} number */
    pointAtLayer(number) {
      const deepest = Math.max(...state.sides.value.map((side) => side.layers));
      layer.value = number === null || number < 1 || number > deepest ? null : number;
    },
    /** @param {number} block to take out, or to put back */
    toggleBlock(block) {
      lesions.value = [...lesions.value, toggled(state.removed.value, block)];
    },
    undoLesion() {
      if (lesions.value.length > 1) lesions.value = lesions.value.slice(0, -1);
    },
    restoreBlocks() {
      lesions.value = [[]];
    },
    /** @param {import("./types.js").NamedKind} kind whose module is there now */
    analysisLoaded(kind) {
      signals.kinds.value = [...signals.kinds.value, kind];
    },
    /** @param {string} name of a view */
    openView(name) {
      if (name === view.value.open) return;
      const { beside } = view.value;
      showViews({ open: name, picture: 0, beside: beside !== null && sharePlace(name, beside) ? null : beside });
    },
    /** @param {string | null} name of a view that does not stand at the place of the open one; null: none */
    openBeside(name) {
      if (name === null || !sharePlace(name, view.value.open)) showViews({ beside: name, besidePicture: 0 });
    },
    /** @param {number} target test accuracy, 0 to 1 */
    chooseTarget: (target) => changeView({ target }),
    /**
     * @param {string} field of a question of the chosen analysis
     * @param {string} value
     */
    choose(field, value) {
      const { chosenChoices } = signals;
      const choices = { ...state.choices.value, [field]: value };
      chosenChoices.value = { ...chosenChoices.value, [state.analysis.value]: choices };
    },
    /** @param {number | null} step of the checkpoint to analyse; null: now */
    chooseWeights(step) {
      signals.chosenCheckpoint.value = step;
    },
    /** @param {Partial<import("./types.js").Film>} part */
    moveFilm(part) {
      film.value = { ...film.value, ...part };
    },
  };
  return { state, actions };
}

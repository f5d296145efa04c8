/**
 * The state of Trace, and the only module that writes it: what is traced and shown, and what the server has answered so
 * far. What follows from it is computed here.
 */
import { batch, computed, signal } from "../../vendor/signals-core-1.14.5.js";
import { palette } from "./colours.js";
import { createNotices, nextTheme } from "./page_state.js";
import { readable, steady } from "./reactive.js";
import { captionOf, columnsOf, detailed, FIRST, lanesOf, scaleWords } from "./trace.js";
import { traceHash } from "./trace_link.js";
import {
  chosenDepth,
  chosenSource,
  chosenStep,
  examplesAddress,
  examplesOf,
  filesOf,
  requestsOf,
} from "./trace_sources.js";

/** @typedef {import("./trace.js").TraceView} TraceView */
/** @typedef {import("./trace.js").Trace} Trace */
/** @typedef {import("./trace_sources.js").Source} Source */
/** @typedef {import("./wire.js").ImagePage} ImagePage */
/** @typedef {import("./wire.js").Learnt} Learnt */
/** @typedef {import("./wire.js").TrainingRow} TrainingRow */
/** @typedef {ReturnType<typeof createTrace>} TraceStore */
/** @typedef {TraceStore["state"]} TraceState */

/** Answers that are kept for the way back. */
const KEPT = 16;
/** Images in the strip. */
const STRIP = 6;

/**
 * @param {{side: number, channels: number} | null} known
 */
function inputOf(known) {
  return known ? { side: known.side, channels: known.channels } : null;
}

/**
 * @param {object} begin
 * @param {TraceView} begin.view what the link says
 * @param {Source[]} begin.sources what can be traced
 * @param {boolean} begin.dark whether the system has a dark theme
 */
export function createTrace({ view: first, sources, dark }) {
  const { notices, notify, dismiss } = createNotices();
  const signals = {
    view: signal(first),
    /** answers by what was asked, the newest last */
    traces: signal(/** @type {Record<string, Trace>} */ ({})),
    /** which of them is shown: while another is computed the page keeps what it showed */
    shown: signal(/** @type {string | null} */ (null)),
    /** of the shown stage, where more is known of it */
    details: signal(/** @type {Record<string, Trace>} */ ({})),
    learnt: signal(/** @type {Record<string, Learnt>} */ ({})),
    training: signal(/** @type {Record<string, TrainingRow[]>} */ ({})),
    examples: signal(/** @type {Record<string, ImagePage>} */ ({})),
    /** files with weights of published networks; null while they are not known */
    weights: signal(/** @type {import("./trace_sources.js").Weights | null} */ (null)),
    /** grows when the files are another */
    weightsChanges: signal(0),
    playing: signal(false),
    /** milliseconds that a stage is shown */
    pace: signal(1600),
    /** how an own image is made */
    panel: signal(/** @type {"draw" | "upload" | null} */ (null)),
    /** what is waited for, in words */
    waiting: signal(""),
    /** why there is no answer, in words */
    problem: signal(""),
    systemDark: signal(dark),
    notices,
  };
  const { view, traces, shown } = signals;
  const source = steady(() => chosenSource(sources, view.value.network));
  const weightFiles = steady(() => filesOf(source.value, signals.weights.value));
  const requests = steady(() => requestsOf(source.value, view.value, weightFiles.value));
  const trace = computed(() => (shown.value === null ? null : (traces.value[shown.value] ?? null)));
  const networks = computed(() => lanesOf(trace.value, view.value.arms));
  const detail = computed(() => signals.details.value[requests.value.detail?.key ?? ""] ?? null);
  const columns = computed(() => detailed(columnsOf(networks.value), detail.value, view.value.at));
  const imagesAddress = steady(() => examplesAddress(source.value, view.value.image, STRIP));
  const page = computed(() => (imagesAddress.value ? signals.examples.value[imagesAddress.value] : undefined));
  const at = computed(() => Math.max(0, Math.min(columns.value.length - 1, view.value.at)));
  const isBackward = computed(() => view.value.open === "backward");
  const column = computed(() => columns.value[at.value] ?? null);
  const caption = computed(() =>
    [captionOf(columns.value, networks.value, at.value, isBackward.value), scaleWords(columns.value, view.value.scale)]
      .filter(Boolean)
      .join(" "),
  );
  const isDark = computed(() => (view.value.theme === "auto" ? signals.systemDark.value : view.value.theme === "dark"));
  const state = {
    ...readable(signals),
    sources,
    source,
    weightFiles,
    /** whether an own image can be traced */
    takesImages: computed(() => source.value?.dataset != null || weightFiles.value.length > 0),
    depth: computed(() => chosenDepth(source.value, view.value.depth)),
    step: computed(() => chosenStep(source.value, view.value.step)),
    /** what is asked for; key: all of it as text */
    requests,
    trace,
    /** the networks in the lanes, upper first, and their stages side by side */
    networks,
    columns,
    /** the stage that is shown, and what it is called */
    at,
    column,
    isBackward,
    caption,
    /** the part of the data set that the strip shows */
    examplesAddress: imagesAddress,
    strip: computed(() => examplesOf(page.value)),
    /** of the images that the networks see; null while it is not known */
    input: steady(() => inputOf(page.value ?? trace.value)),
    isDark,
    colours: computed(() => palette(isDark.value)),
    hash: computed(() => traceHash(view.value)),
  };
  /** @param {Partial<TraceView>} part */
  const change = (part) => {
    view.value = { ...view.value, ...part };
  };
  /**
   * Go to a stage.
   * @param {number} place
   */
  const goTo = (place) => change({ at: Math.max(0, Math.min(columns.value.length - 1, place)) });
  const actions = {
    notify,
    dismiss,
    /** @param {TraceView} next what another place in the browser's history shows */
    showView: (next) => change(next),
    /** @param {string} network */
    chooseNetwork(network) {
      const { image } = view.value;
      const isSame = chosenSource(sources, network)?.dataset === source.value?.dataset;
      const kept = isSame ? image : FIRST.image;
      change({ ...{ network, depth: null, step: null, target: null, arms: [0, 1] }, image: kept });
    },
    /** @param {number} depth */
    chooseDepth: (depth) => change({ depth }),
    /** @param {number | null} step */
    chooseStep: (step) => change({ step: step === source.value?.steps.at(-1) ? null : step }),
    /** @param {TraceView["image"]} image */
    chooseImage(image) {
      batch(() => {
        if (image.kind === "example") signals.panel.value = null;
        change({ image, target: null });
      });
    },
    /** @param {number} by how many examples on */
    turnImage(by) {
      const { image } = view.value;
      const count =
        Object.values(signals.examples.value).find((one) => one.dataset === source.value?.dataset)?.total ?? 0;
      const index = image.kind === "example" ? image.index + by : 0;
      if (count > 0) change({ image: { kind: "example", index: (index + count) % count }, target: null });
    },
    /**
     * @param {0 | 1} lane
     * @param {number} arm
     */
    chooseArm: (lane, arm) => change({ arms: lane === 0 ? [arm, view.value.arms[1]] : [view.value.arms[0], arm] }),
    /** @param {number | null} target class of the loss */
    chooseTarget: (target) => change({ target }),
    /** @param {TraceView["scale"]} scale of the colours */
    chooseScale: (scale) => change({ scale }),
    toggleAll: () => change({ all: !view.value.all }),
    trainProbes: () => change({ probes: true }),
    /** @param {string} open */
    openView(open) {
      signals.playing.value = false;
      // the gradient begins where the image's way ends
      const atEnd = at.value === columns.value.length - 1;
      const turned = open === "backward" && view.value.open !== "backward" && at.value === 0;
      const back = open === "forward" && view.value.open === "backward" && atEnd;
      change({ open, at: turned ? columns.value.length - 1 : back ? 0 : view.value.at });
    },
    /**
     * Show a stage; a film that plays stops.
     * @param {number} place from 0
     */
    goTo(place) {
      signals.playing.value = false;
      goTo(place);
    },
    /** @param {number} by */
    step: (by) => actions.goTo(at.value + by),
    /** Play, or stop; at the end it begins again. */
    play() {
      const [start, end] = isBackward.value ? [columns.value.length - 1, 0] : [0, columns.value.length - 1];
      if (!signals.playing.value && at.value === end) goTo(start);
      signals.playing.value = !signals.playing.value && columns.value.length > 1;
    },
    /** The next stage of the film; it stops at the last. */
    advance() {
      const next = at.value + (isBackward.value ? -1 : 1);
      const isLast = next < 0 || next >= columns.value.length;
      if (isLast) signals.playing.value = false;
      else goTo(next);
    },
    /** @param {number} pace */
    choosePace(pace) {
      signals.pace.value = pace;
    },
    /** @param {"draw" | "upload" | null} panel */
    openPanel(panel) {
      signals.panel.value = panel;
    },
    /** @param {string} words */
    wait(words) {
      signals.waiting.value = words;
    },
    /** @param {string} words */
    failed(words) {
      batch(() => {
        signals.waiting.value = "";
        signals.problem.value = words;
      });
    },
    /** @param {string} key of what was asked and is known */
    showKnown(key) {
      batch(() => {
        signals.waiting.value = "";
        signals.problem.value = "";
        shown.value = key;
      });
    },
    /**
     * @param {string} key of what was asked
     * @param {Trace} answer
     */
    arrived(key, answer) {
      const kept = Object.entries(traces.value).filter(([one]) => one !== key);
      batch(() => {
        traces.value = Object.fromEntries([...kept.slice(1 - KEPT), [key, answer]]);
        actions.showKnown(key);
      });
    },
    /**
     * @param {"details" | "learnt" | "training" | "examples"} part
     * @param {string} key
     * @param {Trace | Learnt | TrainingRow[] | ImagePage} answer
     */
    partArrived(part, key, answer) {
      const known = /** @type {{value: Record<string, unknown>}} */ (signals[part]);
      known.value = { ...known.value, [key]: answer };
    },
    /** @param {import("./trace_sources.js").Weights} weights */
    weightsArrived(weights) {
      signals.weights.value = weights;
    },
    weightsChanged() {
      signals.weightsChanges.value++;
    },
    present: () => change({ presenter: !view.value.presenter }),
    nextTheme: () => change({ theme: nextTheme(view.value.theme) }),
    /** @param {boolean} isNowDark */
    systemThemeChanged(isNowDark) {
      signals.systemDark.value = isNowDark;
    },
  };
  return { state, actions };
}

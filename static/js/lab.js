/**
 * The Lab: wires the parts. Settings live here (experiment of the form, view, run); every change goes through
 * ``change``, which shows it and writes the hash. What is drawn is decided by ``scene``.
 */
import { Asking } from "./analyses/asking.js";
import { boundOf, read } from "./bounds.js";
import { sceneOf } from "./charts/scene.js";
import { wireControls } from "./controls.js";
import { Desk } from "./desk.js";
import { DiagramSource } from "./diagram_source.js";
import { showDiffers } from "./differs.js";
import { find, say } from "./dom.js";
import { Figures } from "./figures.js";
import { sameExperiment } from "./hash.js";
import { Link } from "./link.js";
import { notice } from "./notices.js";
import { coloursOf, liveAddress, onSystemTheme, pageData, wear } from "./page.js";
import { Session } from "./session.js";
import { SidePanel } from "./side_panel.js";
import { Slider } from "./slider.js";
import { isLive } from "./store.js";
import { showBadge, showDepth, showLegend, showLine, showProgress, showStatus, showView } from "./toolbar.js";

/** @typedef {import("./types.js").Experiment} Experiment */

const data = pageData();
const link = new Link(data);
const { settings } = link;
/** @type {import("./live.js").LinkState} */
let line = "connecting";
/** @type {number | null} */
let cursor = null;
/** @type {number | null} */
let layer = null;
let wantsStep = false;

const bare = () => sceneOf(session.run, settings.view, cursor, layer, coloursOf(settings.view.theme));
const scene = () => asking.dress(bare());

const session = new Session(liveAddress(), settings.experiment, settings.run, !link.named, {
  onRun: () => runChanged(),
  onNews: (event) => {
    figures.news(event?.type ?? null);
    asking.news(event);
    if (event?.type === "state") stepIfWanted();
    const fair = event?.type === "evaluation" && session.run.experiment.learning_rates?.length;
    if (event?.type === "prepared" || event?.type === "learning_rate" || fair) showDiffers(scene());
  },
  onError: (error) => refused(error),
  onNotice: (kind, message) => notice(kind, message, { bad: true }),
  onLink: (state, code) => {
    line = state;
    showLine(state, code);
    figures.news(null);
  },
});

const desk = new Desk(data, link, (experiment) => {
  if (!isLive(session.run) && session.run.frames.length === 0) session.ready(experiment);
});
const slider = new Slider(find("#slider"), (depth, second) => {
  performance.mark("depth");
  change(second ? { compare: depth } : { depth });
});
const panels = /** @type {SidePanel[]} */ (
  ["a", "b"].map(
    (letter, index) =>
      new SidePanel(
        find(`#side-${letter}`),
        index ? 1 : 0,
        (arm) => change({ arms: index ? [settings.view.arms[0], arm] : [arm, settings.view.arms[1]] }),
        setRate,
        () => asking.undo(),
      ),
  )
);
const words = { interval: 100, draw: showWords };
const onDepth = (/** @type {number} */ depth) => change({ depth });
const onBlock = (/** @type {number} */ block) => asking.toggle(block);
const figures = new Figures(scene, { onCursor, onLayer, onDepth, onBlock }, words, () => {
  if (performance.getEntriesByName("depth", "mark").length === 0) return;
  performance.measure("depth-drawn", "depth");
  performance.clearMarks("depth");
});

const source = new DiagramSource(figures);
const asking = new Asking({ session, scene: bare, figures, link });

/** Numbers and sentences: all text that follows the run. */
function showWords() {
  const now = scene();
  panels.forEach((panel, index) => {
    panel.showNumbers(now, isLive(now.run) ? null : desk.rateOf(now.sides[index].arm));
    panel.showLayer(now, figures.diagrams[index].meta()?.layers ?? null);
  });
  showProgress(now);
  showLegend(now);
  showStatus(now, line);
  figures.showTitles();
}

/** All that follows the run, the depth, the arms or the theme. */
function showAll() {
  const now = scene();
  for (const panel of panels) panel.showArm(now);
  const { depths } = now.run.experiment;
  slider.show(depths, now.sides[0].depth, settings.view.compare === null ? null : now.sides[1].depth);
  showView(now);
  showDepth(now);
  showBadge(now);
  figures.showTitles();
  showDiffers(now);
  asking.shownChanged();
}

/**
 * Change what is shown.
 * @param {Partial<import("./types.js").View>} view
 */
function change(view) {
  Object.assign(settings.view, view);
  showAll();
  if ("depth" in view || "compare" in view) figures.depthChanged();
  else figures.all();
  link.write();
}

/** Another run, or another experiment, is shown. */
function runChanged() {
  const { run } = session;
  cursor = layer = null;
  settings.run = run.id;
  if (run.id !== null && !desk.edits) desk.set(run.experiment);
  if (run.id !== null) notice("undo", null);
  showAll();
  figures.all();
  link.write();
  void source.fetch(session.run.experiment);
  stepIfWanted();
}

/** @param {number | null} step */
function onCursor(step) {
  const { run } = session;
  const at = step === null || run.frames.length === 0 || step > run.step + 0.5 ? null : Math.max(0, Math.round(step));
  if (at === cursor) return;
  cursor = at;
  figures.cursorMoved();
}

/** @param {number | null} number */
function onLayer(number) {
  const deepest = Math.max(...scene().sides.map((side) => side.layers));
  const at = number === null || number < 1 || number > deepest ? null : number;
  if (at === layer) return;
  layer = at;
  figures.layerMoved();
}

/** @param {{message: string, field: string | null, code: string, request: string | null}} error */
function refused(error) {
  if (error.request === "start" && error.code === "refused") {
    desk.refuse(error.field, error.message);
    return;
  }
  notice("error", error.message, { bad: true });
  if (error.code === "unknown_run") {
    settings.run = null;
    link.write();
    void showRecording();
  }
}

/**
 * @param {number} arm
 * @param {string} text
 * @param {HTMLInputElement} input
 */
function setRate(arm, text, input) {
  const found = read(boundOf(data.limits, "learning_rate"), text);
  input.toggleAttribute("aria-invalid", "problem" in found);
  if ("problem" in found) {
    notice("rate", found.problem, { bad: true });
    return;
  }
  notice("rate", null);
  if (isLive(session.run)) session.setLearningRate(arm, found.value);
  else desk.setRate(arm, found.value);
}

function train() {
  const { run } = session;
  if (isLive(run)) session.command(run.state === "paused" ? "resume" : "pause");
  else startForm(false);
}

/** @param {boolean} paused */
function startForm(paused) {
  const experiment = desk.take();
  if (experiment) session.start(experiment, paused);
}

function step() {
  if (isLive(session.run)) session.command("step");
  else {
    wantsStep = true;
    startForm(true);
  }
}

/** A run that was started for one step waits before its first; now it can take it. */
function stepIfWanted() {
  if (!wantsStep || session.run.state !== "paused") return;
  wantsStep = false;
  session.command("step");
}

function reset() {
  session.reset(settings.experiment);
  offerUndo();
}

function offerUndo() {
  if (session.previous !== null)
    notice("undo", "The run was stopped and cleared.", { actions: [{ name: "Undo", action: () => session.undo() }] });
}

async function showRecording() {
  try {
    const response = await fetch(data.recorded);
    if (!response.ok) throw new Error(String(response.status));
    session.showRecording(await response.json());
  } catch {
    notice("recording", "The recorded run could not be loaded.", { bad: true });
  }
}

function present() {
  settings.view.presenter = !settings.view.presenter;
  worn();
}

function worn() {
  wear(settings.view);
  find("#present").setAttribute("aria-pressed", String(settings.view.presenter));
  say(find("#theme"), `Theme: ${settings.view.theme}`);
  figures.remake();
  link.write();
}

/** @param {string} name */
function choosePreset(name) {
  const preset = data.presets.find((item) => item.name === name);
  if (!preset) return;
  desk.edits = true;
  desk.set(structuredClone(preset.experiment));
  Object.assign(settings.view, { depth: null, compare: null, arms: [0, 1] });
  reset();
}

function nextTheme() {
  const { view } = settings;
  view.theme = view.theme === "auto" ? "light" : view.theme === "light" ? "dark" : "auto";
  worn();
}

function compare() {
  change({ compare: settings.view.compare === null ? session.run.experiment.depths[0] : null });
}

async function start() {
  wear(settings.view);
  desk.set(settings.experiment);
  wireControls({
    ...{ train, step, reset, compare, present, change, theme: nextTheme, preset: choosePreset },
    submit: () => startForm(false),
    uncut: () => asking.undo(),
    deeper: (by) => slider.shift(by),
  });
  find("#differs").addEventListener("toggle", () => showDiffers(scene()));
  onSystemTheme(() => figures.remake());
  if (!(await link.check())) {
    desk.set(structuredClone(data.presets[0].experiment));
    session.ready(settings.experiment);
  }
  worn();
  runChanged();
  const sizes = new ResizeObserver(() => {
    figures.remake();
    void source.fetch(session.run.experiment);
  });
  for (const element of document.querySelectorAll(".chart:not(.answer) .plot, .diagram")) sizes.observe(element);
  session.connect();
  const first = data.presets[0].experiment;
  if (settings.run === null && sameExperiment(settings.experiment, first)) await showRecording();
}

void start();

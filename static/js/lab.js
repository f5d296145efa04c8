/**
 * The Lab: wires the parts. Settings live here (experiment of the form, view, run); every change goes through
 * ``change``, which shows it and writes the hash. What is drawn is decided by ``scene``.
 */
import { boundOf, read } from "./bounds.js";
import { sharedDecades, stepsEnd } from "./charts/scene.js";
import { showDiffers } from "./differs.js";
import { find, say } from "./dom.js";
import { Figures } from "./figures.js";
import { decodeHash, encodeHash, presetOf, sameExperiment } from "./hash.js";
import { listen } from "./keys.js";
import { armName } from "./labels.js";
import { notice } from "./notices.js";
import { ask, coloursOf, liveAddress, onSystemTheme, pageData, wear } from "./page.js";
import { RunForm } from "./run_form.js";
import { cellOf } from "./series.js";
import { Session } from "./session.js";
import { SidePanel } from "./side_panel.js";
import { Slider } from "./slider.js";
import { isLive } from "./store.js";
import { showBadge, showDepth, showLegend, showProgress, showStatus } from "./toolbar.js";

/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").Side} Side */
/** @typedef {import("./charts/scene.js").Scene} Scene */

const data = pageData();
const opened = decodeHash(location.hash, data.presets, data.limits);
const settings = opened.settings;
/** @type {import("./live.js").LinkState} */
let link = "connecting";
/** @type {number | null} */
let cursor = null;
/** @type {number | null} */
let layer = null;
let wantsStep = false;

/** @returns {Scene} */
function scene() {
  const { run } = session;
  const { view } = settings;
  const { depths, arms } = run.experiment;
  const known = (/** @type {number | null} */ depth) => (depth !== null && depths.includes(depth) ? depth : null);
  const main = known(view.depth) ?? depths[depths.length - 1];
  const sides = /** @type {[Side, Side]} */ (
    [main, known(view.compare) ?? main].map((depth, index) => {
      const arm = Math.min(view.arms[index], arms.length - 1);
      return { arm, depth, cell: cellOf(run.experiment, arm, depth), name: armName(run.experiment, arm) };
    })
  );
  const decades = sharedDecades(run, sides, view.gradient);
  return { run, view, sides, cursor, layer, colours: coloursOf(view.theme), decades, steps: stepsEnd(run) };
}

const session = new Session(liveAddress(), settings.experiment, settings.run, {
  onRun: () => runChanged(),
  onNews: (event) => {
    figures.news(event?.type ?? null);
    if (event?.type === "state" && wantsStep && session.run.state === "paused") wantsStep = false;
    if (event?.type === "prepared" || event?.type === "learning_rate") showDiffers(scene());
  },
  onError: (error) => refused(error),
  onNotice: (kind, message) => notice(kind, message, { bad: true }),
  onLink: (state, code) => {
    link = state;
    if (state === "open") notice("line", null);
    if (state === "waiting")
      notice("line", `The line to the server is broken${code === 4429 ? " (too many messages)" : ""}; reconnecting.`, {
        bad: true,
      });
    if (state === "refused")
      notice("line", "The server refuses this page. Open it again from the address that the server printed.", {
        bad: true,
      });
    figures.news(null);
  },
});

const form = new RunForm(data.limits, (experiment) => void edited(experiment));
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
      ),
  )
);
const words = { interval: 100, draw: showWords };
const figures = new Figures(scene, { onCursor, onLayer, onDepth: (depth) => change({ depth }) }, words, () => {
  if (performance.getEntriesByName("depth", "mark").length === 0) return;
  performance.measure("depth-drawn", "depth");
  performance.clearMarks("depth");
});

/** Numbers and sentences: all text that follows the run. */
function showWords() {
  const now = scene();
  panels.forEach((panel, index) => {
    panel.showNumbers(now);
    panel.showLayer(now, figures.diagrams[index].meta()?.layers ?? null);
  });
  showProgress(now);
  showLegend(now);
  showStatus(now, link);
}

/** All that follows the run, the depth, the arms or the theme. */
function showAll() {
  const now = scene();
  for (const panel of panels) panel.showArm(now);
  const { depths } = now.run.experiment;
  slider.show(depths, now.sides[0].depth, settings.view.compare === null ? null : now.sides[1].depth);
  find("#compare").setAttribute("aria-pressed", String(settings.view.compare !== null));
  find("#tabs").hidden = now.run.experiment.dataset !== "spiral";
  for (const tab of document.querySelectorAll("[data-tab]"))
    tab.setAttribute("aria-checked", String(/** @type {HTMLElement} */ (tab).dataset.tab === now.view.tab));
  showDepth(now);
  showBadge(now);
  figures.showTitles();
  showDiffers(now);
  figures.all();
}

/**
 * Change what is shown.
 * @param {Partial<import("./types.js").View>} view
 */
function change(view) {
  Object.assign(settings.view, view);
  showAll();
  writeHash();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let writing;
function writeHash() {
  clearTimeout(writing);
  writing = setTimeout(() => {
    const hash = encodeHash(settings, data.presets);
    if (hash !== location.hash.slice(1)) history.replaceState(null, "", `#${hash}`);
  }, 150);
}

let drawnFor = "";
/** Get the diagrams of the shown experiment, all at once, unless they are there. */
async function fetchDiagrams() {
  const { experiment } = session.run;
  const width = find("#side-a .diagram").clientWidth;
  const columns = width >= 520 ? 17 : width >= 400 ? 12 : 8;
  const key = JSON.stringify([experiment, columns]);
  if (key === drawnFor) return;
  drawnFor = key;
  const found = await ask("/api/diagrams", { experiment, columns });
  if (key !== drawnFor) return;
  if ("error" in found) {
    drawnFor = "";
    notice("diagrams", `The diagrams are missing: ${found.error.message}.`, { bad: true });
    return;
  }
  notice("diagrams", null);
  for (const diagram of figures.diagrams) diagram.take(found.answer.figures);
  figures.all();
}

/** Another run, or another experiment, is shown. */
function runChanged() {
  const { run } = session;
  cursor = layer = null;
  settings.run = run.id;
  if (run.id !== null && !edits) setExperiment(run.experiment);
  if (run.id !== null) notice("undo", null);
  showAll();
  writeHash();
  void fetchDiagrams();
  if (wantsStep && isLive(run)) {
    session.command("step");
    wantsStep = false;
  }
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
  const deepest = Math.max(...scene().sides.map((side) => side.depth));
  const at = number === null || number < 1 || number > deepest ? null : number;
  if (at === layer) return;
  layer = at;
  figures.layerMoved();
}

/** Whether the form holds settings that the shown run does not have. */
let edits = opened.named;

/** @param {Experiment} experiment */
function setExperiment(experiment) {
  settings.experiment = experiment;
  form.show(experiment);
  showPreset();
}

function showPreset() {
  const preset = presetOf(settings.experiment, data.presets);
  settings.preset = preset;
  /** @type {HTMLSelectElement} */ (find("#preset")).value = preset ?? "";
  const about = data.presets.find((item) => item.name === preset)?.about;
  say(find("#about-preset"), about ?? "Your own settings. A link to this page keeps them.");
}

/**
 * The form was changed: keep it, and let the server say what a single field cannot know.
 * @param {Experiment} experiment
 */
async function edited(experiment) {
  settings.experiment = experiment;
  edits = true;
  showPreset();
  const found = await ask("/api/experiments/check", experiment);
  if (settings.experiment !== experiment) return;
  if ("error" in found) form.refuse(found.error.field, found.error.message);
  else {
    writeHash();
    if (!isLive(session.run) && session.run.frames.length === 0) session.ready(experiment);
  }
}

/** @param {{message: string, field: string | null, code: string, request: string | null}} error */
function refused(error) {
  if (error.request === "start" && error.field !== null && error.code === "refused") {
    open("settings");
    form.refuse(error.field, error.message);
    form.focusProblem();
    return;
  }
  notice("error", error.message, { bad: true });
  if (error.code === "unknown_run") {
    settings.run = null;
    writeHash();
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
  else {
    const arms = settings.experiment.arms.map((item, index) =>
      index === arm ? { ...item, learning_rate: found.value } : item,
    );
    setExperiment({ ...settings.experiment, arms });
    void edited(settings.experiment);
  }
}

function train() {
  const { run } = session;
  if (isLive(run)) session.command(run.state === "paused" ? "resume" : "pause");
  else startForm(false);
}

/** @param {boolean} paused */
function startForm(paused) {
  const experiment = form.read();
  if (!experiment) {
    open("settings");
    form.focusProblem();
    return;
  }
  settings.experiment = experiment;
  edits = false;
  /** @type {HTMLDialogElement} */ (find("#settings")).close();
  session.start(experiment, paused);
}

function step() {
  if (isLive(session.run)) session.command("step");
  else {
    wantsStep = true;
    startForm(true);
  }
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

/** @param {string} id */
function open(id) {
  const dialog = /** @type {HTMLDialogElement} */ (find(`#${id}`));
  if (!dialog.open) dialog.showModal();
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
  writeHash();
}

function blank() {
  find("#blanked").hidden = !find("#blanked").hidden;
}

function fullscreen() {
  if (document.fullscreenElement) void document.exitFullscreen();
  else
    document.documentElement
      .requestFullscreen()
      .catch(() => notice("fullscreen", "This browser does not allow full screen here."));
}

/** @type {import("./keys.js").Key[]} */
const keys = [
  { key: " ", name: "Space", does: "Train, pause, go on", action: train },
  { key: "ArrowRight", name: "→", does: "One step", shift: false, action: step },
  { key: "r", name: "R", does: "Reset (with undo)", action: reset },
  {
    key: "ArrowLeft",
    name: "Shift ← and Shift →",
    does: "Less depth, more depth",
    shift: true,
    action: () => slider.shift(-1),
  },
  { key: "ArrowRight", name: "Shift ← and Shift →", does: "", shift: true, action: () => slider.shift(1) },
  { key: "f", name: "F", does: "Full screen", action: fullscreen },
  { key: "b", name: "B", does: "Blank the screen, and bring it back", action: blank },
  { key: "p", name: "P", does: "Presenter mode", action: present },
  { key: "?", name: "?", does: "These keys", action: () => open("keys") },
];

function wire() {
  /** @type {Record<string, () => void>} */
  const buttons = {
    train,
    step,
    reset,
    fullscreen,
    blank,
    present,
    help: () => open("keys"),
    "open-settings": () => open("settings"),
    compare: () => change({ compare: settings.view.compare === null ? session.run.experiment.depths[0] : null }),
    theme: () => {
      settings.view.theme =
        settings.view.theme === "auto" ? "light" : settings.view.theme === "light" ? "dark" : "auto";
      worn();
    },
    blanked: blank,
  };
  for (const [id, action] of Object.entries(buttons)) {
    find(`#${id}`).addEventListener("click", (event) => {
      action();
      // after a click with a pointer Space shall train again, not press this button once more
      if (event.detail > 0 && event.currentTarget instanceof HTMLElement) event.currentTarget.blur();
    });
  }
  for (const button of document.querySelectorAll("[data-close]"))
    button.addEventListener("click", () => button.closest("dialog")?.close());
  for (const button of document.querySelectorAll("[data-gradient]")) {
    button.addEventListener("click", () => change({ gradient: /** @type {any} */ (button).dataset.gradient }));
  }
  for (const button of document.querySelectorAll("[data-tab]")) {
    button.addEventListener("click", () => change({ tab: /** @type {any} */ (button).dataset.tab }));
  }
  find("#experiment-form").addEventListener("submit", (event) => {
    event.preventDefault();
    startForm(false);
  });
  find("#preset").addEventListener("change", (event) => {
    const name = /** @type {HTMLSelectElement} */ (event.currentTarget).value;
    const preset = data.presets.find((item) => item.name === name);
    if (!preset) return;
    edits = true;
    setExperiment(structuredClone(preset.experiment));
    settings.view.depth = settings.view.compare = null;
    settings.view.arms = [0, 1];
    reset();
    /** @type {HTMLElement} */ (event.currentTarget).blur();
  });
  find("#differs").addEventListener("toggle", () => showDiffers(scene()));
  addEventListener("hashchange", () => location.reload());
  onSystemTheme(() => figures.remake());
  listen(keys);
  const sizes = new ResizeObserver(() => {
    figures.remake();
    void fetchDiagrams();
  });
  for (const element of document.querySelectorAll(".plot, .diagram")) sizes.observe(element);
}

/** Say what was wrong with the link, field by field. */
function reportLink() {
  if (opened.problems.length === 0) return;
  const said = opened.problems
    .slice(0, 4)
    .map((problem) => problem.message)
    .join("; ");
  notice(
    "link",
    `The link is broken in ${opened.problems.length === 1 ? "one place" : `${opened.problems.length} places`}: ${said}. Defaults are used there.`,
    { bad: true },
  );
}

/** A link may hold settings that each are well and do not go together: then the preset's are used, and it is said. */
async function checkLink() {
  if (!opened.named) return;
  const found = await ask("/api/experiments/check", settings.experiment);
  if (!("error" in found) || found.error.code === "offline") return;
  opened.problems.push({ field: found.error.field ?? "", message: found.error.message });
  setExperiment(structuredClone(data.presets[0].experiment));
  session.run = { ...session.run, experiment: settings.experiment };
  reportLink();
}

async function start() {
  wear(settings.view);
  setExperiment(settings.experiment);
  wire();
  reportLink();
  await checkLink();
  showAll();
  worn();
  void fetchDiagrams();
  session.connect();
  const isDefault = sameExperiment(settings.experiment, data.presets[0].experiment);
  if (settings.run === null && isDefault) await showRecording();
}

void start();

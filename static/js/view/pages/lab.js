/** The Lab: creates the state, the session and the parts of the page, and connects them. */
import { duration } from "../../model/durations.js";
import { followWords } from "../../model/elsewhere.js";
import { whenever } from "../../model/reactive.js";
import { isLecturer, useRecords } from "../../model/records.js";
import { isLive } from "../../model/run.js";
import { createStore } from "../../model/state.js";
import { Session } from "../../net/session.js";
import { liveAddress } from "../../net/socket.js";
import { installArmStyles } from "../arm_styles.js";
import { callPlotly, expectPlotly } from "../charts/library.js";
import { drawQuickly, drawWaiting } from "../charts/plot.js";
import { createCommands } from "../commands.js";
import { wireControls } from "../controls.js";
import { fetchDiagrams } from "../diagram_source.js";
import { find, say } from "../dom.js";
import { moveCursor } from "../figure_cursor.js";
import { drawFigures } from "../figures.js";
import { checkLink, followHistory, keepHash, linkTrace, readLink } from "../link.js";
import { showNotices } from "../notices.js";
import { viewOpener } from "../open_view.js";
import { forThisWindow, showTheme } from "../page_controls.js";
import { AnalysesPanel } from "../panels/analyses.js";
import { showComparison } from "../panels/comparison.js";
import { showQuestion } from "../panels/question.js";
import { RunForm } from "../panels/run_form.js";
import { SidePanel } from "../panels/side_panel.js";
import { Slider } from "../panels/slider.js";
import { showStatus, wireStatus } from "../panels/status_line.js";
import { showBadge, showChosen, showDepth, showLegend, showProgress, showWatching } from "../panels/toolbar.js";
import { Views } from "../panels/views.js";
import { Pictures } from "../pictures.js";
import { browserClock, Scheduler } from "../scheduler.js";
import { onSystemTheme, systemIsDark } from "../theme.js";

/** A window with room for two views. */
const twoViews = matchMedia("(min-width: 1700px) and (min-height: 850px)");
const records = useRecords(JSON.parse(find("#page-data").textContent ?? "{}"));
installArmStyles();
const link = readLink(records);
const store = createStore({
  settings: { ...link.settings, view: forThisWindow(link.settings.view) },
  ...{ edited: link.named, presets: records.presets },
  ...{ dark: systemIsDark(), wide: twoViews.matches },
  slow: matchMedia("(prefers-reduced-motion: reduce)").matches,
});
const { state, actions } = store;
const session = new Session(liveAddress(), store, {
  ...{ wanted: link.settings.run, joins: !link.named, commands: isLecturer() },
  onRefused: (refused) => commands.showRefusal(refused),
});
const commands = createCommands(store, session, () => form, records);
const form = new RunForm(records.limits, store, commands);
const slider = new Slider(find("#slider"), (depth, second) =>
  second ? commands.chooseOtherDepth(depth) : commands.chooseDepth(depth),
);
const pictures = Object.fromEntries(
  [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".view"))].map((view) => [
    view.id,
    new Pictures(view, store),
  ]),
);
const views = new Views(store, pictures, viewOpener(store, records.analyses));
const panels = [new SidePanel(find("#side-a"), 0, commands), new SidePanel(find("#side-b"), 1, commands)];

/** What is visible before anything is drawn. */
function showFrame() {
  for (const option of /** @type {HTMLSelectElement} */ (find("#preset")).options) {
    const seconds = records.presets.find(({ name }) => name === option.value)?.seconds;
    if (seconds) say(option, `${option.text} · ${duration(seconds)}`);
  }
  whenever(
    () => state.view.value,
    () => showTheme(state.view.value),
  );
  whenever(
    () => state.draft.value.experiment,
    () => {
      // what was edited in the form stands there already
      const { experiment } = state.draft.value;
      if (experiment !== form.experiment) form.show(experiment);
      const preset = records.presets.find(({ name }) => name === state.preset.value);
      /** @type {HTMLSelectElement} */ (find("#preset")).value = preset?.name ?? "";
      say(find("#about-preset"), preset?.about ?? "Your own settings. A link to this page keeps them.");
    },
  );
  showNotices(store);
  wireControls(state, actions, commands, slider, views);
  wireStatus();
  showQuestion(store);
  views.show();
}

/** Panels and texts, each shown again when what it says changes. */
function showPanels() {
  const { sides, experiment, view, cursor, layer, overlays, diagrams, run, connection, draft } = state;
  const scene = () => state.scene.value;
  const scheduler = new Scheduler(browserClock(), {
    drew: () => moveCursor(scene()),
    served: measureDepth,
    // only then: a click that begins on a sketch would end on the chart that took its place
    quickly: (drawing) => (isDepthMoved() ? drawQuickly(drawing) : drawing()),
  });
  whenever(
    () => [sides.value, experiment.value, view.value],
    () => {
      for (const panel of panels) panel.showArm(scene());
      const [one, other] = sides.value;
      slider.show(experiment.value.depths, one.depth, view.value.compare === null ? null : other.depth);
      showChosen(scene());
      showDepth(scene());
    },
  );
  const texts = () => {
    const now = scene();
    panels.forEach((panel, side) => {
      const { arms, learning_rate: shared } = draft.value.experiment;
      panel.showNumbers(now, arms[now.sides[side].arm]?.learning_rate ?? shared);
      panel.showLayer(now);
    });
    showBadge(now);
    showProgress(now, state.duration.value?.seconds ?? null);
    find("#show-recorded").hidden = !(now.run.state === "ready" && commands.recordedPreset()) || session.isFollowing;
    say(find("#viewers"), followWords(state.viewers.value));
    showWatching(state.active.value, state.runId.value);
    showLegend(now);
    showStatus(now, connection.value.link);
  };
  scheduler.follow(
    { interval: 100, draw: texts },
    {
      chosen: () => [sides.value, view.value, cursor.value, layer.value, overlays.value, diagrams.value],
      measured: () => [run.value, connection.value, draft.value, state.viewers.value, state.active.value],
    },
  );
  drawFigures(store, scheduler, commands);
  whenever(
    () => [
      experiment.value,
      sides.value,
      state.provenance.value,
      state.rates.value,
      state.runId.value,
      isLive(run.value),
    ],
    () => showComparison(scene(), commands),
  );
  const lab = { ...store, commands, scheduler, pictures: pictures.analyses };
  new AnalysesPanel(find("#analyses"), lab, records.analyses).show();
  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) scheduler.resized(target, contentRect.width > 0);
    actions.layoutChanged();
  });
  const sight = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) scheduler.scrolled(target, isIntersecting);
    },
    { rootMargin: "25%" },
  );
  for (const element of document.querySelectorAll(".chart:not(.answer) .plot, .diagram")) {
    sizes.observe(element);
    sight.observe(element);
  }
  for (const element of document.querySelectorAll("#analyses, #answer")) sizes.observe(element);
}

/** Until somebody is there the recorded run is sketched; a run that trains is drawn by Plotly. */
function awaitPlotly() {
  expectPlotly(drawWaiting, () =>
    actions.notify("plotly", "The part of the page that draws could not be loaded. Open the page again.", {
      bad: true,
    }),
  );
  whenever(
    () => isLive(state.run.value),
    () => {
      if (isLive(state.run.value)) callPlotly();
    },
  );
}

/** Whether the slider was moved and not all is drawn yet. */
function isDepthMoved() {
  return performance.getEntriesByName("depth", "mark").length > 0;
}

/** Measure how long it took from moving the slider to the drawn figures. */
function measureDepth() {
  if (!isDepthMoved()) return;
  performance.measure("depth-drawn", "depth");
  performance.clearMarks("depth");
}

async function start() {
  showFrame();
  await checkLink(link, store, records.presets[0]);
  session.connect();
  whenever(
    () => [state.experiment.value, state.layoutChanges.value],
    () => void fetchDiagrams(store),
  );
  if (link.settings.run === null) await commands.showRecording();
  showPanels();
  delete document.documentElement.dataset.linked;
  awaitPlotly();
  keepHash(state);
  linkTrace(state);
  followHistory(store, records);
  onSystemTheme(actions.systemThemeChanged);
  twoViews.addEventListener("change", () => actions.windowChanged(twoViews.matches));
}

void start();

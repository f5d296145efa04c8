/** Trace: creates its state and the parts of the page, and connects them. */
import { CHOICE_KEYS } from "../../model/key_tables.js";
import { whenever } from "../../model/reactive.js";
import { useRecords } from "../../model/records.js";
import { VIEWS } from "../../model/trace.js";
import { readTraceHash } from "../../model/trace_link.js";
import { sourcesOf } from "../../model/trace_sources.js";
import { createTrace } from "../../model/trace_state.js";
import { installArmStyles } from "../arm_styles.js";
import { find } from "../dom.js";
import { listen } from "../keys.js";
import { showNotices } from "../notices.js";
import { forThisWindow, showTheme, wirePage } from "../page_controls.js";
import { announce, wireStatus } from "../panels/status_line.js";
import { onSystemTheme, systemIsDark } from "../theme.js";
import { askServer } from "../trace/asking.js";
import { CROP_KEYS } from "../trace/crop_board.js";
import { BOARD_KEYS } from "../trace/drawing_board.js";
import { showOwnImage } from "../trace/own_image.js";
import { followPlayer } from "../trace/player.js";
import { showViews } from "../trace/views.js";

const data = /** @type {Parameters<typeof sourcesOf>[0]} */ (
  /** @type {unknown} */ (useRecords(JSON.parse(find("#page-data").textContent ?? "{}")))
);
const sources = sourcesOf(data);
installArmStyles();
const link = readTraceHash(location.hash);
const first = forThisWindow(link.view);
const store = createTrace({ view: first, sources, dark: systemIsDark() });
const { state, actions } = store;

function wire() {
  const stage = (
    /** @type {string} */ key,
    /** @type {string} */ name,
    /** @type {string} */ does,
    /** @type {() => void} */ action,
  ) => ({
    ...{ key, name, does, action },
    shift: false,
  });
  listen(
    [
      { key: " ", name: "Space", does: "Play, pause", action: actions.play },
      stage("ArrowRight", "← / →", "Stage before, next stage", () => actions.step(1)),
      stage("ArrowLeft", "← / →", "Stage before, next stage", () => actions.step(-1)),
      stage("Home", "Home / End", "First stage, last stage", () => actions.goTo(0)),
      stage("End", "Home / End", "First stage, last stage", () => actions.goTo(state.columns.value.length - 1)),
      ...VIEWS.map(({ name }, index) => ({
        ...{ key: String(index + 1), name: `1 … ${VIEWS.length}`, does: "Views" },
        action: () => actions.openView(name),
      })),
      { key: "n", name: "N", does: "Next image", action: () => actions.turnImage(1) },
      { key: "t", name: "T", does: "Theme: light, dark, as the system has it", action: actions.nextTheme },
      ...wirePage({
        isPresenting: () => state.view.value.presenter,
        present: actions.present,
        nextTheme: actions.nextTheme,
        refuse: (words) => actions.notify("fullscreen", words, { bad: true }),
      }),
    ],
    [
      { title: "On tabs", rows: CHOICE_KEYS },
      { title: "On the drawing board", rows: BOARD_KEYS },
      { title: "On the square of an upload", rows: CROP_KEYS },
    ],
  );
  wireStatus();
  onSystemTheme(actions.systemThemeChanged);
}

/** Parts of a view that are a place of their own in the browser's history; the others change in place. */
const PLACES = /** @type {const} */ (["network", "depth", "open", "image"]);

/** The address follows the state. */
function keepAddress() {
  let before = state.view.peek();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let writing;
  whenever(
    () => state.hash.value,
    () => {
      clearTimeout(writing);
      const address = `#${state.hash.value}`;
      const isOther = PLACES.some((part) => state.view.value[part] !== before[part]);
      before = state.view.value;
      if (address === location.hash || (location.hash === "" && state.view.value === first)) return;
      if (isOther) history.pushState(null, "", address);
      // a slider that is dragged writes once
      else writing = setTimeout(() => history.replaceState(null, "", address), 150);
    },
  );
  const follow = () => actions.showView(forThisWindow(readTraceHash(location.hash).view));
  addEventListener("popstate", follow);
}

whenever(
  () => state.view.value,
  () => showTheme(state.view.value),
);
showNotices(store);
showViews(store);
showOwnImage(store);
wire();
followPlayer(store);
askServer(store);
keepAddress();
const problems = [...link.problems];
if (state.source.value === null && link.view.network !== null) {
  problems.push(`${link.view.network.replace(":", " ")} cannot be traced here`);
  actions.chooseNetwork(sources[0]?.key ?? "");
}
if (problems.length > 0) {
  const words = `The link is broken: ${problems.join("; ")}. Defaults are used there.`;
  actions.notify("link", words, { bad: true });
  announce(words);
}

/** Controls: which button and which key does what. Every key has a button; both call the same command. */
import { CHOICE_KEYS, meaning } from "../model/key_tables.js";
import { isLecturer } from "../model/records.js";
import { DIAGRAM_KEYS } from "./diagram_keys.js";
import { openDialog } from "./dialogs.js";
import { find } from "./dom.js";
import { listen } from "./keys.js";
import { wireButtons, wirePage } from "./page_controls.js";
import { DEPTH_KEYS } from "./panels/slider.js";

/** @typedef {import("../model/types.js").View} View */

/** Of keys that the browser itself handles there is no more to say than what they do. */
const STEP_KEYS = [
  { name: "← / →", does: "Step before, next step" },
  { name: "Home / End", does: "First step, last step" },
];
const ESCAPE = [{ name: "Esc", does: "Close it; in a refused field, put the last good value back" }];

/**
 * @param {import("../model/state.js").State} state
 * @param {import("../model/state.js").Actions} actions
 * @param {import("./commands.js").Commands} commands
 * @param {import("./panels/slider.js").Slider} slider
 * @param {import("./panels/views.js").Views} views
 */
export function wireControls(state, actions, commands, slider, views) {
  const { train, step, reset } = commands;
  const pageKeys = wirePage({
    isPresenting: () => state.view.value.presenter,
    present: () => actions.toggle("presenter"),
    nextTheme: actions.nextTheme,
    refuse: (words) => actions.notify("fullscreen", words),
  });
  wireButtons({
    ...{ train, step, reset, "watch-live": commands.watch },
    compare: commands.compareDepths,
    multiples: () => actions.toggle("multiples"),
    relative: () => actions.toggle("relative"),
    "show-recorded": commands.showRecorded,
    "log-loss": () => actions.toggle("lossScale"),
    "open-comparison": () => openDialog("comparison"),
    "open-settings": () => openDialog("settings"),
  });
  wireChoices("gradient", (value) => actions.chooseGradient(/** @type {View["gradient"]} */ (value)));
  wireChoices("x", (value) => actions.chooseAxis(/** @type {View["x"]} */ (value)));
  const cursor = /** @type {HTMLInputElement} */ (find("#step-cursor"));
  cursor.addEventListener("input", () => actions.chooseStep(Number(cursor.value)));
  find("#experiment-form").addEventListener("submit", (event) => {
    event.preventDefault();
    commands.trainDraft();
  });
  const preset = /** @type {HTMLSelectElement} */ (find("#preset"));
  preset.addEventListener("change", () => commands.choosePreset(preset.value));
  const [less, more] = [() => slider.shift(-1), () => slider.shift(1)];
  const own = isLecturer()
    ? [
        { key: " ", name: "Space", does: "Train, pause, go on", action: train },
        { key: "ArrowRight", name: "→", does: "One step", shift: false, action: step },
        { key: "r", name: "R", does: "Reset (with undo)", action: reset },
      ]
    : [{ key: "l", name: "L", does: "Watch live: back to the run that the lecturer trains", action: commands.watch }];
  const keys = [
    ...own,
    { key: "u", name: "U", does: "Put the last block back that was taken out", action: commands.undoLesion },
    { key: "ArrowLeft", name: "Shift ← / Shift →", does: "Less depth / more depth", shift: true, action: less },
    { key: "ArrowRight", name: "Shift ← / Shift →", does: "", shift: true, action: more },
    { key: "x", name: "X", does: "Curves by step, time or operations", action: nextAxis },
    { key: "n", name: "N", does: "Next preset", action: commands.nextPreset },
    { key: "q", name: "Q", does: "Hide the question, or bring it back", action: () => actions.toggle("question") },
    ...views.keys.map((key) => ({
      ...{ key, name: "1 … 9, 0", does: "Views; the same key again turns to the next picture" },
      action: () => views.press(key),
    })),
    ...views.keys.map((key) => ({
      ...{ key: "", code: codeOf(key), shift: true, name: "Shift 1 … 9, 0" },
      does: "A second view beside the open one, in large windows; the same keys again close it",
      action: () => views.pressBeside(key),
    })),
    { key: "v", name: "V / Shift V", does: "Next view / view before", shift: false, action: () => views.turn(1) },
    { key: "v", name: "V / Shift V", does: "", shift: true, action: () => views.turn(-1) },
    ...pageKeys,
  ];
  listen(keys, [
    { title: "On a diagram (the Tab key leads there)", rows: DIAGRAM_KEYS },
    { title: "On the depth", rows: DEPTH_KEYS },
    { title: "On tabs, and on buttons of which one is chosen", rows: CHOICE_KEYS },
    { title: "On the step that is shown", rows: STEP_KEYS },
    { title: "In the settings, and in the menu of a chart", rows: ESCAPE },
  ]);
}

/**
 * The place of a key on the keyboard.
 * @param {string} key
 */
function codeOf(key) {
  return { "-": "Minus", "=": "Equal" }[key] ?? `Digit${key}`;
}

/** The next axis of the curves; presenter mode has no room for its buttons. */
function nextAxis() {
  const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-x]")]);
  const chosen = buttons.findIndex((button) => button.getAttribute("aria-checked") === "true");
  buttons[(chosen + 1) % buttons.length].click();
}

/**
 * Buttons of which one is chosen: a click chooses, arrows choose the next or the one before.
 * @param {string} name of the data attribute
 * @param {(value: string) => void} choose
 */
function wireChoices(name, choose) {
  const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-${name}]`)]);
  buttons.forEach((button, index) => {
    button.addEventListener("click", () => choose(button.dataset[name] ?? ""));
    button.addEventListener("keydown", (event) => {
      const by = meaning(CHOICE_KEYS, event.key);
      if (event.shiftKey || by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const other = buttons[(index + by + buttons.length) % buttons.length];
      other.focus();
      choose(other.dataset[name] ?? "");
    });
  });
}

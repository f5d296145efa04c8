/** The views of Trace: what each shows of the traced image. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { whenever } from "../../model/reactive.js";
import { sentence, VIEWS } from "../../model/trace.js";
import { fieldValue, find, say, sayInFull, show } from "../dom.js";
import { announce } from "../panels/status_line.js";
import { showTabs } from "../tabs.js";
import { answers } from "./answers.js";
import { lanes } from "./lanes.js";
import { paintAll } from "./pictures.js";
import { player } from "./player.js";
import { stageCards, stageScale } from "./stage.js";
import { predictionTable } from "./tables.js";
import { imageChoice, networkChoice } from "./toolbar.js";
import { training } from "./training.js";
import { weightsCard } from "./weights.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */

/** @param {TraceStore} store */
export function showViews(store) {
  const { state, actions } = store;
  const { view, trace, columns, at, playing, pace, waiting, problem } = state;
  const paint = (/** @type {unknown} */ template, /** @type {string} */ selector) => {
    show(template, find(selector));
    paintAll(find(selector), state.isDark.value);
  };
  whenever(
    () => view.value.open,
    () => showTabs(VIEWS, view.value.open, actions.openView),
  );
  whenever(
    () => [state.source.value, state.depth.value, state.step.value],
    () => paint(networkChoice(store), "#network-choice"),
  );
  whenever(
    () => [state.strip.value, state.takesImages.value, view.value.image, state.panel.value, state.isDark.value],
    () => paint(imageChoice(store), "#image-choice"),
  );
  whenever(
    () => [
      trace.value,
      columns.value,
      at.value,
      playing.value,
      view.value.open,
      view.value.scale,
      waiting.value,
      problem.value,
      state.isDark.value,
    ],
    () => {
      paint(lanes(store), "#way");
      followStage();
    },
  );
  whenever(
    () => [columns.value, at.value, playing.value, pace.value],
    () => show(player(store), find("#player")),
  );
  const shown = () => [trace.value, columns.value, at.value, view.value, state.learnt.value, state.training.value];
  whenever(
    () => [...shown(), state.weights.value, problem.value, state.isDark.value],
    () => {
      const made = controls(store);
      find("#view-controls").hidden = made === null;
      show(made ?? nothing, find("#view-controls"));
      paint(bodies(store)[view.value.open](), "#view-body");
      paintAll(find("#view-controls"), state.isDark.value);
    },
  );
  whenever(
    () => [state.caption.value, trace.value, waiting.value],
    () => showStatus(store),
  );
}

/**
 * @param {TraceStore} store
 * @returns {Record<string, () => unknown>}
 */
function bodies(store) {
  return {
    forward: () => [stageCards(store.state), weightsCard(store)],
    backward: () => [stageCards(store.state), weightsCard(store)],
    answers: () => answers(store.state),
    table: () => predictionTable(store),
    training: () => training(store),
  };
}

/** @param {TraceStore} store */
function controls({ state, actions }) {
  const { open, all, probes } = state.view.value;
  const trace = state.trace.value;
  const stages = state.networks.value.flatMap((network) => network.stages);
  const hasMaps = stages.some(({ output }) => output !== null);
  if (!trace || !hasMaps || (open !== "forward" && open !== "backward")) return null;
  const hasProbes = stages.some(({ probe }) => probe !== null);
  const canTrain = state.source.value?.key.startsWith("run:");
  const target = (/** @type {Event} */ event) => {
    const { value } = /** @type {HTMLSelectElement} */ (event.target);
    actions.chooseTarget(value === "" ? null : Number(value));
  };
  const scale = (/** @type {Event} */ event) => actions.chooseScale(fieldValue(event) === "own" ? "own" : "shared");
  return html`${stageScale(state)}
    ${
      state.networks.value.length > 1
        ? html`<label class="scale-choice">Scale <select id="scale" title="On a scale of its own a faint network shows its patterns, too" @change=${scale}>
            <option value="shared" ?selected=${state.view.value.scale === "shared"}>shared by both</option>
            <option value="own" ?selected=${state.view.value.scale === "own"}>each network's own</option></select></label>`
        : nothing
    }
    <button type="button" id="all-maps" aria-pressed=${all} @click=${actions.toggleAll}>All maps</button>
    ${open === "forward" && !hasProbes && canTrain ? html`<button type="button" id="probes" ?disabled=${probes} title="A linear classifier on what each block gives: what would it answer?" @click=${actions.trainProbes}>Train probes</button>` : nothing}
    ${
      open === "backward" && trace.classes.length > 0
        ? html`<label>Loss of <select id="target" @change=${target}><option value="" ?selected=${state.view.value.target === null}>${trace.label === null ? "its own answer" : `the label, ${trace.classes[trace.label]}`}</option>${trace.classes.map(
            (name, index) =>
              html`<option value=${index} ?selected=${state.view.value.target === index}>${name}</option>`,
          )}</select></label>`
        : nothing
    }`;
}

/**
 * The caption, and below it what sets the networks apart.
 * @param {TraceStore} store
 */
function showStatus({ state }) {
  const trace = state.trace.value;
  const caption = state.caption.value;
  say(find("#conclusion"), caption || state.problem.value || "Trace");
  sayInFull(find("#moment"), [...(trace?.words ?? []), ...(trace?.left_out ?? [])].map(sentence).join(" "));
  say(find("#details"), state.waiting.value);
  find("#dot").className = state.waiting.value ? "dot waiting" : trace ? "dot" : "dot idle";
  find("#way").setAttribute("aria-busy", String(state.waiting.value !== ""));
  if (caption) announce(caption);
}

/** @type {Element | null} the stage that was brought in sight last */
let followed = null;

/** Bring the shown stage in sight when it is another, and the keyboard to it if it was on one. */
function followStage() {
  const stage = document.querySelector(".stop[aria-current]");
  if (!(stage instanceof HTMLElement) || stage === followed) return;
  followed = stage;
  if (document.activeElement?.matches(".stop")) stage.focus({ preventScroll: true });
  const box = find("#way");
  const [from, to] = [stage.offsetLeft, stage.offsetLeft + stage.offsetWidth];
  const heads = box.querySelector(".heads")?.clientWidth ?? 0;
  if (from - heads < box.scrollLeft || to > box.scrollLeft + box.clientWidth)
    box.scrollLeft = from - heads - (box.clientWidth - heads - stage.offsetWidth) / 2;
}

/** The link: the hash of this page, read once when the page opens and written after every change of the state. */
import { decodeHash, sameExperiment } from "../model/hash.js";
import { whenever } from "../model/reactive.js";
import { hasRegions } from "../model/series.js";
import { checkExperiment } from "../net/http.js";

/** @typedef {import("../model/state.js").Store} Store */

/**
 * What the address says.
 * @param {import("../model/records.js").Records} records
 */
export function readLink({ presets, limits }) {
  return decodeHash(location.hash, presets, limits);
}

/**
 * Follow the browser's history: Back leaves a view before it leaves the page. A link to something else that is pasted
 * into the open page is opened like any other.
 * @param {Store} store
 * @param {import("../model/records.js").Records} records
 */
export function followHistory({ state, actions }, records) {
  // what this page writes by itself fires no such event
  addEventListener("hashchange", () => {
    const { settings, problems } = readLink(records);
    const { experiment } = state.draft.value;
    const isHere = settings.run === state.linked.value && sameExperiment(settings.experiment, experiment);
    if (isHere && problems.length === 0) actions.showView(settings.view);
    else location.reload();
  });
}

/**
 * Check what a single field cannot know: settings that do not go together, a depth that is not trained. What cannot
 * be used is reported and replaced by its default.
 * @param {ReturnType<typeof readLink>} link
 * @param {Store} store
 * @param {import("../model/types.js").Preset} preset the default
 */
export async function checkLink({ settings, problems, named }, { actions }, preset) {
  const { experiment, view, run } = settings;
  const found = named ? await checkExperiment(experiment) : null;
  const all = problems.map(({ message }) => message);
  if (found && "cells" in found) actions.setDraft(experiment, { ...found, edited: true });
  else if (found && found.error.code !== "offline") {
    all.push(found.error.message);
    actions.setDraft(structuredClone(preset.experiment), { ...preset, edited: true });
  }
  actions.showDraft();
  const wrong = (/** @type {number | null} */ depth) =>
    depth !== null && run === null && !experiment.depths.includes(depth);
  const not = (/** @type {string} */ key, /** @type {number | null} */ depth) =>
    `${key}: ${depth} is not one of ${experiment.depths.join(", ")}`;
  if (wrong(view.depth)) {
    all.push(not("depth", view.depth));
    actions.chooseDepth(null);
  }
  if (wrong(view.compare)) {
    all.push(not("compare", view.compare));
    actions.chooseOtherDepth(null);
  }
  if (all.length === 0) return;
  const where = all.length === 1 ? "one place" : `${all.length} places`;
  const message = `The link is broken in ${where}: ${all.slice(0, 4).join("; ")}. Defaults are used there.`;
  actions.notify("link", message, { bad: true });
}

/**
 * Let the navigation lead to Trace with the shown run and depth, where its networks can be traced.
 * @param {Store["state"]} state
 */
export function linkTrace(state) {
  const link = document.querySelector('.top nav a[href="/trace"]');
  if (!(link instanceof HTMLAnchorElement)) return;
  whenever(
    () => [state.runId.value, state.sides.value, state.checkpoints.value],
    () => {
      const run = state.run.value;
      const isTraceable = run.id !== null && run.checkpoints.length > 0 && !hasRegions(run);
      link.href = isTraceable ? `/trace#run=${run.id}&depth=${state.sides.value[0].depth}` : "/trace";
      link.title = isTraceable ? "Trace an image through the networks of this run" : "";
    },
  );
}

/**
 * Write the hash soon after it changed; a slider that is dragged writes it once. Another view is a place of its own in
 * the browser's history.
 * @param {Store["state"]} state
 */
export function keepHash(state) {
  const views = () => `${state.view.peek().open} ${state.view.peek().beside}`;
  let shown = views();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let writing;
  whenever(
    () => [state.hash.value, state.draft.value],
    () => {
      clearTimeout(writing);
      // a draft is no link before the server has checked it
      if (state.draft.value.cells === null) return;
      if (`#${state.hash.value}` === location.hash) {
        shown = views(); // written late, it would take away what Forward leads to
        return;
      }
      // another view at once: Back may be pressed at any time
      if (views() !== shown) {
        shown = views();
        history.pushState(null, "", `#${state.hash.value}`);
      } else writing = setTimeout(() => history.replaceState(null, "", `#${state.hash.value}`), 150);
    },
  );
}

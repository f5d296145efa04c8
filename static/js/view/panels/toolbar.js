/** Shows the scene in the toolbar, the badge and the legend. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { styleOf } from "../../model/colours.js";
import { duration } from "../../model/durations.js";
import { filmWords, legendEnds, legendWords, zeroNames } from "../../model/legend.js";
import { grouped } from "../../model/numbers.js";
import { isLive, isRecording } from "../../model/run.js";
import { rateCount, stepsPerSecond, timeLeftOf } from "../../model/series.js";
import { find, say, sayInFull, show } from "../dom.js";

/** @typedef {import("../../model/scene.js").Scene} Scene */

/**
 * @param {Scene} scene
 * @param {number | null} seconds that the next run takes, about; null: not known
 */
export function showProgress({ run, cursor }, seconds) {
  const training = isLive(run) && run.state !== "paused";
  const takes = seconds === null ? nothing : html`<span class="takes">${duration(seconds)}</span>`;
  show(training ? "❚❚ Pause" : isLive(run) ? "▶ Resume" : html`▶ Train ${takes}`, find("#train"));
  const { experiment } = run;
  // a step that is chosen stays; how far the training has come is told all the same
  const [step, steps] = [training ? run.step : (cursor ?? run.step), experiment.steps].map(grouped);
  show(html`step <b>${step}</b> of ${steps}`, find("#progress"));
  const networks = experiment.arms.length * experiment.depths.length * rateCount(experiment) * experiment.seeds;
  const speed = training ? stepsPerSecond(run) : null;
  const rate = speed === null ? "" : ` · ${speed >= 10 ? Math.round(speed) : speed.toFixed(1)} steps/s`;
  say(find("#speed"), timeLeftOf(run) ?? `${networks} network${networks === 1 ? "" : "s"}`);
  find(".progress").title = `${networks} network${networks === 1 ? "" : "s"}${rate}`;
  const slider = /** @type {HTMLInputElement} */ (find("#step-cursor"));
  slider.max = String(Math.max(1, experiment.steps));
  slider.disabled = run.frames.length === 0;
  if (document.activeElement !== slider || cursor === null) slider.value = String(cursor ?? run.step);
  slider.setAttribute("aria-valuetext", cursor === null ? `step ${run.step}, the newest` : `step ${cursor}`);
}

/**
 * Of one who watches: whether what is in progress is shown, or what leads back to it.
 * @param {string | null} active run in progress, or the last one
 * @param {string | null} shown
 */
export function showWatching(active, shown) {
  const button = /** @type {HTMLButtonElement} */ (find("#watch-live"));
  const watching = active !== null && active === shown;
  button.disabled = watching || active === null;
  say(button, watching ? "● Live" : "Watch live");
}

/** @param {Scene} scene */
export function showBadge({ run }) {
  const recording = isRecording(run);
  const badge = find("#badge");
  badge.classList.toggle("recorded", recording);
  const { recorded_at: when, machine } = run.provenance;
  const where = `recorded ${when ?? ""}${machine ? ` on ${machine}` : ""} · `;
  say(find("span", badge), `${recording ? where : ""}measured, not simulated`);
}

/** @param {Scene} scene */
export function showLegend(scene) {
  const { run, sides, view, cursor } = scene;
  const film = sides.find((side) => side.film)?.film;
  // the film shows its own measurements; the choices apply again when it is closed
  find(".legend-toggle").inert = find("#relative").inert = film !== undefined;
  const { low, middle, high } = legendEnds(scene);
  say(find("#ramp-low"), low);
  say(find("#ramp-middle"), middle);
  say(find("#ramp-high"), high);
  find("#legend").classList.toggle("by-last", middle !== "");
  const words = film ? filmWords(film) : legendWords(run, sides, cursor, view.gradient, view.relative);
  sayInFull(find("#legend-text"), words);
  const zero = zeroNames(run, sides, cursor, view.gradient);
  find("#zero-key").hidden = zero.length === 0;
  say(find("#zero-key span"), zero.length === 0 ? "" : `exactly 0 (${zero.join(" and ")})`);
  sides.forEach((side, index) => {
    const key = find(index === 0 ? "#key-a" : "#key-b");
    key.className = "key";
    key.dataset.style = String(styleOf(run.experiment, side.arm, false).index);
    say(key, `${side.name}-${side.layers}`);
  });
}

/** @param {Scene} scene */
export function showDepth({ sides }) {
  const [one, other] = sides;
  say(find("#depth-number"), one.depth === other.depth ? String(one.depth) : `${one.depth} | ${other.depth}`);
}

/**
 * What is chosen of the view.
 * @param {Scene} scene
 */
export function showChosen({ run, view }) {
  const pressed = { ...view, compare: view.compare !== null, "log-loss": view.lossScale === "log" };
  for (const name of /** @type {const} */ (["compare", "log-loss", "multiples", "relative"]))
    find(`#${name}`).setAttribute("aria-pressed", String(pressed[name]));
  find("#multiples").hidden = run.experiment.arms.length < 3;
  showChoice("gradient", view.gradient);
  showChoice("x", view.x);
}

/**
 * Which of several buttons is chosen; the Tab key leads only to that one.
 * @param {string} name of the data attribute
 * @param {string} chosen
 */
function showChoice(name, chosen) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-${name}]`))) {
    button.setAttribute("aria-checked", String(button.dataset[name] === chosen));
    button.tabIndex = button.dataset[name] === chosen ? 0 : -1;
  }
}

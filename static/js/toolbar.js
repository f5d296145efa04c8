/** What the toolbar, the badge, the legend and the status line say of the scene. Only shows; decides nothing. */
import { styleOf } from "./colours.js";
import { find, make, say } from "./dom.js";
import { filmWords, legendWords, zeroNames } from "./legend.js";
import { notice } from "./notices.js";
import { grouped, powerOfTen } from "./numbers.js";
import { rateCount, stepsPerSecond } from "./series.js";
import { dotClass, statusWords } from "./status.js";
import { isLive } from "./store.js";

/** @typedef {import("./charts/scene.js").Scene} Scene */

/** Least milliseconds between two sentences for a screen reader. */
const SPEAK_EVERY = 4000;
let spokenAt = Number.NEGATIVE_INFINITY;
let spokenState = "";

/**
 * @param {Scene} scene
 * @param {import("./live.js").LinkState} link
 */
export function showStatus(scene, link) {
  const { run, cursor } = scene;
  const [stands, rest] = statusWords(scene, link);
  const line = find("#status");
  if (line.textContent !== `${stands} ${rest}`) {
    line.replaceChildren(make("b", stands), ` ${rest}`);
    line.title = rest;
  }
  const dot = find("#dot");
  const name = dotClass(run, link);
  if (dot.className !== name) dot.className = name;
  const state = `${run.id} ${run.state} ${link}`;
  const now = performance.now();
  if (cursor === null && (state !== spokenState || now - spokenAt > SPEAK_EVERY)) {
    spokenAt = now;
    spokenState = state;
    say(find("#spoken"), `${stands} ${rest}`);
  }
}

/** @param {Scene} scene */
export function showProgress({ run, cursor }) {
  const training = isLive(run) && run.state !== "paused";
  say(find("#train"), training ? "❚❚ Pause" : isLive(run) ? "▶ Resume" : "▶ Train");
  const steps = grouped(run.experiment.steps);
  const progress = find("#progress");
  const text = `step ${grouped(cursor ?? run.step)} of ${steps}`;
  if (progress.textContent !== text)
    progress.replaceChildren("step ", make("b", grouped(cursor ?? run.step)), ` of ${steps}`);
  const networks =
    run.experiment.arms.length * run.experiment.depths.length * rateCount(run.experiment) * run.experiment.seeds;
  const speed = stepsPerSecond(run);
  const rate = speed === null ? "" : ` · ${speed >= 10 ? Math.round(speed) : speed.toFixed(1)} steps/s`;
  say(find("#speed"), `${networks} network${networks === 1 ? "" : "s"}${rate}`);
}

/** @param {Scene} scene */
export function showBadge({ run }) {
  const recording = run.recorded && run.id === null;
  const badge = find("#badge");
  badge.classList.toggle("recorded", recording);
  const { recorded_at: when, machine } = run.provenance;
  say(
    find("span", badge),
    recording
      ? `recorded ${when ?? ""}${machine ? ` on ${machine}` : ""} · measured, not simulated`
      : "measured, not simulated",
  );
}

/** @param {Scene} scene */
export function showLegend({ run, sides, decades, view, cursor }) {
  const film = sides.find((side) => side.film)?.film;
  const [low, high] = film?.decades ?? decades;
  // the film has its own strengths: what is chosen here shows again when it is put away
  find(".legend-toggle").inert = film !== undefined;
  say(find("#ramp-low"), powerOfTen(low));
  say(find("#ramp-high"), powerOfTen(high));
  say(find("#legend-text"), film ? filmWords(film) : legendWords(run, sides, cursor, view.gradient));
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
 * Which depths, maps and sides are chosen.
 * @param {Scene} scene
 */
export function showView({ run, view }) {
  find("#compare").setAttribute("aria-pressed", String(view.compare !== null));
  find("#tabs").hidden = run.experiment.dataset !== "spiral";
  showChoice("tab", view.tab);
  showChoice("gradient", view.gradient);
  showChoice("x", view.x);
}

/**
 * Which of several buttons is chosen; only that one is on the way of the Tab key.
 * @param {string} name of the data attribute
 * @param {string} chosen
 */
function showChoice(name, chosen) {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-${name}]`))) {
    button.setAttribute("aria-checked", String(button.dataset[name] === chosen));
    button.tabIndex = button.dataset[name] === chosen ? 0 : -1;
  }
}

/**
 * Say that the line to the server is broken, or that it stands again.
 * @param {import("./live.js").LinkState} state
 * @param {number} code of the close
 */
export function showLine(state, code) {
  const refused = "The server refuses this page. Open it again from the address that the server printed.";
  const waiting = `The line to the server is broken${code === 4429 ? ": too many messages" : ""}. Reconnecting.`;
  if (state === "open") notice("line", null);
  if (state === "waiting") notice("line", waiting, { bad: true });
  if (state === "refused") notice("line", refused, { bad: true });
}

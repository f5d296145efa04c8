/** The player of the film of a pass: play, pause, one moment on or back, slow motion. */

import { html } from "../../../vendor/lit-html-3.3.3.js";
import { computed, effect } from "../../../vendor/signals-core-1.14.5.js";
import { captionOf, deepest, momentsOf } from "../../model/film.js";
import { whenever } from "../../model/reactive.js";
import { fieldValue, find, isSmall } from "../dom.js";

/** @typedef {import("./analyses.js").Lab} Lab */

/** Milliseconds that one moment lasts; slow motion shows each long enough to be read aloud. */
const PACES = { normal: 140, slow: 1400 };

/**
 * What the film shows; null where there is none.
 * @param {Lab["state"]} state
 */
function armsOf({ kind, found }) {
  const isFlow = kind.value?.kinds.includes("flow");
  const finding = /** @type {import("../../model/wire.js").FlowFinding | undefined} */ (found.value?.finding);
  return isFlow ? (finding?.arms ?? null) : null;
}

/**
 * How many moments the film of the shown answer has; 0 where there is none.
 * @param {Lab["state"]} state
 */
function momentCount(state) {
  const arms = armsOf(state);
  return arms ? momentsOf(deepest(arms)) : 0;
}

/**
 * The player's controls and the caption.
 * @param {Lab} lab
 */
export function filmPlayer({ state, actions }) {
  const { moment, playing, slow } = state.film.value;
  const count = momentCount(state);
  const none = count === 0;
  const arms = armsOf(state);
  const go = (/** @type {number} */ next) =>
    actions.moveFilm({ moment: Math.min(count - 1, Math.max(0, next)), playing: false });
  const play = () => {
    const atEnd = moment === null || moment >= count - 1;
    actions.moveFilm(playing ? { playing: false } : { playing: true, moment: atEnd ? 0 : moment });
  };
  return html`<div class=${moment === null ? "film" : "film rolling"}>
    <button type="button" data-film="play" ?disabled=${none} @click=${play}>${playing ? "❚❚ Pause" : "▶ Play"}</button>
    <button type="button" data-film="back" aria-label="One moment back" ?disabled=${none}
      @click=${() => go((moment ?? count) - 1)}>◂</button>
    <button type="button" data-film="on" aria-label="One moment on" ?disabled=${none}
      @click=${() => go((moment ?? -1) + 1)}>▸</button>
    <input type="range" min="0" max=${Math.max(0, count - 1)} step="1" .value=${String(moment ?? 0)} ?disabled=${none}
      aria-label="Moment of the film" @input=${(/** @type {Event} */ event) => go(Number(fieldValue(event)))}>
    <button type="button" data-film="slow" aria-pressed=${slow} ?disabled=${none}
      @click=${() => actions.moveFilm({ slow: !slow })}>Slow motion</button>
    <button type="button" data-film="away" ?disabled=${none}
      @click=${() => actions.moveFilm({ moment: null, playing: false })}>Put away</button>
    <p class="caption" aria-live="polite">${arms && moment !== null ? captionOf(arms, state.scene.value.run, moment) : ""}</p>
  </div>`;
}

/**
 * Advance the film while it plays, and close it when another answer is shown.
 * @param {Lab} lab
 */
export function followFilm({ state, actions }) {
  effect(() => {
    const { playing, slow, moment } = state.film.value;
    if (!playing) return;
    const timer = setTimeout(
      () => {
        const next = (moment ?? -1) + 1;
        actions.moveFilm(next < momentCount(state) ? { moment: next } : { playing: false });
      },
      slow ? PACES.slow : PACES.normal,
    );
    return () => clearTimeout(timer);
  });
  const count = computed(() => momentCount(state));
  whenever(
    () => count.value,
    () => actions.moveFilm({ moment: null, playing: false }),
  );
  const rolling = computed(() => state.film.value.moment !== null);
  whenever(
    () => rolling.value,
    () => {
      if (!rolling.value) return;
      // on a phone the film's controls leave just enough room for both diagrams
      if (isSmall()) find(".sides").scrollIntoView();
    },
  );
}

/** The player of the way: play, pause, a stage on or back, any stage, and how fast. */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { effect } from "../../../vendor/signals-core-1.14.5.js";
import { nameOf } from "../../model/trace.js";
import { fieldValue } from "../dom.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */

/** Milliseconds that a stage is shown; slow motion leaves time to read the caption aloud. */
const PACES = [
  { pace: 6000, label: "slow motion" },
  { pace: 1600, label: "normal" },
  { pace: 500, label: "fast" },
];

/** @param {TraceStore} store */
export function player({ state, actions }) {
  const columns = state.columns.value;
  const none = columns.length < 2;
  const at = state.at.value;
  const playing = state.playing.value;
  return html`<button type="button" class="primary" id="play" ?disabled=${none} aria-keyshortcuts="Space" title=${playing ? "Pause (Space)" : "Play (Space)"}
      aria-label=${playing ? "Pause" : "Play"} @click=${actions.play}>${playing ? "❚❚" : "▶"}<span class="wide"> ${playing ? "Pause" : "Play"}</span></button>
    <button type="button" id="back" ?disabled=${none || at === 0} aria-label="Stage before" title="Stage before (←)" @click=${() => actions.step(-1)}>◂</button>
    <button type="button" id="on" ?disabled=${none || at === columns.length - 1} aria-label="Next stage" title="Next stage (→)" @click=${() => actions.step(1)}>▸</button>
    <input type="range" id="scrub" min="0" max=${Math.max(0, columns.length - 1)} step="1" .value=${String(at)} ?disabled=${none}
      aria-label="Stage" aria-valuetext="${at + 1} of ${columns.length}: ${columns[at] ? nameOf(columns[at]) : ""}"
      @input=${(/** @type {Event} */ event) => actions.goTo(Number(fieldValue(event)))}>
    <select id="pace" aria-label="Speed" title="Speed" @change=${(/** @type {Event} */ event) => actions.choosePace(Number(fieldValue(event)))}>${PACES.map(
      ({ pace, label }) => html`<option value=${pace} ?selected=${pace === state.pace.value}>${label}</option>`,
    )}</select>`;
}

/**
 * Advance while it plays. A stage lasts as long as the speed says, from the moment that it is shown.
 * @param {TraceStore} store
 */
export function followPlayer({ state, actions }) {
  effect(() => {
    // read here, so that every stage begins its own time
    state.at.value;
    if (!state.playing.value) return;
    const timer = setTimeout(actions.advance, state.pace.value);
    return () => clearTimeout(timer);
  });
}

/** The question: what the room is asked before a run trains, what was predicted, and what was measured. */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { whenever } from "../../model/reactive.js";
import { sentence } from "../../model/status.js";
import { judged } from "../../model/verdict.js";
import { find, say, show } from "../dom.js";
import { announce } from "./status_line.js";

/** @param {import("../../model/state.js").Store} store */
export function showQuestion({ state, actions }) {
  const bar = find("#question");
  whenever(
    () => [state.poll.value, state.guess.value, state.verdict.value, state.view.value.question],
    () => {
      const { poll, verdict, view } = state;
      const asked = poll.value;
      bar.hidden = !view.value.question || asked === null;
      if (asked === null) return;
      const guess = state.guess.value?.ask === asked.ask ? state.guess.value.choice : null;
      // the answer is not given away before somebody has had the chance to guess, unless it is all that is left
      const known = guess === null ? null : verdict.value;
      say(find("#ask"), asked.ask);
      const button = (/** @type {{name: string, label: string}} */ { name, label }) => html`<button type="button"
        aria-pressed=${name === guess} class=${known?.right.includes(name) ? "right" : ""}
        @click=${() => actions.predict(name)}>${label}</button>`;
      show(asked.choices.map(button), find("#guesses"));
      show(answer(guess, verdict.value), find("#verdict"));
    },
  );
  whenever(
    () => [state.verdict.value, state.guess.value],
    () => {
      const { poll, guess, verdict } = state;
      if (guess.value && guess.value.ask === poll.value?.ask && verdict.value)
        announce(`${judged(guess.value.choice, verdict.value)}. ${sentence(verdict.value.words)}`);
    },
  );
  find("#hide-question").addEventListener("click", () => actions.toggle("question"));
}

/**
 * @param {string | null} guess
 * @param {import("../../model/verdict.js").Verdict | null} verdict
 */
function answer(guess, verdict) {
  if (guess === null) return "Your guess?";
  if (verdict === null) return "Measured at the end of the run.";
  const word = judged(guess, verdict);
  return html`<b class=${word === "Not this time" ? "wrong" : ""}>${word}.</b> ${sentence(verdict.words)}`;
}

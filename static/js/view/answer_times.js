/** About how long the answers take that the buttons of an analysis ask for, told before they are pressed. */
import { duration } from "../model/durations.js";
import { fetchAnswerTime } from "../net/http.js";

/** @typedef {import("../model/types.js").Question} Question */

export class AnswerTimes {
  /** @param {() => void} arrived something is known that was not */
  constructor(arrived) {
    this.arrived = arrived;
    /** @type {Map<string, number | null>} seconds; null: not known, or on the way */
    this.known = new Map();
  }

  /**
   * In words; empty where nothing is known yet.
   * @param {import("../model/types.js").Run} run
   * @param {Question[]} questions
   * @param {number} answered answers so far: each tells the server more
   */
  of(run, questions, answered) {
    const key = JSON.stringify([run.id, questions, answered]);
    const seconds = this.known.get(key);
    if (seconds === undefined) void this.ask(key, run.experiment, questions);
    return seconds ? duration(seconds) : "";
  }

  /**
   * @param {string} key
   * @param {import("../model/types.js").Experiment} experiment
   * @param {Question[]} questions
   */
  async ask(key, experiment, questions) {
    this.known.set(key, null);
    const seconds = await fetchAnswerTime(experiment, questions);
    this.known.set(key, seconds);
    if (seconds !== null) this.arrived();
  }
}

/** Answers that a snapshot only announces, because there were larger ones after them: fetched when they are shown. */
import { isAnnounced } from "../model/answers.js";
import { fetchAnalysis } from "../net/http.js";

/** @typedef {import("../model/types.js").AnalysisEvent} AnalysisEvent */

export class StoredAnswers {
  /** @param {(event: import("../model/types.js").StreamEvent) => void} arrived */
  constructor(arrived) {
    this.arrived = arrived;
    /** @type {Set<string>} asked for, by run and analysis */
    this.asked = new Set();
  }

  /**
   * Fetch what is announced of these and was not asked for.
   * @param {string | null} run
   * @param {AnalysisEvent[]} events
   */
  complete(run, events) {
    if (run === null) return;
    for (const event of events.filter(isAnnounced)) void this.fetch(run, event.analysis);
  }

  /**
   * @param {string} run
   * @param {string} analysis
   */
  async fetch(run, analysis) {
    const key = `${run} ${analysis}`;
    if (this.asked.has(key)) return;
    this.asked.add(key);
    const found = await fetchAnalysis(run, analysis);
    this.asked.delete(key);
    if (found !== null) this.arrived(found);
  }
}

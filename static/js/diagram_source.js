/** Where diagrams come from: all of an experiment's at once, so that a slider that moves asks for nothing. */
import { find } from "./dom.js";
import { notice } from "./notices.js";
import { ask } from "./page.js";

export class DiagramSource {
  /** @param {import("./figures.js").Figures} figures */
  constructor(figures) {
    this.figures = figures;
    this.fetched = "";
  }

  /**
   * Get the diagrams of an experiment for the width that there is, unless they are there.
   * @param {import("./types.js").Experiment} experiment
   */
  async fetch(experiment) {
    const width = find("#side-a .diagram").clientWidth;
    const columns = width >= 520 ? 17 : width >= 400 ? 12 : 9;
    const key = JSON.stringify([experiment, columns]);
    if (key === this.fetched) return;
    this.fetched = key;
    const found = await ask("/api/diagrams", { experiment, columns });
    if (key !== this.fetched) return;
    if ("error" in found) {
      this.fetched = "";
      notice("diagrams", `The diagrams are missing: ${found.error.message}.`, { bad: true });
      return;
    }
    notice("diagrams", null);
    for (const diagram of this.figures.diagrams) diagram.take(found.answer.figures);
    this.figures.all();
  }
}

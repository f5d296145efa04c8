/** Fetches the diagrams of an experiment, all at once, so that the slider needs no requests. */
import { post } from "../net/http.js";
import { find } from "./dom.js";

/** Steps in which the shape of a panel is told: so many a doubling. A panel of nearly the same needs no others. */
const STEPS = 4;

/** Experiment and shape of the panel of the diagrams that were fetched last. */
let fetched = "";

/**
 * Get the diagrams of the shown experiment in the shape of the panel, unless they are there already.
 * @param {import("../model/state.js").Store} store
 */
export async function fetchDiagrams({ state, actions }) {
  const experiment = state.experiment.value;
  const { clientWidth, clientHeight } = find("#side-a .diagram");
  // while it is not shown it has no shape
  if (clientWidth * clientHeight === 0) return;
  const shape = 2 ** (Math.round(STEPS * Math.log2(clientWidth / clientHeight)) / STEPS);
  const aspect = Math.min(40, Math.max(0.2, Number(shape.toFixed(2))));
  const key = JSON.stringify([experiment, aspect]);
  if (key === fetched) return;
  fetched = key;
  /** @type {{answer: {figures: import("../model/types.js").Diagram[]}} | {error: import("../net/http.js").Refusal}} */
  const found = await post("/api/diagrams", { experiment, aspect });
  if (key !== fetched) return;
  if ("error" in found) {
    fetched = "";
    actions.notify("diagrams", `The diagrams are missing: ${found.error.message}.`, { bad: true });
    return;
  }
  actions.dismiss("diagrams");
  actions.diagramsArrived(found.answer.figures);
}

/** The link: the hash of this page, read once when the page opens and written after every change. */
import { decodeHash, encodeHash } from "./hash.js";
import { notice } from "./notices.js";
import { ask } from "./page.js";

/** @typedef {import("./types.js").Settings} Settings */

export class Link {
  /** @param {import("./page.js").PageData} data */
  constructor(data) {
    this.presets = data.presets;
    const opened = decodeHash(location.hash, data.presets, data.limits);
    this.settings = opened.settings;
    this.problems = opened.problems;
    /** Whether the link sets the experiment, not only how it is looked at. */
    this.named = opened.named;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.writing = undefined;
    // a link that is pasted into the open page is opened like any other; writing does not come here
    addEventListener("hashchange", () => location.reload());
  }

  /** Write the hash soon; a slider that is dragged writes it once. */
  write() {
    clearTimeout(this.writing);
    this.writing = setTimeout(() => {
      const hash = encodeHash(this.settings, this.presets);
      if (hash !== location.hash.slice(1)) history.replaceState(null, "", `#${hash}`);
    }, 150);
  }

  /**
   * What a single field cannot know: settings that do not go together, a depth that is not trained.
   * @returns {Promise<boolean>} whether the experiment of the link can be used
   */
  async check() {
    const { experiment, view, run } = this.settings;
    const found = this.named ? await ask("/api/experiments/check", experiment) : null;
    const usable = found === null || !("error" in found) || found.error.code === "offline";
    if (found && "error" in found && !usable) {
      this.problems.push({ field: found.error.field ?? "", message: found.error.message });
    }
    for (const key of /** @type {const} */ (["depth", "compare"])) {
      const depth = view[key];
      if (depth === null || run !== null || experiment.depths.includes(depth)) continue;
      this.problems.push({ field: key, message: `${key}: ${depth} is not one of ${experiment.depths.join(", ")}` });
      view[key] = null;
    }
    this.report();
    return usable;
  }

  /** Say what was wrong, field by field. */
  report() {
    const { length } = this.problems;
    if (length === 0) return;
    const said = this.problems
      .slice(0, 4)
      .map((problem) => problem.message)
      .join("; ");
    const places = length === 1 ? "one place" : `${length} places`;
    notice("link", `The link is broken in ${places}: ${said}. Defaults are used there.`, { bad: true });
  }
}

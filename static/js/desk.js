/**
 * The desk: the experiment that the next Train will start. Keeps form, preset list and link in step with it, asks the
 * server about what a single field cannot know, and shows what was refused where it belongs.
 */
import { closeDialog, openDialog } from "./dialogs.js";
import { find, say } from "./dom.js";
import { presetOf } from "./hash.js";
import { ask } from "./page.js";
import { RunForm } from "./run_form.js";

/** @typedef {import("./types.js").Experiment} Experiment */

export class Desk {
  /**
   * @param {import("./page.js").PageData} data
   * @param {import("./link.js").Link} link
   * @param {(experiment: Experiment) => void} onEdited the server, too, finds nothing wrong with it
   */
  constructor(data, link, onEdited) {
    this.presets = data.presets;
    this.link = link;
    this.onEdited = onEdited;
    /** Whether it holds settings that nobody has trained yet. */
    this.edits = link.named;
    this.form = new RunForm(data.limits, (experiment) => void this.edit(experiment));
  }

  get experiment() {
    return this.link.settings.experiment;
  }

  /**
   * Lay an experiment on the desk.
   * @param {Experiment} experiment
   */
  set(experiment) {
    this.link.settings.experiment = experiment;
    this.form.show(experiment);
    this.showPreset();
  }

  showPreset() {
    const { settings } = this.link;
    settings.preset = presetOf(settings.experiment, this.presets);
    /** @type {HTMLSelectElement} */ (find("#preset")).value = settings.preset ?? "";
    const about = this.presets.find((item) => item.name === settings.preset)?.about;
    say(find("#about-preset"), about ?? "Your own settings. A link to this page keeps them.");
  }

  /**
   * It was changed by hand.
   * @param {Experiment} experiment
   */
  async edit(experiment) {
    this.link.settings.experiment = experiment;
    this.edits = true;
    this.showPreset();
    const found = await ask("/api/experiments/check", experiment);
    if (this.experiment !== experiment) return;
    if ("error" in found) {
      this.form.refuse(found.error.field, found.error.message);
      return;
    }
    this.link.write();
    this.onEdited(experiment);
  }

  /**
   * Change the learning rate of an arm.
   * @param {number} arm
   * @param {number} rate
   */
  setRate(arm, rate) {
    const arms = this.experiment.arms.map((item, index) => (index === arm ? { ...item, learning_rate: rate } : item));
    const changed = { ...this.experiment, arms };
    this.set(changed);
    void this.edit(changed);
  }

  /** @param {number} arm */
  rateOf(arm) {
    return this.experiment.arms[arm]?.learning_rate ?? this.experiment.learning_rate;
  }

  /**
   * The experiment to train, or null when a field cannot be read; then that field is shown.
   * @returns {Experiment | null}
   */
  take() {
    const experiment = this.form.read();
    if (experiment === null) {
      openDialog("settings");
      this.form.focusProblem();
      return null;
    }
    this.link.settings.experiment = experiment;
    this.edits = false;
    closeDialog("settings");
    return experiment;
  }

  /**
   * The server refused it.
   * @param {string | null} field
   * @param {string} message
   */
  refuse(field, message) {
    openDialog("settings");
    this.form.refuse(field, message);
    this.form.focusProblem();
  }
}

/**
 * The form: every setting of the experiment with its bound, and its arms. It shows a refusal at the field that it
 * names, whether the page or the server refused; a refused field goes back to its last good value with Esc, and when
 * the dialog is closed. It gives an experiment only when every field can be read.
 */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { mostArms } from "../../model/bounds.js";
import { styleOf } from "../../model/colours.js";
import { sizeWords } from "../../model/cost.js";
import {
  byGroup,
  fieldsOfArm,
  isDefault,
  ownFields,
  parse,
  sameTexts,
  spokenRefusal,
  textsOf,
} from "../../model/form_values.js";
import { armName } from "../../model/labels.js";
import { find, say, show } from "../dom.js";
import { armButtons, armOf, foldedGroup, groupOf, idOf } from "./form_fields.js";

/** @typedef {import("../../model/types.js").Experiment} Experiment */
/** @typedef {import("../../model/types.js").Arm} Arm */

export class RunForm {
  /**
   * @param {import("../../model/bounds.js").Schema} limits
   * @param {import("../../model/state.js").Store} store
   * @param {Pick<import("../commands.js").Commands, "editDraft" | "sizeDraft">} commands
   */
  constructor(limits, store, commands) {
    this.limits = limits;
    this.store = store;
    this.commands = commands;
    this.dialog = /** @type {HTMLDialogElement} */ (find("#settings"));
    this.armCount = 0;
    this.isOld = false; // whether the fields are yet to show the texts: a closed form is drawn when it is opened
    /** @type {import("../../model/form_values.js").Texts} what stands in the fields */
    this.texts = new Map();
    /** @type {Map<string, string>} why fields were refused, by path */
    this.problems = new Map();
    /** @type {Experiment | null} the last that was read in full */
    this.experiment = null;
    /** @type {Experiment | null} the last that the server has accepted: what refused fields go back to */
    this.good = null;
    /** @type {Experiment | null} the one whose size is told */
    this.sized = null;
    /** @type {{index: number, arm: Arm, name: string} | null} the arm that was removed last */
    this.removed = null;
    this.dialog.addEventListener("keydown", (event) => this.escape(event));
    this.dialog.addEventListener("close", () => this.closed());
    new MutationObserver(() => this.dialog.open && this.opened()).observe(this.dialog, { attributeFilter: ["open"] });
  }

  /**
   * Show an experiment.
   * @param {Experiment} experiment
   */
  show(experiment) {
    // the draft has its cells once the server has accepted it
    if (this.store.state.draft.peek().cells !== null) this.good = experiment;
    this.put(experiment);
    if (this.dialog.open && this.sized !== experiment) void this.commands.sizeDraft();
  }

  /** @param {Experiment} experiment */
  put(experiment) {
    this.experiment = experiment;
    this.armCount = experiment.arms.length;
    this.texts = textsOf(experiment);
    this.clear();
    this.isOld = true;
    if (!this.dialog.open) return;
    this.render();
    this.unfold();
  }

  opened() {
    if (this.isOld) this.render();
    this.unfold();
    if (this.sized !== this.experiment) void this.commands.sizeDraft();
  }

  allFields() {
    const arms = Array.from({ length: this.armCount }, (_, arm) => fieldsOfArm(this.limits, this.texts, arm));
    return [...ownFields(this.limits), ...arms.flat()];
  }

  render() {
    this.isOld = false;
    /** @type {import("./form_fields.js").Form} */
    const form = {
      ...{ texts: this.texts, problems: this.problems },
      ...{ changed: () => this.changed(), putBack: (/** @type {string} */ path) => this.putBackAt(path) },
      goodText: (path) => (this.good ? (textsOf(this.good).get(path) ?? "") : ""),
      choose: (path, value) => this.choose(path, value),
    };
    const indices = Array.from({ length: this.armCount }, (_, index) => index);
    const connected = indices.map((index) => ({ connection: this.texts.get(`arms.${index}.connection`) ?? "" }));
    const add = () => this.setArms((arms) => [...arms, structuredClone(arms[arms.length - 1])]);
    const arms = indices.map((index) => {
      const remove = this.armCount > 1 ? () => this.remove(index) : null;
      const style = styleOf({ arms: connected }, index, false).index;
      return armOf(form, { index, style, fields: fieldsOfArm(this.limits, this.texts, index), remove });
    });
    const under = armButtons(this.armCount < mostArms(this.limits) ? add : null, this.removed, () => this.undoRemove());
    show([html`<div class="arm-list">${arms}</div>`, under], find("#arms"));
    const groups = byGroup(ownFields(this.limits));
    show(
      groups.map((group, index) => (index < groups.length - 1 ? groupOf(form, group) : foldedGroup(form, group))),
      find("#fields"),
    );
    // the template does not know what was typed: it would not set a text that it has set before
    for (const input of this.inputs()) input.value = this.texts.get(input.name) ?? "";
    find("#form-size").classList.toggle("old", this.sized !== this.experiment || this.problems.size > 0);
  }

  /** Open the folded group when something in it is refused, or not as usual. */
  unfold() {
    const last = byGroup(ownFields(this.limits)).at(-1);
    if (last?.fields.some((field) => this.problems.has(field.path) || !isDefault(field, this.texts)))
      /** @type {HTMLDetailsElement} */ (find(".advanced", this.dialog)).open = true;
  }

  /** @returns {(HTMLInputElement | HTMLSelectElement)[]} */
  inputs() {
    return [.../** @type {NodeListOf<HTMLInputElement>} */ (this.dialog.querySelectorAll("[name]"))];
  }

  /** @param {(arms: Arm[]) => Arm[]} change */
  setArms(change) {
    this.removed = null;
    const experiment = this.read();
    if (!experiment) return false;
    this.put({ ...experiment, arms: change(experiment.arms) });
    this.edited();
    return true;
  }

  /** @param {number} index */
  remove(index) {
    const { experiment } = this;
    if (!this.setArms((arms) => arms.filter((_, other) => other !== index)) || !experiment) return;
    this.removed = { index, arm: experiment.arms[index], name: `Arm ${index + 1}, ${armName(experiment, index)},` };
    this.render();
    find("#undo-arm").focus();
  }

  undoRemove() {
    const { removed } = this;
    if (!removed) return;
    this.setArms((arms) => [...arms.slice(0, removed.index), removed.arm, ...arms.slice(removed.index)]);
    find(`#${idOf(`arms.${removed.index}.connection`)}`).focus();
  }

  /**
   * @param {string} path
   * @param {string} value
   */
  choose(path, value) {
    this.takeTexts();
    this.texts.set(path, value);
    this.edited();
  }

  changed() {
    this.takeTexts();
    this.edited();
  }

  /** The texts were changed. */
  edited() {
    // settings that are not shown get their default, so nothing is set that nobody sees
    for (const { path, bound, used, choices } of this.allFields()) {
      const stale = choices.length > 0 && !choices.includes(this.texts.get(path) ?? "");
      if (!used || stale) this.texts.set(path, String(bound.default ?? ""));
    }
    const experiment = this.parse();
    if (experiment) void this.commands.editDraft(experiment);
  }

  /** What stands in the fields now. */
  takeTexts() {
    for (const input of this.isOld ? [] : this.inputs()) this.texts.set(input.name, input.value);
  }

  /**
   * The experiment in the form, or null when a field cannot be read; that field says why.
   * @returns {Experiment | null}
   */
  read() {
    this.takeTexts();
    return this.parse();
  }

  /** @returns {Experiment | null} */
  parse() {
    this.clear();
    const { experiment, problems } = parse(this.allFields(), this.texts, this.armCount);
    this.problems = problems;
    if (experiment) this.experiment = experiment;
    this.render();
    this.unfold();
    return experiment;
  }

  clear() {
    say(find("#form-problem"), "");
    this.problems = new Map();
  }

  /**
   * The server has accepted an experiment.
   * @param {Experiment} experiment
   * @param {import("../../model/types.js").Size} size
   */
  accept(experiment, size) {
    if (experiment !== this.experiment) return;
    this.good = this.sized = experiment;
    say(find("#form-size"), sizeWords(size));
    this.takeTexts(); // somebody may be typing
    this.render();
  }

  /**
   * Show a refusal at its field, or at the foot of the form when it belongs to none.
   * @param {string | null} path
   * @param {string} message
   */
  refuse(path, message) {
    this.takeTexts(); // somebody may be typing in another field
    const known = [path, path?.split(".")[0]].find((one) => one && this.texts.has(one));
    if (known) this.problems.set(known, spokenRefusal(known, message));
    else say(find("#form-problem"), message);
    this.render();
    this.unfold();
    if (known && !this.dialog.open) this.closed();
  }

  /** Put the focus on the first field that was refused. */
  focusProblem() {
    const first = this.inputs().find((input) => this.problems.has(input.name));
    first?.focus();
  }

  /**
   * Esc in a refused field puts its last good value back; in any other place it closes the dialog.
   * @param {KeyboardEvent} event
   */
  escape(event) {
    const { target } = event;
    if (event.key !== "Escape" || !(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
    this.takeTexts(); // what is being typed may be refused, too
    const { problems } = parse(this.allFields(), this.texts, this.armCount);
    if (!this.problems.has(target.name) && !problems.has(target.name)) return;
    event.preventDefault();
    this.putBackAt(target.name);
  }

  /** @param {string} path of a refused field */
  putBackAt(path) {
    this.takeTexts();
    this.putBack([path]);
    this.edited();
    find(`#${idOf(path)}`).focus();
  }

  /**
   * Give fields their last good values. What was refused for the sake of another field goes back with all others.
   * @param {string[]} paths
   * @returns {boolean} whether anything changed
   */
  putBack(paths) {
    if (!this.good) return false;
    const before = textsOf(this.good);
    const own = paths.filter((path) => before.has(path) && before.get(path) !== this.texts.get(path));
    const all = own.length < paths.length ? [...before.keys()] : own;
    const changed = all.some((path) => before.get(path) !== this.texts.get(path));
    if (own.length < paths.length) this.put(this.good);
    else for (const path of own) this.texts.set(path, before.get(path) ?? "");
    return changed;
  }

  /** Nothing that was refused stays behind a closed dialog, and nothing of it goes unsaid. */
  closed() {
    this.removed = null;
    const refused = new Map(this.problems);
    this.takeTexts();
    const { experiment, problems } = parse(this.allFields(), this.texts, this.armCount);
    for (const [path, problem] of problems) refused.set(path, problem);
    const typed = experiment !== null && this.experiment !== null && !sameTexts(experiment, this.experiment);
    const back = refused.size > 0 && this.putBack([...refused.keys()]);
    if (back || typed) this.edited();
    if (refused.size === 0) return;
    const words = back ? " The last good value is back." : "";
    this.store.actions.notify("settings", `${[...refused.values()].join(". ")}.${words}`, { bad: true });
  }
}

/**
 * The form: every setting of the experiment with its bound, and its arms. It shows a refusal at the field that it
 * names, whether the page or the server refused. It hands out an experiment only when all of it can be read.
 */
import { ARM_FIELDS, boundOf, FIELDS, inWords, read } from "./bounds.js";
import { find, make, say } from "./dom.js";
import { SETTINGS, valueName } from "./labels.js";
import { isShortcut, isUsed } from "./options.js";

/** @typedef {import("./types.js").Experiment} Experiment */

export class RunForm {
  /**
   * @param {import("./bounds.js").Schema} limits
   * @param {(experiment: Experiment) => void} onChange every field can be read
   */
  constructor(limits, onChange) {
    this.limits = limits;
    this.onChange = onChange;
    /** @type {Map<string, {input: HTMLInputElement | HTMLSelectElement, label: HTMLElement, problem: HTMLElement, bound: import("./bounds.js").Bound}>} */
    this.fields = new Map();
    this.box = find("#fields");
    this.arms = find("#arms");
    this.armCount = 0;
    this.problem = find("#form-problem");
    this.box.replaceChildren(...FIELDS.map((name) => this.field(name, boundOf(limits, name))));
    /** @type {Experiment | null} the last that was read in full */
    this.experiment = null;
  }

  /**
   * @param {string} path such as ``arms.0.skip_scale``
   * @param {import("./bounds.js").Bound} bound
   */
  field(path, bound) {
    const id = `field-${path.replaceAll(".", "-")}`;
    const input = /** @type {HTMLInputElement | HTMLSelectElement} */ (
      bound.kind === "choice" || bound.kind === "flag"
        ? make(
            "select",
            null,
            {},
            bound.choices.map((choice) => make("option", valueName(choice), { value: choice })),
          )
        : make("input", null, {
            type: "text",
            inputmode: bound.kind.endsWith("s") ? "text" : "decimal",
            autocomplete: "off",
          })
    );
    input.id = id;
    input.name = path;
    if (bound.optional) input.setAttribute("placeholder", bound.kind === "numbers" ? "one rate" : "as above");
    input.setAttribute("aria-describedby", `${id}-bound ${id}-problem`);
    const words = [bound.about, inWords(bound)].filter(Boolean).join("; ");
    const problem = make("span", "", { class: "problem", id: `${id}-problem` });
    const children = [
      make("span", SETTINGS[bound.name], { class: "label" }),
      input,
      make("span", words, { class: "bound", id: `${id}-bound` }),
      problem,
    ];
    const label = make("label", null, { class: "field", for: id }, children);
    this.fields.set(path, { input, label, problem, bound });
    input.addEventListener("change", () => this.changed());
    return label;
  }

  /**
   * Show an experiment.
   * @param {Experiment} experiment
   */
  show(experiment) {
    this.buildArms(experiment.arms.length);
    for (const name of FIELDS) this.fill(name, /** @type {any} */ (experiment)[name]);
    experiment.arms.forEach((arm, index) => {
      for (const name of ARM_FIELDS) this.fill(`arms.${index}.${name}`, /** @type {any} */ (arm)[name]);
    });
    this.experiment = experiment;
    this.showUsed();
    this.clear();
  }

  /** @param {string} path */
  text(path) {
    return this.fields.get(path)?.input.value ?? "";
  }

  /** Show of each arm the settings that its connection uses. */
  showUsed() {
    const family = this.text("family");
    const fair = this.text("learning_rates").trim() !== "";
    for (let arm = 0; arm < this.armCount; arm++) {
      const connection = this.text(`arms.${arm}.connection`);
      for (const name of ARM_FIELDS) {
        const field = this.fields.get(`arms.${arm}.${name}`);
        if (field) field.label.hidden = !isUsed(name, connection, family, fair);
      }
      const options = this.fields.get(`arms.${arm}.shortcut`)?.input.querySelectorAll("option") ?? [];
      for (const option of options) option.hidden = !isShortcut(option.value, family);
    }
  }

  /** Settings that are not shown have their default, so that nothing is set that nobody sees. */
  resetUnused() {
    for (const { input, label, bound } of this.fields.values()) {
      const unseen = input instanceof HTMLSelectElement && input.selectedOptions[0]?.hidden;
      if (label.hidden || unseen) input.value = String(bound.default ?? "");
    }
  }

  /**
   * @param {string} path
   * @param {unknown} value
   */
  fill(path, value) {
    const field = this.fields.get(path);
    if (field)
      field.input.value = Array.isArray(value)
        ? value.join(", ")
        : value === null || value === undefined
          ? ""
          : String(value);
  }

  /** @param {number} count */
  buildArms(count) {
    if (count === this.armCount) return;
    for (const path of [...this.fields.keys()]) if (path.startsWith("arms.")) this.fields.delete(path);
    this.armCount = count;
    const most = this.limits.properties.arms.maxItems;
    const sets = Array.from({ length: count }, (_, index) => {
      const fields = ARM_FIELDS.map((name) => this.field(`arms.${index}.${name}`, boundOf(this.limits, name, true)));
      const remove = this.button("Remove this arm", () =>
        this.setArms((arms) => arms.filter((_, place) => place !== index)),
      );
      return make("fieldset", null, {}, [
        make("legend", `Arm ${index + 1}`),
        ...fields,
        ...(count > 1 ? [remove] : []),
      ]);
    });
    const add = this.button("Add an arm", () =>
      this.setArms((arms) => [...arms, structuredClone(arms[arms.length - 1])]),
    );
    this.arms.replaceChildren(...sets, ...(count < most ? [add] : []));
  }

  /**
   * @param {string} text
   * @param {() => void} action
   */
  button(text, action) {
    const button = make("button", text, { type: "button" });
    button.addEventListener("click", action);
    return button;
  }

  /** @param {(arms: import("./types.js").Arm[]) => import("./types.js").Arm[]} change */
  setArms(change) {
    const experiment = this.read();
    if (!experiment) return;
    this.show({ ...experiment, arms: change(experiment.arms) });
    this.changed();
  }

  changed() {
    this.showUsed();
    this.resetUnused();
    const experiment = this.read();
    if (experiment) this.onChange(experiment);
  }

  /**
   * The experiment in the form, or null when a field cannot be read; that field says why.
   * @returns {Experiment | null}
   */
  read() {
    this.clear();
    const values = new Map();
    let whole = true;
    for (const [path, field] of this.fields) {
      const found = read(field.bound, field.input.value);
      if ("problem" in found) {
        this.refuse(path, found.problem);
        whole = false;
      } else values.set(path, found.value);
    }
    if (!whole) return null;
    const arms = Array.from({ length: this.armCount }, (_, index) =>
      Object.fromEntries(ARM_FIELDS.map((name) => [name, values.get(`arms.${index}.${name}`)])),
    );
    const plain = Object.fromEntries(FIELDS.map((name) => [name, values.get(name)]));
    this.experiment = /** @type {any} */ ({ ...plain, arms });
    return this.experiment;
  }

  clear() {
    say(this.problem, "");
    for (const { input, problem } of this.fields.values()) {
      input.removeAttribute("aria-invalid");
      say(problem, "");
    }
  }

  /**
   * Show a refusal at its field, or at the foot of the form when it belongs to none.
   * @param {string | null} path
   * @param {string} message
   * @returns {boolean} whether there is such a field
   */
  refuse(path, message) {
    const field = path === null ? undefined : (this.fields.get(path) ?? this.fields.get(path.split(".")[0]));
    if (!field) {
      say(this.problem, message);
      return false;
    }
    field.input.setAttribute("aria-invalid", "true");
    say(field.problem, message);
    return true;
  }

  /** Put the focus on the first field that was refused. */
  focusProblem() {
    for (const { input } of this.fields.values()) {
      if (input.getAttribute("aria-invalid") !== "true") continue;
      input.focus();
      return;
    }
  }
}

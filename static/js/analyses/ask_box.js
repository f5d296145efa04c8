/** What is asked, and of what: the fields and buttons of a kind, the step of the weights, the list of blocks. */
import { find, make } from "../dom.js";
import { depthsOf } from "./kinds.js";

/** @typedef {import("../charts/scene.js").Scene} Scene */

export class AskBox {
  /**
   * @param {HTMLElement} element the panel
   * @param {{lesions: () => number[], blocks: () => number}} state blocks taken out, and how many there are
   * @param {import("./panel.js").Asked} asked
   * @param {() => void} onChoice a choice that changes how the answer is drawn
   */
  constructor(element, state, asked, onChoice) {
    this.element = element;
    this.state = state;
    this.asked = asked;
    this.onChoice = onChoice;
    /** @type {Record<string, string>} */
    this.fields = {};
    this.shownFields = "";
    this.shownSteps = "";
    this.shownBlocks = "";
    find("#restore", element).addEventListener("click", () => asked.onRestore());
  }

  /**
   * @param {import("./types.js").Kind} kind
   * @param {import("./types.js").Action} action
   * @param {Scene} scene
   */
  put(kind, action, { sides }) {
    const fields = Object.fromEntries(
      kind.fields
        .filter(({ name }) => name !== "drawn")
        .map(({ name, choices }) => {
          const value = this.fields[name] ?? choices[0][0];
          return [name, /^[\d.]+$/.test(value) ? Number(value) : value];
        }),
    );
    const chosen = /** @type {HTMLSelectElement} */ (find("#weights-step", this.element)).value;
    const step = chosen === "" ? null : Number(chosen);
    const depths = action.question.kind === "shattering" ? [{}] : depthsOf(sides).map((depth) => ({ depth }));
    for (const depth of depths) this.asked.ask({ ...action.question, ...depth, ...fields }, step);
  }

  /**
   * @param {import("./types.js").Kind} kind
   * @param {import("../charts/scene.js").GetScene} scene
   */
  show(kind, scene) {
    const { run } = scene();
    const asks = run.id !== null;
    if (this.shownFields !== kind.name) {
      this.shownFields = kind.name;
      const fields = kind.fields.map((field) => {
        const choices = field.choices.map(([value, words]) => make("option", words, { value }));
        const select = /** @type {HTMLSelectElement} */ (make("select", null, {}, choices));
        select.value = this.fields[field.name] ?? field.choices[0][0];
        select.addEventListener("change", () => {
          this.fields[field.name] = select.value;
          this.onChoice();
        });
        return make("label", `${field.label} `, {}, [select]);
      });
      const actions = kind.actions.map((action) => {
        const button = make("button", action.label, { type: "button", class: "ask" });
        button.addEventListener("click", () => this.put(kind, action, scene()));
        return button;
      });
      find(".choices", this.element).replaceChildren(...fields, ...actions);
    }
    for (const button of this.element.querySelectorAll(".ask")) button.toggleAttribute("disabled", !asks);
    find(".weights-of", this.element).hidden = kind.actions.length === 0;
    this.showSteps(run);
    this.showBlocks(asks);
  }

  /** @param {import("../types.js").Run} run */
  showSteps(run) {
    const key = `${run.id} ${run.kept}`;
    if (key === this.shownSteps) return;
    this.shownSteps = key;
    const select = /** @type {HTMLSelectElement} */ (find("#weights-step", this.element));
    const before = select.value;
    select.replaceChildren(
      make("option", "now", { value: "" }),
      ...run.kept.map((step) => make("option", `step ${step}`, { value: String(step) })),
    );
    select.value = run.kept.includes(Number(before)) ? before : "";
  }

  /** @param {boolean} asks */
  showBlocks(asks) {
    const lesions = this.state.lesions();
    const count = this.state.blocks();
    const key = `${count} ${lesions} ${asks}`;
    if (key === this.shownBlocks) return;
    this.shownBlocks = key;
    const list = find(".block-list", this.element);
    if (list.childElementCount !== count) {
      list.replaceChildren(
        ...Array.from({ length: count }, (_, at) => {
          const button = make("button", String(at + 1), { type: "button", "aria-label": `Block ${at + 1}` });
          button.addEventListener("click", () => this.asked.onBlock(at + 1));
          return button;
        }),
      );
    }
    [...list.children].forEach((child, at) => {
      child.setAttribute("aria-pressed", String(lesions.includes(at + 1)));
      child.toggleAttribute("disabled", !asks);
    });
    find("#restore", this.element).toggleAttribute("disabled", lesions.length === 0);
  }
}

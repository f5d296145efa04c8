/** Templates of the form: a field, a group of fields, an arm with the picture of its block. */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { inWords } from "../../model/bounds.js";
import { isDefault } from "../../model/form_values.js";
import { equation } from "../../model/labels.js";
import { connectionOf, connections, settingLabel, valueLabel } from "../../model/records.js";
import { blockPicture } from "../block_picture.js";

/** @typedef {import("../../model/form_values.js").Field} Field */
/**
 * @typedef {object} Form what the templates show and call
 * @property {Map<string, string>} texts
 * @property {Map<string, string>} problems why fields were refused
 * @property {() => void} changed a field was left with another value
 * @property {(path: string) => void} putBack give a refused field its last good value
 * @property {(path: string) => string} goodText that value
 * @property {(path: string, value: string) => void} choose
 */

/**
 * @param {Form} form
 * @param {Field} field
 */
function fieldOf(form, { path, bound, used, choices }) {
  const id = idOf(path);
  const problem = form.problems.get(path) ?? "";
  const [notes, invalid] = [`${id}-bound ${id}-problem`, problem ? "true" : nothing];
  const input =
    bound.choices.length > 0
      ? html`<select id=${id} name=${path} aria-describedby=${notes} aria-invalid=${invalid} @change=${form.changed}>${bound.choices.map(
          (choice) =>
            html`<option value=${choice} ?hidden=${!choices.includes(choice)}>${valueLabel(bound.name, choice)}</option>`,
        )}</select>`
      : html`<input type="text" inputmode=${bound.kind.endsWith("s") ? "text" : "decimal"} autocomplete="off" id=${id}
          name=${path} placeholder=${bound.optional ? (bound.kind === "numbers" ? "one rate" : "as below") : nothing}
          aria-describedby=${notes} aria-invalid=${invalid} @change=${form.changed}>`;
  return html`<div class="field" ?hidden=${!used}><label class="label" for=${id}>${settingLabel(bound.name)}</label>${input}<span
    class="bound" id="${id}-bound">${[bound.about, inWords(bound)].filter(Boolean).join("; ")}</span><span
    class="problem" id="${id}-problem">${problem ? html`<span aria-hidden="true">⚠</span> ${problem}` : nothing}</span>${
      problem ? putBackButton(form, path, bound.name) : nothing
    }</div>`;
}

/**
 * @param {Form} form
 * @param {string} path
 * @param {string} name of the setting
 */
function putBackButton(form, path, name) {
  const good = form.goodText(path);
  // where another field is at fault, all that was changed goes back
  const words = good === form.texts.get(path) ? "Undo the last change" : `Put back ${valueLabel(name, good)}`;
  return html`<button type="button" class="put-back" title="Esc" @click=${() => form.putBack(path)}>${words}</button>`;
}

/**
 * @param {Form} form
 * @param {{name: string, label: string, fields: Field[]}} group
 */
export function groupOf(form, { label, fields }) {
  return html`<fieldset class="group"><legend>${label}</legend><div class="fields">${fields.map((field) =>
    fieldOf(form, field),
  )}</div></fieldset>`;
}

/**
 * The last group: folded, with a note of what in it is not as usual.
 * @param {Form} form
 * @param {{name: string, label: string, fields: Field[]}} group
 */
export function foldedGroup(form, { label, fields }) {
  const unusual = fields.filter((field) => !isDefault(field, form.texts)).map(({ bound }) => settingLabel(bound.name));
  return html`<details class="group advanced"><summary><b>${label}</b> <span class="bound">${
    unusual.length > 0
      ? `changed: ${unusual.join(", ")}`
      : fields.map(({ bound }) => settingLabel(bound.name)).join(", ")
  }</span></summary><div class="fields">${fields.map((field) => fieldOf(form, field))}</div></details>`;
}

/**
 * @param {Form} form
 * @param {{index: number, style: number, fields: Field[], remove: (() => void) | null}} arm
 */
export function armOf(form, { index, style, fields, remove }) {
  const path = `arms.${index}.connection`;
  const record = connectionOf(form.texts.get(path) ?? "");
  const normed = form.texts.get(`arms.${index}.normalisation`) !== "none";
  const choose = (/** @type {Event} */ event, /** @type {string} */ name) => {
    const gallery = event.currentTarget instanceof Element ? event.currentTarget.closest("details") : null;
    if (gallery) gallery.open = false;
    gallery?.querySelector("summary")?.focus();
    form.choose(path, name);
  };
  return html`<fieldset class="arm-box" data-style=${style}><legend>Arm ${index + 1}</legend>
    <details class="gallery"><summary>${record ? blockPicture(record, normed) : nothing}<span class="block-name"><b>${record?.label}</b>
      <span>${blockEquation(form, index)}</span><span class="bound">choose by picture</span></span></summary>
      <div class="block-pictures" role="group" aria-label="Blocks for arm ${index + 1}">${connections().map(
        (one) => html`<button type="button" aria-pressed=${String(one === record)}
          @click=${(/** @type {Event} */ event) => choose(event, one.name)}>${blockPicture(one)}<span>${one.label}</span></button>`,
      )}</div></details>
    <div class="fields">${fields.map((field) => fieldOf(form, field))}</div>${
      remove ? html`<button type="button" class="remove" @click=${remove}>Remove this arm</button>` : nothing
    }</fieldset>`;
}

/**
 * What stands under the arms.
 * @param {(() => void) | null} add
 * @param {{name: string} | null} removed the arm that can be brought back
 * @param {() => void} undo
 */
export function armButtons(add, removed, undo) {
  return html`<div class="arm-buttons">${add ? html`<button type="button" @click=${add}>Add an arm</button>` : nothing}<span
    role="status">${removed ? `${removed.name} was removed.` : ""}</span>${
      removed ? html`<button type="button" id="undo-arm" @click=${undo}>Undo</button>` : nothing
    }</div>`;
}

/**
 * The equation of the block that an arm's fields describe.
 * @param {Form} form
 * @param {number} index
 */
function blockEquation({ texts }, index) {
  const text = (/** @type {string} */ name) => texts.get(`arms.${index}.${name}`) ?? "";
  const arm = {
    connection: text("connection"),
    activation: text("activation"),
    skip_scale: Number(text("skip_scale")),
  };
  return equation(/** @type {import("../../model/types.js").Arm} */ (/** @type {unknown} */ (arm)));
}

/** @param {string} path */
export function idOf(path) {
  return `field-${path.replaceAll(".", "-")}`;
}

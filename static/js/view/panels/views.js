/**
 * The views under the diagrams: their tabs, the words of those that are no analyses, the keys of all, and the fingers
 * that swipe from one to the next.
 */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { computed } from "../../../vendor/signals-core-1.14.5.js";
import { isUnderWay } from "../../model/answers.js";
import { CHOICE_KEYS, meaning } from "../../model/key_tables.js";
import { steady, whenever } from "../../model/reactive.js";
import { allViews, isAnalysis, sharePlace } from "../../model/records.js";
import { hasRegions } from "../../model/series.js";
import { viewWords } from "../../model/status.js";
import { find, sayInFull, show } from "../dom.js";
import { Pictures } from "../pictures.js";

/** Keys of the views in their order; that of the regions, which few data have, is the last. */
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-", "="];
/** Pixels that a finger moves sideways to be a swipe, and how much farther than up or down. */
const [SWIPE, STEEP] = [60, 2];

/** @typedef {{name: string, label: string, key: string}} Tab */

export class Views {
  /**
   * @param {import("../../model/state.js").Store} store
   * @param {Record<string, Pictures>} pictures of the views, by the id of their element
   * @param {ReturnType<typeof import("../open_view.js").viewOpener>} openView
   */
  constructor({ state }, pictures, openView) {
    this.state = state;
    this.openView = openView;
    this.pictures = pictures;
    const usual = allViews().filter(({ name }) => name !== "regions");
    /** @type {Map<string, string>} */
    const keys = new Map(usual.map(({ name }, index) => [name, KEYS[index]]));
    keys.set("regions", KEYS[usual.length] ?? "");
    const inPlane = computed(() => hasRegions(state.run.value));
    /** @type {import("../../../vendor/signals-core-1.14.5.js").ReadonlySignal<Tab[]>} */
    this.tabs = computed(() =>
      allViews()
        .filter(({ name }) => name !== "regions" || inPlane.value)
        .map((one) => ({ ...one, key: keys.get(one.name) ?? "" })),
    );
    /** the open view; that of the curves where there are no regions */
    this.open = computed(() =>
      this.tabs.value.some(({ name }) => name === state.view.value.open) ? state.view.value.open : "curves",
    );
    /** the view beside it */
    this.beside = computed(() => {
      const { value } = state.beside;
      const isThere = this.tabs.value.some(({ name }) => name === value);
      return value !== null && isThere && !sharePlace(value, this.open.value) ? value : null;
    });
    this.keys = [...keys.values()].filter(Boolean);
    /** of each analysis under way its kind, and how many per cent are done */
    this.underWay = steady(() =>
      state.analyses.value
        .filter(isUnderWay)
        .map(({ question, progress }) => /** @type {const} */ ([question.kind, Math.round(100 * progress)])),
    );
  }

  show() {
    const { state } = this;
    whenever(
      () => [this.tabs.value, this.open.value, this.beside.value, this.underWay.value, state.wide.value],
      () => this.showTabs(),
    );
    whenever(
      () => [this.open.value, this.beside.value],
      () => this.showViews(),
    );
    whenever(
      () => [this.beside.value, state.view.value, state.cursor.value, state.newestEvaluation.value, state.sides.value],
      () => this.showWords(),
    );
    const menu = /** @type {HTMLSelectElement} */ (find("#view-menu"));
    menu.addEventListener("change", () => this.openView(menu.value));
    const second = /** @type {HTMLSelectElement} */ (find("#beside-menu"));
    second.addEventListener("change", () => this.openView(second.value || null, true));
    find("#close-beside").addEventListener("click", () => this.openView(null, true));
    this.listenToSwipes();
  }

  /** @param {string} name */
  element(name) {
    return find(isAnalysis(name) ? "#analyses" : `#view-${name}`);
  }

  /** The open view, and the one beside it. */
  showViews() {
    const [open, beside] = [this.open.value, this.beside.value];
    document.documentElement.dataset.view = open;
    for (const view of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".view"))) {
      const isSecond = beside !== null && view === this.element(beside);
      view.hidden = view !== this.element(open) && !isSecond;
      view.classList.toggle("beside", isSecond);
    }
    for (const name of [open, beside]) if (name !== null) this.pictures[this.element(name).id].arrange();
  }

  showTabs() {
    const open = this.open.value;
    const underWay = new Map(this.underWay.value);
    const tab = (/** @type {Tab & {kinds?: string[]}} */ { name, label, key, kinds }) => {
      const running = kinds?.map((kind) => underWay.get(kind)).find((percent) => percent !== undefined);
      return html`<button type="button" role="tab" id="tab-${name}" aria-selected=${name === open}
        aria-controls=${this.element(name).id} aria-keyshortcuts=${key || nothing} tabindex=${name === open ? 0 : -1}
        @click=${() => this.openView(name)} @keydown=${(/** @type {KeyboardEvent} */ event) => this.openNext(event)}
        >${label}${running === undefined ? (key ? html`<small aria-hidden="true">${key}</small>` : nothing) : html`<small data-progress>${running} %</small>`}</button>`;
    };
    show(this.tabs.value.map(tab), find("#view-tabs"));
    const option = (/** @type {Tab} */ { name, label }) => html`<option value=${name}>${label}</option>`;
    show(this.tabs.value.map(option), find("#view-menu"));
    /** @type {HTMLSelectElement} */ (find("#view-menu")).value = open;
    this.element(open).setAttribute("aria-labelledby", `tab-${open}`);
    this.showSecond();
  }

  /** The menu of the view beside the open one. */
  showSecond() {
    const beside = this.beside.value;
    const others = this.tabs.value.filter(({ name }) => !sharePlace(name, this.open.value));
    find(".beside-menu").hidden = !this.state.wide.value;
    find("#close-beside").hidden = beside === null;
    const menu = /** @type {HTMLSelectElement} */ (find("#beside-menu"));
    const option = (/** @type {Tab} */ { name, label }) => html`<option value=${name}>${label}</option>`;
    show([html`<option value="">nothing</option>`, others.map(option)], menu);
    menu.value = beside ?? "";
    if (beside !== null) this.element(beside).setAttribute("aria-labelledby", `tab-${beside}`);
  }

  showWords() {
    const scene = this.state.scene.value;
    for (const name of [this.open.value, this.beside.value]) {
      if (name === null || isAnalysis(name)) continue;
      const words = viewWords({ ...scene, view: { ...scene.view, open: name } });
      sayInFull(find(".view-words", this.element(name)), words);
    }
  }

  /** @param {KeyboardEvent} event */
  openNext(event) {
    const by = meaning(CHOICE_KEYS, event.key);
    if (by === undefined || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.turn(by);
    find(`#tab-${this.open.value}`).focus();
  }

  /** @param {number} by so many views on, or back */
  turn(by) {
    const names = this.tabs.value.map(({ name }) => name);
    this.openView(names[(names.indexOf(this.open.value) + by + names.length) % names.length]);
  }

  /**
   * Open the view of a key. The key of the open view turns to its next picture.
   * @param {string} key
   */
  press(key) {
    const tab = this.tabs.value.find((one) => one.key === key);
    if (!tab) return;
    if (tab.name === this.open.value) this.pictures[this.element(tab.name).id].turn(1);
    else this.openView(tab.name);
  }

  /**
   * Open the view of a key beside the open one, where there is room; if it is there, close it.
   * @param {string} key
   */
  pressBeside(key) {
    const tab = this.tabs.value.find((one) => one.key === key);
    if (tab && this.state.wide.value && !this.state.view.value.presenter)
      this.openView(tab.name === this.beside.value ? null : tab.name, true);
  }

  /** A finger that moves sideways over a view opens the next, or the one before. */
  listenToSwipes() {
    /** @type {{x: number, y: number} | null} */
    let began = null;
    for (const view of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".view"))) {
      view.addEventListener("pointerdown", (event) => {
        const isFree = event.target instanceof Element && !event.target.closest("input, select, button, .space");
        began = event.pointerType === "touch" && isFree ? { x: event.clientX, y: event.clientY } : null;
      });
      view.addEventListener("pointerup", (event) => {
        if (!began) return;
        const [x, y] = [event.clientX - began.x, event.clientY - began.y];
        began = null;
        if (Math.abs(x) > SWIPE && Math.abs(x) > STEEP * Math.abs(y)) this.turn(x < 0 ? 1 : -1);
      });
    }
  }
}

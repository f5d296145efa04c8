/**
 * The view of the open analysis: its fields and buttons, progress, words and pictures. What only one kind needs is in
 * its own module, ``view/analyses/<name>.js``.
 */
import { html, nothing } from "../../../vendor/lit-html-3.3.3.js";
import { endWords, isUnderWay, timeLeft } from "../../model/answers.js";
import { checkpointsUpTo, chosenOf, offered } from "../../model/choices.js";
import { whenever } from "../../model/reactive.js";
import { isLecturer } from "../../model/records.js";
import { isLive } from "../../model/run.js";
import { sentence } from "../../model/status.js";
import { savedAnswer } from "../answer_pictures.js";
import { AnswerTimes } from "../answer_times.js";
import { wireMenu } from "../chart_menu.js";
import { draw, layout } from "../charts/plot.js";
import { canDraw, clearSurface, drawSurface } from "../charts/surface.js";
import { fieldValue, find, say, sayInFull, show } from "../dom.js";
import { StoredAnswers } from "../stored_answers.js";

/** @typedef {import("../../model/types.js").AnalysisEvent} AnalysisEvent */
/** @typedef {import("../../model/types.js").NamedKind} NamedKind */
/** @typedef {import("../../model/types.js").Picture} Picture */

/**
 * @typedef {import("../../model/state.js").Store & {commands: import("../commands.js").Commands,
 *   scheduler: import("../scheduler.js").Scheduler, pictures: import("../pictures.js").Pictures}} Lab
 */

export class AnalysesPanel {
  /**
   * @param {HTMLElement} element
   * @param {Lab} lab
   * @param {import("../../model/records.js").AnalysisRecord[]} records of all analyses, in the order of their tabs
   */
  constructor(element, lab, records) {
    this.element = element;
    this.lab = lab;
    this.records = records;
    /** @type {Set<string>} names of the analyses whose modules are loaded, or on the way */
    this.loading = new Set();
    this.interval = 250;
    /** the address of the bundle that draws them */
    this.surfaces = element.dataset.surfaces ?? "";
    this.times = new AnswerTimes(() => this.showControls());
    this.stored = new StoredAnswers(lab.actions.receive);
    /** @type {Picture[]} of the shown answer */
    this.pictures = [];
    this.figures = ["a", "b", "c", "d", "e"].map((letter) => find(`#answer-${letter}`, element));
    lab.pictures.isUsed = (figure) => this.pictures[this.figures.indexOf(figure)] !== undefined;
    this.figures.forEach((figure, index) => {
      wireMenu(figure, () => this.menuOf("abcde"[index]));
    });
  }

  /** @returns {NamedKind | undefined} */
  get kind() {
    return this.lab.state.kind.value;
  }

  /** The shown answer, once it has found something. */
  get answer() {
    return this.lab.state.found.value;
  }

  /** Show the panel, and of every analysis that is chosen its module. */
  show() {
    const { state, scheduler } = this.lab;
    const { answer, blocks, checkpoints, choices, film, kind, removed, runId, view, weightsOf } = state;
    whenever(
      () => [answer.value, blocks.value, checkpoints.value, choices.value, film.value, removed.value],
      () => this.showControls(),
    );
    whenever(
      () => [kind.value, runId.value, view.value, weightsOf.value],
      () => this.showControls(),
    );
    scheduler.follow(this, {
      chosen: () => [
        ...[kind.value, choices.value, view.value.target, view.value.presenter],
        ...[view.value.picture, view.value.besidePicture],
      ],
      measured: () => [answer.value, state.sides.value, state.colours.value, state.layoutChanges.value, runId.value],
    });
    whenever(
      () => state.answers.value,
      () => this.stored.complete(runId.value, state.answers.value),
    );
    whenever(
      () => state.analysis.value,
      () => void this.load(state.analysis.value),
    );
  }

  /**
   * Load the module of an analysis, unless that was done. A first view needs only one of them.
   * @param {string} name
   */
  async load(name) {
    const record = this.records.find((one) => one.name === name);
    if (!record || this.loading.has(name)) return;
    this.loading.add(name);
    const { actions } = this.lab;
    try {
      /** @type {{analysis: import("../../model/types.js").Kind<import("../../model/types.js").Finding>}} */
      const { analysis } = await import(`../analyses/${name}.js`);
      const kind = { ...analysis, ...record };
      actions.analysisLoaded(kind);
      kind.start?.(this.lab);
      actions.dismiss("analysis");
    } catch {
      this.loading.delete(name);
      actions.notify("analysis", `${record.label} could not be loaded; open it again.`, { bad: true });
    }
  }

  /** All but the charts and the progress. */
  showControls() {
    const { kind, element, lab } = this;
    // while its module is on the way, nothing of the analysis before it is left to be pressed or read
    const below = kind?.below?.(lab) ?? nothing;
    show(kind ? this.choices(kind) : nothing, find(".choices", element));
    find(".below", element).hidden = below === nothing;
    show(below, find(".below", element));
    find(".weights-of", element).hidden = !kind?.actions.length;
    this.showCheckpoints();
    show(kind ? this.words(kind).map((line) => html`<p>${line} </p>`) : nothing, find(".words", element));
  }

  /** @param {NamedKind} kind */
  choices(kind) {
    const { state, actions, commands } = this.lab;
    const asks = state.runId.value !== null;
    const answered = state.analyses.value.filter((event) => event.state === "finished").length;
    const kept = checkpointsUpTo(state.run.value, state.weightsOf.value);
    const select = (/** @type {import("../../model/types.js").Field} */ field) => {
      const chosen = chosenOf(kind, field, state.choices.value, kept);
      const choose = (/** @type {Event} */ event) => actions.choose(field.name, fieldValue(event));
      return html`<label>${field.label} <select @change=${choose}>${offered(kind, field, kept).map(
        ({ value, words, can }) =>
          html`<option value=${value} ?disabled=${!can} .selected=${value === chosen}>${words}</option>`,
      )}</select></label>`;
    };
    return [
      ...kind.fields.filter(({ drawing }) => drawing || isLecturer()).map(select),
      ...(isLecturer() ? kind.actions : []).map((action, index) => {
        const takes = asks ? this.times.of(state.run.value, commands.questions(kind, action), answered) : "";
        return html`<button type="button" class=${index === 0 && !this.answer ? "ask primary" : "ask"} ?disabled=${!asks}
          title=${takes && `Takes about ${takes}`} @click=${() => commands.analyse(kind, action)}>${action.label}${
            takes && html` <span class="takes" aria-hidden="true">${takes}</span>`
          }</button>`;
      }),
      kind.controls?.(this.lab) ?? nothing,
    ];
  }

  showCheckpoints() {
    const { state, actions } = this.lab;
    const select = /** @type {HTMLSelectElement} */ (find("#weights-step", this.element));
    const step = (/** @type {number} */ one) => html`<option value=${one}>step ${one}</option>`;
    // of a recorded run the last weights may be too large to travel
    const { checkpoints, run } = state;
    const { step: newest } = run.value;
    const now = isLive(run.value) || (checkpoints.value.at(-1) ?? newest) === newest ? "now" : "the last kept";
    show([html`<option value="">${now}</option>`, checkpoints.value.map(step)], select);
    select.value = String(state.weightsOf.value ?? "");
    select.onchange = () => actions.chooseWeights(select.value === "" ? null : Number(select.value));
  }

  /** @param {AnalysisEvent | undefined} event */
  showProgress(event) {
    const busy = isUnderWay(event);
    find(".under-way", this.element).hidden = !busy;
    this.element.classList.toggle("busy", busy);
    if (event && busy)
      /** @type {HTMLProgressElement} */ (find(".under-way progress", this.element)).value = event.progress;
    const percent = event && busy ? [`${Math.round(100 * event.progress)} %`, timeLeft(event)].join(" ").trim() : "";
    say(find("#analysis-state", this.element), event?.state === "waiting" ? "waiting" : percent);
    find("#analysis-cancel", this.element).onclick = () => {
      for (const one of this.lab.state.answers.value)
        if (isUnderWay(one)) this.lab.commands.cancelAnalysis(one.analysis);
    };
  }

  /**
   * What was found, and of what.
   * @param {NamedKind} kind
   * @returns {string[]}
   */
  words(kind) {
    const event = this.lab.state.answer.value;
    const { answer } = this;
    const lines = [
      ...(answer?.finding.words ?? []).map(sentence),
      answer && "caveat" in answer.finding ? answer.finding.caveat : "",
    ];
    if (event?.state === "waiting" && !answer) lines.push("Waiting for its turn.");
    if (answer) lines.push(kind.origin?.(answer) ?? (answer.step === null ? "" : `Weights of step ${answer.step}.`));
    lines.unshift(endWords(event));
    const shown = lines.filter((line) => line !== "");
    if (shown.length > 0) return shown;
    if (!isLecturer()) return [this.elsewhere()];
    if (this.lab.state.runId.value !== null) return shown;
    return [
      kind.needs_weights
        ? "These networks are not trained yet. Press Train, then ask."
        : "These networks are not trained yet. Press Train, then it is measured.",
    ];
  }

  /** Where the lecturer's questions of this kind were answered, for one who cannot ask. */
  elsewhere() {
    if (isUnderWay(this.lab.state.answer.value)) return "The lecturer has asked; the answer is being computed.";
    const depths = this.lab.state.analyses.value.map(({ question }) => question.depth);
    const known = [...new Set(depths.filter((depth) => typeof depth === "number"))].sort((one, other) => one - other);
    return known.length > 0
      ? `The lecturer has asked about ${known.join(", ")} layers: choose that depth.`
      : "Nothing was found here yet. What the lecturer asks is answered here.";
  }

  /** The charts, and then the progress: what is no longer under way is drawn. */
  draw() {
    const { kind, answer, element } = this;
    const { state } = this.lab;
    this.pictures = kind && answer ? kind.pictures(answer, state.scene.value, state.choices.value) : [];
    element.classList.toggle("answered", this.pictures.length > 0);
    sayInFull(
      find(".about-kind", element),
      [kind?.about, this.pictures.length > 2 ? kind?.more : ""].filter(Boolean).join(" "),
    );
    // how large a picture is depends on how many there are
    this.lab.pictures.arrange();
    this.pictures.forEach((picture, index) => {
      if (!this.figures[index].hidden) this.drawPicture(this.figures[index], picture);
    });
    this.showProgress(state.answer.value);
  }

  /**
   * @param {HTMLElement} figure
   * @param {Picture} picture
   */
  drawPicture(figure, picture) {
    const { colours } = this.lab.state.scene.value;
    say(find(".chart-title", figure), picture.title);
    say(find(".about", figure), picture.about);
    const plot = find(".plot", figure);
    const space = find(".space", figure);
    plot.setAttribute("aria-label", `${picture.title}: ${picture.about}. “Show the numbers” gives it as a table.`);
    const solid = picture.solid && canDraw() ? picture.z : undefined;
    plot.hidden = solid !== undefined;
    if (space.hidden === plot.hidden) {
      space.hidden = !solid;
      if (!solid) void clearSurface(space);
    }
    if (solid) void drawSurface(space, this.surfaces, solid, colours);
    else draw(plot, picture.traces, layout(plot, colours, picture));
  }

  /**
   * What the menu of a chart saves and shows.
   * @param {string} letter of the chart
   */
  menuOf(letter) {
    const { kind, answer } = this;
    const { scene, choices } = this.lab.state;
    return {
      title: kind?.label ?? "",
      numbers: kind && answer ? kind.numbers(answer, scene.value) : { heads: [], rows: [] },
      saved: savedAnswer(kind, answer, scene.value, choices.value, "abcde".indexOf(letter), this.surfaces),
    };
  }
}

/**
 * The panel of the analyses: tabs, the choices of the chosen one, its button, progress, charts and words. It asks by
 * ``ask`` and shows what the run's ``analysis`` events say; it knows no socket.
 */
import { find, make, say, table } from "../dom.js";
import { draw, layout, save } from "../plot.js";
import { AskBox } from "./ask_box.js";
import { captionOf, momentsOf } from "./flow.js";
import { KINDS, newest, together, underWay } from "./kinds.js";
import { Player } from "./player.js";
import { speedNumbers, speedPicture, speedWords } from "./speed.js";
import { canDraw, clearSurface, drawSurface } from "./surface.js";

/** @typedef {import("../charts/scene.js").Scene} Scene */
/** @typedef {import("./types.js").AnalysisEvent} AnalysisEvent */
/** @typedef {import("./types.js").Picture} Picture */

/**
 * @typedef {object} Asked
 * @property {(question: import("./types.js").Question, step: number | null) => void} ask
 * @property {(analysis: string) => void} cancel
 * @property {(block: number) => void} onBlock a block of the list was pressed
 * @property {() => void} onRestore all blocks shall be back
 * @property {() => void} onView tab or target changed: the link is written anew
 * @property {() => void} onFilm the film has moved on
 * @property {() => void} onRolling the film begins: the diagrams shall be in sight
 */

export class AnalysesPanel {
  /**
   * @param {HTMLElement} element
   * @param {import("../charts/scene.js").GetScene} scene
   * @param {{lesions: () => number[], blocks: () => number}} state blocks taken out, and how many there are
   * @param {Asked} asked
   */
  constructor(element, scene, state, asked) {
    this.element = element;
    this.scene = scene;
    this.asked = asked;
    this.interval = 250;
    /** @type {"step" | "seconds" | "flops"} */
    this.unit = "step";
    this.figures = ["a", "b", "c", "d", "e"].map((letter) => find(`#answer-${letter}`, element));
    this.box = new AskBox(element, state, asked, () => this.draw());
    this.player = new Player(find(".film", element), () => this.filmMoved(), asked.onRolling);
    this.wire();
  }

  get kind() {
    return KINDS.find((kind) => kind.name === this.scene().view.analysis) ?? KINDS[0];
  }

  /** The analyses that the chosen tab shows now. */
  get events() {
    const { run, sides } = this.scene();
    return newest(run.analyses, this.kind.name, sides);
  }

  /** The same as one. */
  get event() {
    return together(this.events, this.scene().sides);
  }

  wire() {
    const tabs = find("[role=tablist]", this.element);
    tabs.replaceChildren(
      ...KINDS.map((kind) => {
        const attributes = { type: "button", role: "tab", id: `tab-${kind.name}`, "aria-controls": "answer" };
        const tab = make("button", kind.label, attributes);
        tab.addEventListener("click", () => this.choose(kind.name));
        return tab;
      }),
    );
    tabs.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (by === undefined || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      const at = KINDS.indexOf(this.kind);
      const next = KINDS[(at + by + KINDS.length) % KINDS.length];
      this.choose(next.name);
      find(`#tab-${next.name}`).focus();
    });
    find("#analysis-cancel", this.element).addEventListener("click", () => {
      for (const event of this.events) if (underWay(event)) this.asked.cancel(event.analysis);
    });
    const target = this.target;
    target.addEventListener("input", () => {
      this.scene().view.target = Number(target.value) / 100;
      this.draw();
      this.asked.onView();
    });
    for (const button of this.element.querySelectorAll("[data-unit]")) {
      button.addEventListener("click", () => {
        this.unit = /** @type {any} */ (/** @type {HTMLElement} */ (button).dataset.unit);
        this.draw();
      });
    }
    this.figures.forEach((figure, index) => {
      this.wireMenu(figure, index);
    });
  }

  get target() {
    return /** @type {HTMLInputElement} */ (find("#target", this.element));
  }

  /**
   * @param {HTMLElement} figure
   * @param {number} index
   */
  wireMenu(figure, index) {
    const more = /** @type {HTMLDetailsElement} */ (find("details.more", figure));
    for (const button of more.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        more.open = false;
        const format = button.dataset.save;
        const name = `skipscope-${this.kind.name}-${"abcde"[index]}`;
        const ground = this.scene().colours.panel;
        if (format) void save(find(".plot", figure), format === "svg" ? "svg" : "png", name, ground);
        else this.showNumbers();
      });
    }
  }

  /** @param {string} name */
  choose(name) {
    this.scene().view.analysis = name;
    if (name !== "flow") this.player.away();
    this.draw();
    this.asked.onView();
  }

  draw() {
    const scene = this.scene();
    const { kind, event } = this;
    for (const one of KINDS) {
      const tab = find(`#tab-${one.name}`, this.element);
      tab.setAttribute("aria-selected", String(one === kind));
      tab.tabIndex = one === kind ? 0 : -1;
    }
    say(find(".about-kind", this.element), kind.about);
    this.box.show(kind, this.scene);
    this.showProgress(event);
    const answer = event?.finding ? event : undefined;
    find(".film", this.element).hidden = kind.name !== "flow";
    find(".speed", this.element).hidden = kind.name !== "speed";
    find(".blocks", this.element).hidden = kind.name !== "lesion";
    if (kind.name === "flow") this.player.load(answer ? momentsOf(deepest(answer.finding.arms)) : 0);
    this.showPictures(scene, answer);
    this.showWords(scene, answer);
  }

  /** @param {AnalysisEvent | undefined} event */
  showProgress(event) {
    const busy = underWay(event);
    find(".under-way", this.element).hidden = !busy;
    const bar = /** @type {HTMLProgressElement} */ (find(".under-way progress", this.element));
    if (event && busy) bar.value = event.progress;
    say(
      find("#analysis-state", this.element),
      !event ? "" : event.state === "waiting" ? "waiting" : busy ? `${Math.round(100 * event.progress)} %` : "",
    );
  }

  /**
   * @param {Scene} scene
   * @param {AnalysisEvent | undefined} answer
   */
  showPictures(scene, answer) {
    const pictures =
      this.kind.name === "speed"
        ? scene.run.evaluations.length > 0
          ? [speedPicture(scene, scene.view.target, this.unit)]
          : []
        : answer
          ? this.kind.pictures(answer, scene)
          : [];
    find("#answer", this.element).classList.toggle("alone", pictures.length === 1);
    find("#answer", this.element).hidden = pictures.length === 0;
    find("#answer-more", this.element).hidden = pictures.length <= 2;
    say(find(".about-more", this.element), pictures.length > 2 ? (this.kind.more ?? "") : "");
    this.figures.forEach((figure, index) => {
      figure.hidden = pictures[index] === undefined;
      if (pictures[index]) this.showPicture(figure, pictures[index], scene);
    });
  }

  /**
   * @param {HTMLElement} figure
   * @param {Picture} picture
   * @param {Scene} scene
   */
  showPicture(figure, picture, scene) {
    say(find(".chart-title", figure), picture.title);
    say(find(".about", figure), picture.about);
    const plot = find(".plot", figure);
    const space = find(".space", figure);
    plot.setAttribute("aria-label", `${picture.title}: ${picture.about}. “Show the numbers” gives it as a table.`);
    const deep = picture.z !== undefined && this.box.fields.drawn === "surface" && canDraw();
    plot.hidden = deep;
    if (space.hidden === deep) {
      space.hidden = !deep;
      if (!deep) void clearSurface(space);
    }
    if (deep) void drawSurface(space, this.element.dataset.surfaces ?? "", picture.z, scene.colours);
    else draw(plot, picture.traces, layout(plot, scene.colours, { x: picture.x, y: picture.y }));
  }

  /**
   * @param {Scene} scene
   * @param {AnalysisEvent | undefined} answer
   */
  showWords(scene, answer) {
    const { event, kind } = this;
    const { run } = scene;
    const lines =
      kind.name === "speed"
        ? speedWords(scene, scene.view.target)
        : [...(answer?.finding.words ?? []).map(sentence), ...(answer?.finding.caveat ? [answer.finding.caveat] : [])];
    const fresh = answer?.question.kind === "shattering" && answer.question.setting !== "trained";
    if (fresh) lines.push("Fresh networks with the arms of this run; its weights are not used.");
    else if (answer?.step != null) lines.push(`Weights of step ${answer.step}.`);
    if (event?.state === "failed") lines.unshift(`It could not be done: ${event.reason}.`);
    if (event?.state === "cancelled") lines.unshift("Cancelled; what was found until then is shown.");
    if (lines.length === 0 && run.id === null)
      lines.push("This run is a recording, without its weights. Press Train, then ask.");
    const box = find(".words", this.element);
    const text = lines.join("\n");
    if (box.dataset.text !== text) {
      box.dataset.text = text;
      box.replaceChildren(...lines.map((line) => make("p", line)));
    }
    find("#target-shown", this.element).textContent = `${Math.round(100 * scene.view.target)} %`;
    this.target.value = String(Math.round(100 * scene.view.target));
    for (const button of this.element.querySelectorAll("[data-unit]"))
      button.setAttribute("aria-checked", String(/** @type {HTMLElement} */ (button).dataset.unit === this.unit));
  }

  showNumbers() {
    const scene = this.scene();
    const { event, kind } = this;
    const told =
      kind.name === "speed"
        ? speedNumbers(scene, scene.view.target)
        : event?.finding
          ? kind.numbers(event, scene)
          : { heads: [], rows: [] };
    say(find("#numbers-title"), kind.label);
    find("#numbers-table").replaceChildren(
      told.rows.length ? table(told.heads, told.rows) : "Nothing has been measured yet.",
    );
    /** @type {HTMLDialogElement} */ (find("#numbers")).showModal();
  }

  filmMoved() {
    const scene = this.scene();
    const { event } = this;
    const { moment } = this.player;
    const arms = event?.finding?.arms;
    say(find(".caption", this.element), arms && moment !== null ? captionOf(arms, scene, moment) : "");
    this.asked.onFilm();
  }

  /** The film's place, for the diagrams; null when none is shown. */
  get film() {
    const { event } = this;
    const { moment } = this.player;
    if (moment === null || this.kind.name !== "flow" || !event?.finding) return null;
    return { arms: event.finding.arms, moment, layers: deepest(event.finding.arms) };
  }
}

/** @param {{layers: number}[]} arms */
function deepest(arms) {
  return Math.max(...arms.map((arm) => arm.layers));
}

/** @param {string} text */
function sentence(text) {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/**
 * Asking: what the Lab needs of the analyses in one place. It keeps the blocks that are taken out, asks about them,
 * tells the answer with its undo, and dresses the scene for the diagrams: lesions, shares at every ⊕, the film.
 */
import { find } from "../dom.js";
import { notice } from "../notices.js";
import { decades, momentOf } from "./flow.js";
import { depthsOf, newest, together, withoutBlocks } from "./kinds.js";
import { AnalysesPanel } from "./panel.js";
import { TargetSlider } from "./target_slider.js";

/** @typedef {import("../charts/scene.js").Scene} Scene */

/**
 * @typedef {object} Lab what it needs of the page
 * @property {import("../session.js").Session} session
 * @property {import("../charts/scene.js").GetScene} scene
 * @property {import("../figures.js").Figures} figures
 * @property {import("../link.js").Link} link
 */

export class Asking {
  /** @param {Lab} lab */
  constructor(lab) {
    this.lab = lab;
    /** @type {number[][]} sets of blocks taken out, the newest last; each click adds one, undo takes it away */
    this.lesions = [[]];
    this.about = "";
    this.panel = new AnalysesPanel(
      find("#analyses"),
      lab.scene,
      { lesions: () => this.out, blocks: () => this.blocks },
      {
        ask: (question, step) => lab.session.ask(question, step),
        cancel: (analysis) => lab.session.cancelAnalysis(analysis),
        onBlock: (block) => this.toggle(block),
        onRestore: () => this.restore(),
        onView: () => {
          this.drawCut();
          lab.link.write();
        },
        onFilm: () => this.drawCut(),
        // on a phone the film's controls leave just enough room for both diagrams
        onRolling: () => (matchMedia("(max-width: 820px)").matches ? find(".sides").scrollIntoView() : scrollTo(0, 0)),
      },
    );
    lab.figures.scheduler.add(this.panel);
    this.slider = new TargetSlider(find("#chart-accuracy"), lab.scene, () => {
      this.drawPanel();
      lab.link.write();
    });
    lab.figures.scheduler.add(this.slider);
  }

  /** Blocks of the deeper of the shown networks. */
  get blocks() {
    return Math.max(0, ...this.lab.figures.diagrams.map((diagram) => diagram.meta()?.blocks ?? 0));
  }

  drawDiagrams() {
    const { scheduler, diagrams } = this.lab.figures;
    scheduler.mark(diagrams, true);
  }

  drawPanel() {
    this.lab.figures.scheduler.mark([this.panel, this.slider]);
  }

  /** Blocks that are taken out now. */
  get out() {
    return this.lesions[this.lesions.length - 1];
  }

  /**
   * Take a block out, or put it back.
   * @param {number} block from 1
   */
  toggle(block) {
    const { run } = this.lab.session;
    if (run.id === null) {
      notice("lesion", "This run is a recording, without its weights. Press Train, then click a block.");
      return;
    }
    const next = this.out.includes(block) ? this.out.filter((one) => one !== block) : [...this.out, block];
    this.lesions.push(next.sort((one, other) => one - other));
    this.changed();
  }

  undo() {
    if (this.lesions.length > 1) this.lesions.pop();
    this.changed();
  }

  restore() {
    this.lesions = [[]];
    this.changed();
  }

  /** Another set of blocks is out: ask about it, unless that is known. */
  changed() {
    const { sides, run } = this.lab.scene();
    for (const depth of this.out.length > 0 ? depthsOf(sides) : []) {
      const known = withoutBlocks(run.analyses, depth, this.out);
      const fresh = known?.state === "finished" && known.step === run.step;
      if (!fresh) this.lab.session.ask({ kind: "lesion", depth, blocks: this.out }, null);
    }
    this.drawCut();
  }

  /** Diagrams, big numbers and panel show what is out. */
  drawCut() {
    const { scheduler, words } = this.lab.figures;
    this.drawDiagrams();
    scheduler.mark([words], true);
    this.drawPanel();
  }

  /** @param {import("../types.js").WireEvent | null} event */
  news(event) {
    if (event?.type === "analysis") {
      if (event.question.kind === "lesion") this.drawCut();
      else this.drawDiagrams();
    }
    if (event === null || ["analysis", "weights", "evaluation", "state", "snapshot"].includes(event.type))
      this.drawPanel();
  }

  /** Another run, depth or arm is shown. What was cut belonged to what was shown before. */
  shownChanged() {
    const { run, sides } = this.lab.scene();
    const about = `${run.id} ${depthsOf(sides)}`;
    if (about !== this.about) {
      this.lesions = [[]];
      this.panel.player.away();
    }
    this.about = about;
    this.drawPanel();
  }

  /**
   * What the diagrams draw of the analyses.
   * @param {Scene} scene
   */
  dress(scene) {
    const { run, sides, view } = scene;
    if (this.out.length > 0) {
      for (const side of sides) {
        side.lesions = this.out;
        side.cut = cutOf(withoutBlocks(run.analyses, side.depth, this.out), side, this.out);
      }
    }
    const shown = view.analysis === "paths" ? together(newest(run.analyses, "paths", sides), sides) : null;
    for (const side of sides) {
      const film = this.filmOf(side);
      if (film) side.film = film;
      side.shares = film
        ? film.shares
        : sharesOf(
            shown?.finding?.arms.find((/** @type {any} */ arm) => arm.arm === side.arm && arm.layers === side.layers)
              ?.shortcut[0],
          );
    }
    return scene;
  }

  /**
   * The film's picture of one side, or null.
   * @param {import("../types.js").Side} side
   */
  filmOf(side) {
    const film = this.panel.film;
    const arm = film?.arms.find((/** @type {any} */ one) => one.arm === side.arm && one.layers === side.layers);
    if (!film || !arm) return null;
    const { phase, share } = momentOf(film.layers, film.moment);
    const forward = phase < 3;
    const reached =
      phase === 0 ? 0 : phase === 2 || phase === 4 ? arm.layers : Math.max(1, Math.round(share * arm.layers));
    const front = forward ? reached : arm.layers + 1 - reached;
    const [column] = /** @type {import("./types.js").Band} */ (forward ? arm.forward : arm.backward);
    return {
      forward,
      front,
      // what the signal has not reached yet has no colour
      column: column.map((value, at) =>
        (forward ? at < reached : at + 1 >= front) ? (value ?? Number.NaN) : Number.NaN,
      ),
      decades: decades(film.arms, forward ? "forward" : "backward"),
      shares: forward
        ? arm.shortcut_forward[0].map((/** @type {number | null} */ value, /** @type {number} */ at) =>
            parted(value, arm.branch_forward[0][at]),
          )
        : sharesOf(arm.shortcut_share[0]),
    };
  }
}

/**
 * @param {import("./types.js").AnalysisEvent | undefined} event
 * @param {import("../types.js").Side} side
 * @param {number[]} out
 * @returns {import("../types.js").Cut}
 */
function cutOf(event, side, out) {
  const blocks = out.length === 1 ? `block ${out[0]}` : `blocks ${out.join(", ")}`;
  if (event?.state === "failed") return { blocks, problem: `It could not be done: ${event.reason}.` };
  const arm = event?.finding?.arms.find((/** @type {any} */ one) => one.arm === side.arm && one.layers === side.layers);
  if (!arm) return { blocks };
  return { blocks, accuracy: arm.accuracy[0][0], loss: arm.loss[0][0], whole: arm.accuracy_before[0] };
}

/**
 * Widths of the two ways of every ⊕. A share below 0 or over 1 is drawn as none or all; the charts have the number.
 * @param {(number | null)[] | undefined} shortcut shares of the gradient that come by the shortcut
 */
export function sharesOf(shortcut) {
  return shortcut?.map((share) => {
    const drawn = Math.min(1, Math.max(0, share ?? 0));
    return { shortcut: drawn, branch: share === null ? 0 : 1 - drawn };
  });
}

/**
 * @param {number | null} shortcut
 * @param {number | null} branch
 */
function parted(shortcut, branch) {
  const sum = (shortcut ?? 0) + (branch ?? 0);
  return sum > 0 ? { shortcut: (shortcut ?? 0) / sum, branch: (branch ?? 0) / sum } : { shortcut: 0, branch: 0 };
}

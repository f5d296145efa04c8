/**
 * The session: which run this page follows and what it asks of the server. Turns events into the run of the
 * store; tells the page when something changed. No element of the page is touched here.
 */
import { Live } from "./live.js";
import { applyEvent, isLive, isOver, readyRun } from "./store.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").Experiment} Experiment */
/** @typedef {import("./types.js").WireEvent} WireEvent */

/**
 * @typedef {object} Listener
 * @property {(run: Run) => void} onRun another run, or another experiment, is shown
 * @property {(event: WireEvent | null) => void} onNews the shown run has news
 * @property {(error: {code: string, message: string, field: string | null, request: string | null}) => void} onError
 * @property {(kind: string, message: string | null) => void} onNotice null: it is over
 * @property {(state: import("./live.js").LinkState, code: number) => void} onLink
 */

export class Session {
  /**
   * @param {string} address of the websocket
   * @param {Experiment} experiment of the form, shown until there is a run
   * @param {string | null} wanted id of the run that the link names
   * @param {boolean} joins whether to follow the run that is in progress, when the link names none
   * @param {Listener} listener
   */
  constructor(address, experiment, wanted, joins, listener) {
    this.listener = listener;
    this.wanted = wanted;
    this.joins = joins;
    /** @type {Run} */
    this.run = readyRun(experiment);
    /** @type {string | null} the run before a reset, for undo */
    this.previous = null;
    this.starting = false;
    this.followed = false;
    this.live = new Live(address, (event) => this.take(event), listener.onLink);
  }

  connect() {
    this.live.connect();
  }

  /** @param {WireEvent} event */
  take(event) {
    switch (event.type) {
      case "welcome":
        this.welcome(event.active ?? null);
        break;
      case "started":
        this.starting = false;
        this.followed = true;
        if (event.run) this.live.adopt(event.run);
        break;
      case "error":
        this.refused(event);
        break;
      case "notice":
        this.listener.onNotice(event.kind, event.active ? event.message : null);
        break;
      case "pong":
        break;
      default:
        this.news(event);
    }
  }

  /** @param {string | null} active */
  welcome(active) {
    this.starting = false;
    if (this.live.run !== null) return;
    const run = this.wanted ?? (this.joins && !this.followed ? active : null);
    this.wanted = null;
    if (run !== null) {
      this.followed = true;
      this.live.follow(run);
    }
  }

  /** @param {WireEvent} event */
  refused(event) {
    this.starting = false;
    if (event.code === "unknown_run" && this.run.id !== this.live.run) {
      this.live.leave();
      this.followed = false;
    }
    const { code, message, field = null, request = null } = event;
    this.listener.onError({ code, message, field, request });
  }

  /** @param {WireEvent} event */
  news(event) {
    const run = applyEvent(this.run, event);
    if (run === null || run === this.run) return;
    this.run = run;
    if (event.type === "snapshot") this.listener.onRun(run);
    else this.listener.onNews(event);
  }

  /**
   * Show the recording that came with the program, unless a run is followed by now.
   * @param {WireEvent} snapshot
   */
  showRecording(snapshot) {
    if (this.followed || this.starting) return;
    const run = applyEvent(null, { ...snapshot, run: undefined });
    if (run) this.show(run);
  }

  /**
   * Show an experiment that has not been trained.
   * @param {Experiment} experiment
   */
  ready(experiment) {
    this.live.leave();
    this.show(readyRun(experiment));
  }

  /** @param {Run} run */
  show(run) {
    this.run = run;
    this.listener.onRun(run);
  }

  /**
   * Train the experiment from its beginning.
   * @param {Experiment} experiment
   * @param {boolean} paused
   */
  start(experiment, paused) {
    if (this.starting) return;
    if (isLive(this.run)) this.live.send("stop", { run: this.run.id });
    this.starting = this.live.send("start", { experiment, paused, request: "start" });
    if (!this.starting)
      this.listener.onNotice("line", "There is no connection to the server; it is being tried again.");
  }

  /**
   * A command to the run that is followed.
   * @param {"pause" | "resume" | "step" | "stop"} move
   */
  command(move) {
    if (isLive(this.run)) this.live.send(move, { run: this.run.id });
  }

  /**
   * Stop and clear; ``undo`` brings the run back.
   * @param {Experiment} experiment
   */
  reset(experiment) {
    if (isLive(this.run)) this.live.send("stop", { run: this.run.id });
    this.previous = this.run.id;
    this.followed = true;
    this.ready(experiment);
  }

  undo() {
    if (this.previous !== null) this.live.follow(this.previous);
    this.previous = null;
  }

  /**
   * @param {number | null} arm null: every arm
   * @param {number} rate
   */
  setLearningRate(arm, rate) {
    if (isLive(this.run)) this.live.send("set_learning_rate", { run: this.run.id, learning_rate: rate, arm });
  }

  /**
   * Put a question to the weights of the shown run.
   * @param {import("./analyses/types.js").Question} question
   * @param {number | null} step null: the weights of now
   */
  ask(question, step) {
    if (this.run.id !== null) this.live.send("analyse", { run: this.run.id, question, step, request: "analyse" });
  }

  /** @param {string} analysis */
  cancelAnalysis(analysis) {
    if (this.run.id !== null) this.live.send("cancel_analysis", { run: this.run.id, analysis });
  }

  /** Whether the run trains at this moment. */
  get training() {
    return isLive(this.run) && this.run.state !== "paused";
  }

  /** Whether the shown run has ended. */
  get over() {
    return isOver(this.run);
  }
}

/**
 * The session: which run this page follows, and what it asks of the server. Events become actions on the state.
 * No element of the page is touched here.
 */
import { doneElsewhere } from "../model/elsewhere.js";
import { isLive } from "../model/run.js";
import { LiveSocket } from "./socket.js";

/** @typedef {import("../model/types.js").Experiment} Experiment */
/** @typedef {import("../model/types.js").WireEvent} WireEvent */
/** @typedef {import("../model/types.js").Refused} Refused */

export class Session {
  /**
   * @param {string} address of the websocket
   * @param {import("../model/state.js").Store} store
   * @param {{wanted: string | null, joins: boolean, commands?: boolean, onRefused: (refused: Refused) => void}} options
   *   wanted: id of the run that the link names; joins: whether to follow the run that is in progress, when the link
   *   names none; commands: whether this page may command, else it watches, and what is in progress is followed
   */
  constructor(address, { state, actions }, { wanted, joins, commands = true, onRefused }) {
    this.state = state;
    this.actions = actions;
    this.wanted = wanted;
    this.joins = joins;
    this.commands = commands;
    /** whether another run is followed as soon as one begins */
    this.live = joins && !commands;
    this.onRefused = onRefused;
    this.starting = false;
    this.followed = false;
    /** @type {Set<string>} the ids that this window has had: one a connection */
    this.own = new Set();
    this.socket = new LiveSocket(
      address,
      (event) => this.receive(event),
      (link, code) => actions.linkChanged(link, code),
    );
  }

  connect() {
    this.socket.connect();
  }

  /** The shown run. */
  get run() {
    return this.state.run.peek();
  }

  /** Whether a run is followed, though nothing of it may have come yet. */
  get isFollowing() {
    return this.socket.run !== null;
  }

  /** The id of the shown run while it can be controlled; else null. */
  get liveRun() {
    return this.commands && isLive(this.run) ? this.run.id : null;
  }

  /** @param {WireEvent} event */
  receive(event) {
    switch (event.type) {
      case "welcome":
        this.own.add(event.viewer);
        this.welcome(event.active);
        break;
      case "active":
        this.begun(event.active);
        break;
      case "started":
        this.starting = false;
        this.followed = true;
        this.actions.viewersCounted(1);
        this.socket.adopt(event.run);
        break;
      case "error":
        this.refused(event);
        break;
      case "notice":
        if (event.active) this.actions.notify(event.kind, event.message, { bad: true });
        else this.actions.dismiss(event.kind);
        break;
      case "viewers":
        if (event.run === this.socket.run) this.actions.viewersCounted(event.count);
        break;
      case "deleted":
        this.showDraft();
        this.actions.notify("elsewhere", "The run that was shown here was deleted in another window.", { bad: true });
        break;
      case "pong":
        break;
      default:
        this.actions.receive(event);
        this.tellElsewhere(event);
    }
  }

  /**
   * Say what another window did to the run, until this one does something to it.
   * @param {import("../model/types.js").StreamEvent} event
   */
  tellElsewhere(event) {
    const words = doneElsewhere(event, this.own, this.run.experiment);
    if (words !== null) this.actions.notify("elsewhere", words);
    else if (event.type === "snapshot" || ("by" in event && event.by !== null)) this.actions.dismiss("elsewhere");
  }

  /** @param {string | null} active run that is in progress */
  welcome(active) {
    this.starting = false;
    this.actions.activeChanged(active);
    if (this.live && active !== null && active !== this.socket.run) this.follow(active);
    if (this.followed) return;
    const run = this.wanted ?? (this.joins ? active : null);
    this.wanted = null;
    if (run !== null) this.follow(run);
  }

  /**
   * A run has begun to train: one that watches follows it, one that commands is told.
   * @param {string} run
   */
  begun(run) {
    this.actions.activeChanged(run);
    if (this.starting || run === this.socket.run) return;
    if (this.live) this.follow(run);
    else
      this.actions.notify("elsewhere", this.commands ? "Another window trains a run." : "The lecturer trains a run.", {
        offer: { label: "Watch it", action: () => this.watch() },
      });
  }

  /** Follow what is in progress, and for a page that watches whatever will be. */
  watch() {
    const active = this.state.active.peek();
    if (active === null) return;
    this.live = !this.commands;
    if (active !== this.socket.run) this.follow(active);
  }

  /** @param {Refused} refused */
  refused(refused) {
    this.starting = false;
    if (refused.code === "unknown_run" && this.run.id !== this.socket.run) {
      this.leave();
      this.followed = false;
    }
    this.onRefused(refused);
  }

  /** @param {string} run */
  follow(run) {
    this.followed = true;
    this.actions.viewersCounted(1);
    this.socket.follow(run);
  }

  /** Follow nothing. */
  leave() {
    this.actions.viewersCounted(1);
    this.actions.dismiss("elsewhere");
    this.socket.leave();
  }

  /**
   * Show a recorded run, unless another one is followed by now. A run that is in progress is still joined.
   * @param {string} run
   * @param {import("../model/types.js").Snapshot} [snapshot] of it, where that is there already
   */
  showRecording(run, snapshot) {
    if (this.followed || this.starting) return;
    if (snapshot) this.actions.receive(snapshot);
    this.socket.follow(run, snapshot && { epoch: snapshot.epoch, seq: snapshot.seq });
  }

  /** Show the draft, which has not been trained. */
  showDraft() {
    this.leave();
    this.actions.showDraft();
  }

  /**
   * Train the experiment from its beginning.
   * @param {Experiment} experiment
   * @param {boolean} paused
   */
  start(experiment, paused) {
    if (this.starting || !this.commands) return;
    this.command("stop");
    this.starting = this.socket.send({ type: "start", experiment, paused, request: "start" });
    if (!this.starting) this.sayNoLine();
  }

  /**
   * A command to the run that is followed.
   * @param {"pause" | "resume" | "step" | "stop"} command
   */
  command(command) {
    const run = this.liveRun;
    if (run !== null) this.socket.send({ type: command, run });
  }

  /**
   * Stop the run and show another one instead, or the draft; ``undo`` brings back what the state remembers.
   * @param {string | null} [next] run to follow
   */
  reset(next = null) {
    this.command("stop");
    this.live = false;
    this.followed = true;
    this.showDraft();
    if (next !== null) this.follow(next);
  }

  undo() {
    this.socket.leave();
    this.actions.bringBack();
    if (this.run.id !== null) this.follow(this.run.id);
  }

  /**
   * @param {number | null} arm null: every arm
   * @param {number} rate
   */
  setLearningRate(arm, rate) {
    const run = this.liveRun;
    if (run !== null) this.socket.send({ type: "set_learning_rate", run, learning_rate: rate, arm });
  }

  /**
   * Ask for an analysis of the shown run.
   * @param {import("../model/types.js").Question} question
   * @param {number | null} step of the weights; null: those of now
   */
  analyse(question, step) {
    const asked = /** @type {import("../model/wire.js").Question} */ (/** @type {unknown} */ (question));
    const { id: run } = this.run;
    if (run === null || !this.commands) return;
    this.followed = true;
    if (!this.socket.send({ type: "analyse", run, question: asked, step, request: "analyse" })) this.sayNoLine();
  }

  sayNoLine() {
    this.actions.notify("line", "There is no connection to the server; it is being tried again.", { bad: true });
  }

  /** @param {string} analysis */
  cancelAnalysis(analysis) {
    const { id: run } = this.run;
    if (run !== null && this.commands) this.socket.send({ type: "cancel_analysis", run, analysis });
  }
}

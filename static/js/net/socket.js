/**
 * One websocket that reconnects by itself. It knows the last position of the run that is followed, so after a break
 * it asks for what is missing; the server answers with that, or with one snapshot.
 */
import { decodeEvent, encodeCommand, reconnects } from "./protocol.js";

const LEAST_WAIT = 500;
const MOST_WAIT = 15_000;

/**
 * Milliseconds to wait before the next attempt: full jitter, so that many pages do not reconnect at once.
 * @param {number} attempt from 0
 * @param {number} chance from 0 up to 1
 */
export function waitBefore(attempt, chance) {
  const most = Math.min(MOST_WAIT, LEAST_WAIT * 2 ** (attempt + 1));
  return LEAST_WAIT + chance * (most - LEAST_WAIT);
}

/** @typedef {import("../model/types.js").WireEvent} WireEvent */
/** @typedef {import("../model/types.js").LinkState} LinkState */

export class LiveSocket {
  /**
   * @param {string} address
   * @param {(event: WireEvent) => void} onEvent
   * @param {(state: LinkState, code: number) => void} onLink
   */
  constructor(address, onEvent, onLink) {
    this.address = address;
    this.onEvent = onEvent;
    this.onLink = onLink;
    this.attempt = 0;
    this.welcomed = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {string | null} */
    this.run = null;
    /** @type {{epoch: number, seq: number} | null} */
    this.position = null;
  }

  connect() {
    this.onLink("connecting", 0);
    this.welcomed = false;
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.onmessage = (message) => this.receive(String(message.data));
    socket.onclose = (closed) => void this.closed(closed.code);
  }

  /** @param {string} text */
  receive(text) {
    const event = decodeEvent(text);
    if (event === null) return;
    if (event.type === "welcome") {
      this.attempt = 0;
      this.welcomed = true;
      this.onLink("open", 0);
      this.subscribe();
    }
    if ("seq" in event) {
      if (this.isStale(event)) return;
      this.position = { epoch: event.epoch, seq: event.seq };
    }
    this.onEvent(event);
  }

  /**
   * Whether the event came before, or belongs to a run that is no longer followed.
   * @param {import("../model/types.js").StreamEvent} event
   */
  isStale(event) {
    if (event.run !== this.run) return true;
    if (event.type === "snapshot" || this.position === null) return false;
    return event.epoch === this.position.epoch && event.seq <= this.position.seq;
  }

  /** @param {number} code */
  async closed(code) {
    this.socket = null;
    // of a socket that never opened a browser does not tell why
    if (!reconnects(code) || (!this.welcomed && (await isKeptOut()))) {
      this.onLink("refused", code);
      return;
    }
    this.onLink("waiting", code);
    setTimeout(() => this.connect(), waitBefore(this.attempt++, Math.random()));
  }

  /**
   * Send a command; false when there is no connection.
   * @param {import("../model/types.js").Command} command
   */
  send(command) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(encodeCommand(command));
    return true;
  }

  /**
   * Follow this run.
   * @param {string} run
   * @param {{epoch: number, seq: number} | null} [position] up to which it is known; null: not at all
   */
  follow(run, position = null) {
    this.adopt(run);
    this.position = position;
    this.subscribe();
  }

  /**
   * The server has subscribed this page to a run that it started itself.
   * @param {string} run
   */
  adopt(run) {
    if (this.run !== run) this.leave();
    this.run = run;
    this.position = null;
  }

  /** Follow nothing. */
  leave() {
    if (this.run !== null) this.send({ type: "unsubscribe", run: this.run });
    this.run = null;
    this.position = null;
  }

  subscribe() {
    if (this.run !== null) this.send({ type: "subscribe", run: this.run, ...this.position });
  }
}

/** Whether the server refuses whatever this page asks: then its link was renewed. */
async function isKeptOut() {
  try {
    return (await fetch("/api/address", { cache: "no-store" })).status === 403;
  } catch {
    return false; // it does not answer: it may come back
  }
}

/** The address of the live websocket of this page's server. */
export function liveAddress() {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`;
}

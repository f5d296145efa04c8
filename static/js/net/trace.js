/** What the server is asked for Trace: the newest question wins, and what is known is not asked again. */
import { get, post } from "./http.js";

/** @typedef {import("./http.js").Refusal} Refusal */
/** @typedef {import("../model/trace_sources.js").Asked} Asked */

/** One thing that is asked at a time: a newer question gives up the one before it. */
export class Asking {
  constructor() {
    /** @type {AbortController | null} */
    this.current = null;
  }

  /**
   * The answer or the refusal; null where a newer question came.
   * @template T
   * @param {Asked} asked
   * @returns {Promise<{answer: T} | {error: Refusal} | null>}
   */
  async ask({ address, body }) {
    this.current?.abort();
    const mine = new AbortController();
    this.current = mine;
    /** @type {{answer: T} | {error: Refusal}} */
    const found = await (body === null ? get(address, mine.signal) : post(address, body, mine.signal));
    return mine.signal.aborted ? null : found;
  }
}

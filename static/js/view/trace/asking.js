/** Asks the server for what the page shows, keeps what is shown meanwhile, and says what is waited for. */
import { whenever } from "../../model/reactive.js";
import { Asking } from "../../net/trace.js";

/** @typedef {import("../../model/trace_state.js").TraceStore} TraceStore */
/** @typedef {import("../../model/wire.js").Trace} Trace */
/** @typedef {import("../../net/http.js").Refusal} Refusal */
/** @typedef {{answer: Trace} | {error: Refusal} | null} Found */

/** Milliseconds after which the page says what it waits for, and after which the process must be starting. */
const [SOON, LONG] = [250, 1500];

/** @param {TraceStore} store */
export function askServer(store) {
  const { state } = store;
  whenever(
    () => state.requests.value.trace?.key,
    () => void askTrace(store),
  );
  askWeights(store);
  const parts = /** @type {const} */ (["details", "learnt", "training", "examples"]);
  const askings = new Map(parts.map((part) => [part, new Asking()]));
  const wanted = () => ({
    details: state.requests.value.detail,
    learnt: state.requests.value.learnt,
    training: state.requests.value.training,
    examples: plain(state.examplesAddress.value),
  });
  for (const part of parts) {
    const askPart = async () => {
      const asked = wanted()[part];
      if (!asked || state[part].peek()[asked.key]) return;
      const found = await /** @type {Asking} */ (askings.get(part)).ask(asked);
      if (!found) return;
      if ("error" in found) tell(store, found.error, part, () => void askPart());
      else store.actions.partArrived(part, asked.key, /** @type {never} */ (found.answer));
    };
    whenever(
      () => wanted()[part]?.key,
      () => void askPart(),
    );
  }
}

/**
 * Which files have weights of published networks; asked when one is chosen, and when a file has come.
 * @param {TraceStore} store
 */
function askWeights({ state, actions }) {
  const asking = new Asking();
  whenever(
    () => [state.source.value?.dataset === null, state.weightsChanges.value],
    async () => {
      if (state.source.value?.dataset !== null) return;
      /** @type {{answer: import("../../model/trace_sources.js").Weights} | {error: Refusal} | null} */
      const found = await asking.ask({ address: "/api/trace/catalog", key: "", body: null });
      if (found && "answer" in found) actions.weightsArrived(found.answer);
    },
  );
}

/** @param {string | null} address */
function plain(address) {
  return address === null ? null : { address, key: address, body: null };
}

const tracing = new Asking();
/** Whether the process that computes has answered before. */
let isWarm = false;

/** @param {TraceStore} store */
async function askTrace(store) {
  const { state, actions } = store;
  const asked = state.requests.peek().trace;
  if (!asked) return;
  if (state.traces.peek()[asked.key]) {
    tracing.current?.abort();
    return actions.showKnown(asked.key);
  }
  const timers = [
    setTimeout(() => actions.wait("Tracing the image …"), SOON),
    setTimeout(
      () => actions.wait(isWarm ? "Still tracing the image …" : "Starting the process that computes (a few seconds) …"),
      LONG,
    ),
  ];
  const found = /** @type {Found} */ (await tracing.ask(asked));
  for (const timer of timers) clearTimeout(timer);
  if (!found) return;
  if ("error" in found) {
    actions.failed(wordsOf(found.error));
    tell(store, found.error, "trace", () => void askTrace(store));
    return;
  }
  isWarm = true;
  actions.dismiss("trace");
  actions.arrived(asked.key, found.answer);
}

/**
 * What was refused, and the offer to ask again where the server was away.
 * @param {TraceStore} store
 * @param {Refusal} refusal
 * @param {string} name of the notice
 * @param {() => void} action that asks again
 */
function tell({ actions }, refusal, name, action) {
  const offer = refusal.code === "offline" ? { label: "Try again", action } : null;
  actions.notify(name, wordsOf(refusal), { bad: true, offer });
}

/** @param {Refusal} refusal */
function wordsOf({ code, message }) {
  if (code === "offline") return "The server does not answer. What is shown here stays.";
  return `This cannot be traced: ${message}.`;
}

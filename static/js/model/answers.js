/** Answers: which of a run's analyses are shown, and how far those under way are. Pure. */
import { duration } from "./durations.js";

/** @typedef {import("./types.js").AnalysisEvent} AnalysisEvent */
/** @typedef {import("./types.js").NamedKind} NamedKind */

/**
 * The newest answers that a kind can draw: one for each shown depth, or one where its question has no depth. An answer
 * that has not come yet, or was cancelled, shows the finding of the one before it.
 * @param {AnalysisEvent[]} analyses oldest first
 * @param {NamedKind} kind
 * @param {{depth: number}[]} sides
 * @param {import("./types.js").View} view
 * @returns {AnalysisEvent[]}
 */
export function newest(analyses, kind, sides, view) {
  const depths = depthsOf(sides);
  const possible = analyses.filter(
    (event) =>
      kind.kinds.includes(event.question.kind) &&
      (event.question.depth === undefined || depths.includes(event.question.depth)) &&
      (kind.shows?.(event) ?? true),
  );
  const preferred = possible.filter((event) => kind.prefers?.(event, view) ?? true);
  // while what is preferred is still to be answered, the answer of before stays
  const drawable = preferred.length > 0 ? preferred : possible;
  const last = drawable.at(-1);
  if (last === undefined) return [];
  if (last.question.depth === undefined) return withBefore([last], drawable);
  const ofDepths = depths.flatMap(
    (depth) =>
      drawable.findLast(({ question }) => question.kind === last.question.kind && question.depth === depth) ?? [],
  );
  return withBefore(ofDepths, drawable);
}

/**
 * Events with the finding of before, each where it has none of its own or only part of one that was cancelled.
 * @param {AnalysisEvent[]} events of one kind, one a depth
 * @param {AnalysisEvent[]} drawable oldest first
 */
function withBefore(events, drawable) {
  const whole = drawable.filter(({ state, finding }) => state === "finished" && finding);
  const ofKind = (/** @type {string | undefined} */ kind) =>
    events.map(({ question: { depth } }) =>
      whole.findLast(({ question }) => question.kind === kind && question.depth === depth),
    );
  // all depths from one kind, or they could not be drawn together
  const same = ofKind(events[0]?.question.kind);
  const before = same.some(Boolean) ? same : ofKind(whole.at(-1)?.question.kind);
  return events.map((event, index) => {
    const { analysis, state, progress, reason, seconds, finding } = event;
    const kept = before[index];
    if (!kept || state === "finished" || (isUnderWay(event) && finding)) return event;
    return { ...kept, ...{ analysis, state, progress, reason, seconds }, before: /** @type {const} */ (true) };
  });
}

/**
 * Several answers as one: with two depths side by side each arm comes from the answer about its own depth. What a
 * finding says of two different arms is left out then: it is of one depth.
 * @param {AnalysisEvent[]} events of one kind, one a depth
 * @param {{arm: number, depth: number}[]} sides
 * @returns {AnalysisEvent | undefined}
 */
export function together(events, sides) {
  if (events.length < 2) return events[0];
  const worst = events.find(isUnderWay) ?? events.find(({ state }) => state !== "finished") ?? events[0];
  const progress = events.reduce((sum, event) => sum + event.progress, 0) / events.length;
  const answers = events.map(foundBy).filter((answer) => answer !== undefined);
  if (answers.length < events.length) return { ...worst, progress, finding: null };
  const ofSides = (/** @type {string} */ name) =>
    sides.flatMap(({ arm, depth }) =>
      answers
        .filter(({ question }) => question.depth === depth)
        .flatMap(({ finding }) => entriesOf(finding, name) ?? [])
        .filter((entry) => entry.arm === arm && (entry.other ?? arm) === arm),
    );
  const { finding } = answers[0];
  const byArm = Object.keys(finding).filter((name) => entriesOf(finding, name));
  const words = [...new Set(answers.flatMap((answer) => answer.finding.words))];
  const merged = { ...finding, ...Object.fromEntries(byArm.map((name) => [name, ofSides(name)])), words };
  return { ...worst, progress, finding: merged };
}

/**
 * The entries of a field of a finding that has one for each arm, or for each two; undefined for other fields.
 * @param {import("./types.js").Finding} finding
 * @param {string} name of the field
 * @returns {{arm: number, other?: number}[] | undefined}
 */
function entriesOf(finding, name) {
  const value = /** @type {Record<string, unknown>} */ ({ ...finding })[name];
  return Array.isArray(value) && typeof value[0]?.arm === "number" ? value : undefined;
}

/**
 * The event, if it has found something by now.
 * @param {AnalysisEvent | undefined} event
 */
export function foundBy(event) {
  return event?.finding ? { ...event, finding: event.finding } : undefined;
}

/**
 * Each shown depth once, the left one first.
 * @param {{depth: number}[]} sides
 */
export function depthsOf(sides) {
  return [...new Set(sides.map(({ depth }) => depth))];
}

/**
 * The newest test of the networks without these blocks.
 * @param {AnalysisEvent[]} analyses
 * @param {number} depth
 * @param {number[]} blocks
 */
export function withoutBlocks(analyses, depth, blocks) {
  return analyses.findLast(
    ({ question }) =>
      question.kind === "lesion" && question.depth === depth && String(question.blocks) === String(blocks),
  );
}

/**
 * The blocks that are taken out when one more is, or is put back.
 * @param {number[]} blocks
 * @param {number} block
 */
export function toggled(blocks, block) {
  const next = blocks.includes(block) ? blocks.filter((one) => one !== block) : [...blocks, block];
  return next.sort((one, other) => one - other);
}

/** @param {AnalysisEvent | undefined} event */
export function isUnderWay(event) {
  return event !== undefined && (event.state === "waiting" || event.state === "running");
}

/**
 * Whether an answer was found, but has to be fetched.
 * @param {AnalysisEvent} event
 */
export function isAnnounced(event) {
  return event.state === "finished" && !event.finding;
}

/**
 * What became of an analysis that did not come to its end; empty for the others.
 * @param {AnalysisEvent | undefined} event as ``newest`` and ``together`` give it
 */
export function endWords(event) {
  const shown = event?.before
    ? "the answer of before is shown"
    : event?.finding
      ? "what was found until then is shown"
      : "";
  if (event?.state === "cancelled") return shown ? `Cancelled; ${shown}.` : "Cancelled before anything was found.";
  if (event?.state !== "failed") return "";
  const reason = `It could not be done: ${(event.reason ?? "the analysis ended").replace(/\.$/, "")}`;
  return shown ? `${reason}; ${shown}.` : `${reason}.`;
}

/**
 * How long an analysis will take from now on, in words; empty before there is anything to reckon with.
 * @param {AnalysisEvent | undefined} event
 */
export function timeLeft(event) {
  if (event?.state !== "running" || !event.seconds || !(event.progress > 0)) return "";
  return `about ${duration((event.seconds * (1 - event.progress)) / event.progress)} left`;
}

/** Lesions: accuracy without one block, without many, and with blocks in another order (Veit et al. 2016). */
import { html } from "../../../vendor/lit-html-3.3.3.js";
import { percent, short } from "../../model/numbers.js";
import { isLecturer } from "../../model/records.js";
import { banded, inRows, level, nameOf, shown, style } from "../charts/traces.js";
import { find } from "../dom.js";

/** @typedef {import("../../model/types.js").Answer<import("../../model/wire.js").Cut>} Answer */

/** @type {import("../../model/types.js").Kind<import("../../model/wire.js").Cut>} */
export const analysis = {
  about:
    "Take blocks out of the trained networks and test them again; nothing is trained anew. Click a block in a diagram, or choose its number.",
  actions: [
    { label: "Each block in turn", question: { kind: "lesions" } },
    { label: "k blocks at random", question: { kind: "deletions" } },
    { label: "Shuffle blocks", question: { kind: "shuffle" } },
  ],
  fields: [],
  // a click on a block is answered in the diagrams
  shows: ({ question }) => question.kind !== "lesion",
  controls: blockChoice,
  pictures: (event, scene) => (event.question.kind === "lesions" ? bars(event, scene) : curves(event, scene)),
  numbers(event, scene) {
    const arms = shown(event.finding.arms, scene);
    const names = arms.map((arm) => nameOf(arm, scene));
    const longest = arms.reduce((one, other) => (other.at.length > one.at.length ? other : one));
    return inRows(
      [axisOf(event.question.kind), ...names.flatMap((name) => [`${name} accuracy`, `${name} loss`])],
      [longest.at, ...arms.flatMap((arm) => [arm.accuracy[0].map(percent), arm.loss[0].map(short)])],
      short,
    );
  },
};

/** @param {string} kind */
function axisOf(kind) {
  return (
    { lesions: "block taken out", deletions: "blocks taken out", shuffle: "swaps of two blocks" }[kind] ?? "blocks"
  );
}

/**
 * One bar a block, an arm a chart, on the same axes.
 * @param {Answer} event
 * @param {import("../../model/scene.js").Scene} scene
 * @returns {import("../../model/types.js").Picture[]}
 */
function bars(event, scene) {
  const arms = shown(event.finding.arms, scene);
  const most = Math.max(1, ...arms.map((arm) => arm.at.length));
  return arms.slice(0, 2).map((arm) => {
    const { colour } = style(arm.arm, scene);
    const [middle, low, high] = arm.accuracy;
    const spread = {
      type: "data",
      symmetric: false,
      array: middle.map((value, at) => (high[at] ?? 0) - (value ?? 0)),
      arrayminus: middle.map((value, at) => (value ?? 0) - (low[at] ?? 0)),
      color: scene.colours.quiet,
      thickness: 1,
      width: 0,
    };
    return {
      title: nameOf(arm, scene),
      about: "test accuracy without each block; dotted: whole",
      traces: [
        { type: "bar", x: arm.at, y: middle, marker: { color: colour }, error_y: spread, hoverinfo: "skip" },
        level([0.3, most + 0.7], arm.accuracy_before[0], scene.colours.text),
      ],
      x: {
        range: [0.3, most + 0.7],
        title: { text: "block taken out (1 = nearest the input)", short: "block taken out" },
      },
      y: { range: [0, 1.04], tickformat: ".0%" },
    };
  });
}

/**
 * Accuracy and loss along the number of deletions or swaps, both arms in one chart.
 * @param {Answer} event
 * @param {import("../../model/scene.js").Scene} scene
 * @returns {import("../../model/types.js").Picture[]}
 */
function curves(event, scene) {
  const arms = shown(event.finding.arms, scene);
  const end = Math.max(1, ...arms.flatMap((arm) => arm.at));
  const x = { range: [-0.03 * end, 1.03 * end], title: { text: axisOf(event.question.kind) } };
  const highest = Math.max(0.1, ...arms.flatMap((arm) => arm.loss[0].map((value) => value ?? 0)));
  return [
    {
      title: "Accuracy",
      about: "on the test set; median and band over seeds and draws",
      traces: arms.flatMap((arm) => banded(arm.at, arm.accuracy, arm.arm, scene)),
      x,
      y: { range: [0, 1.04], tickformat: ".0%" },
    },
    {
      title: "Loss",
      about: "on the test set",
      traces: arms.flatMap((arm) => banded(arm.at, arm.loss, arm.arm, scene)),
      x,
      y: { range: [0, 1.1 * highest] },
    },
  ];
}

/**
 * The number of a block to take out, or to put back; the diagrams take a click.
 * @param {import("../panels/analyses.js").Lab} lab
 */
function blockChoice({ state, commands }) {
  const asks = state.runId.value !== null;
  const out = state.removed.value;
  const toggle = () => {
    const field = /** @type {HTMLInputElement} */ (find("#block-number"));
    if (field.value !== "" && field.reportValidity()) commands.toggleBlock(Number(field.value));
  };
  const onKey = (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && toggle();
  return html`<label data-for="lecturer">Block <input type="number" id="block-number" min="1" max=${state.blocks.value} step="1"
      ?disabled=${!asks} @keydown=${onKey}></label>
    <button type="button" id="toggle-block" data-for="lecturer" ?disabled=${!asks} @click=${toggle}>Take out / put back</button>
    <button type="button" id="restore" ?disabled=${out.length === 0} ?hidden=${out.length === 0 && !isLecturer()}
      @click=${commands.restoreBlocks}>Restore ${out.length > 0 ? out.join(", ") : "all"}</button>`;
}

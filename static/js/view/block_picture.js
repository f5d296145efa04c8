/**
 * The picture of a connection's block, from its record: x comes in on the left, y goes out on the right. Filled boxes
 * are weight layers, a bar is the norm, a bent line the activation, the dashed edge the shortcut.
 */
import { nothing, svg } from "../../vendor/lit-html-3.3.3.js";

/** @typedef {import("../model/records.js").ConnectionRecord} ConnectionRecord */
/** @typedef {import("../model/records.js").Block["layers"][number]} Layer */
/** @typedef {"norm" | "activation" | {mark: string} | Layer} Part */

const [WIDTH, HEIGHT, LINE, ARC] = [150, 56, 37, 9];
const [FORK, JOIN] = [12, 122];
/** Room that a part takes along the line. */
const ROOM = { norm: 7, activation: 12, layer: 13, mark: 14 };

/**
 * What stands on the way through the layers, in order, and whether an activation follows what joins the two ways.
 * @param {ConnectionRecord} record
 * @param {boolean} normed
 * @returns {{parts: Part[], behind: boolean}}
 */
export function blockParts({ join, block }, normed) {
  /** @type {Part[]} */
  const around = normed ? ["norm", "activation"] : ["activation"];
  const behind = join === "none" || block.rectified;
  const parts = block.layers.flatMap((layer, index) => {
    if (block.pre_activation) return [...around, layer];
    const inside = index < block.layers.length - 1 || join === "gate";
    return [layer, ...(inside ? around : around.filter((part) => part === "norm"))];
  });
  const mark = block.scale || (block.drops ? "b" : join === "gate" ? "T" : "");
  return { parts: mark ? [...parts, { mark }] : parts, behind };
}

/**
 * @param {ConnectionRecord} record
 * @param {boolean} [normed] whether the arm has norms
 */
export function blockPicture(record, normed = true) {
  const { parts, behind } = blockParts(record, normed);
  const rooms = parts.map((part) => ROOM[kindOf(part)]);
  const free = JOIN - FORK - 12 - rooms.reduce((sum, room) => sum + room, 0);
  const gap = free / (parts.length + 1);
  const places = rooms.map(
    (room, at) => FORK + gap * (at + 1) + rooms.slice(0, at).reduce((a, b) => a + b, 0) + room / 2,
  );
  const skip = `M${FORK} ${LINE} C${FORK + 12} ${ARC - 10} ${JOIN - 12} ${ARC - 10} ${JOIN} ${LINE - 8}`;
  return svg`<svg class="block-picture" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true" focusable="false">
    <path class="wire" d="M2 ${LINE} H${WIDTH - 7}"></path>
    <path class="tip" d="M${WIDTH - 8} ${LINE - 4} L${WIDTH - 1} ${LINE} L${WIDTH - 8} ${LINE + 4} Z"></path>
    ${record.join === "none" ? nothing : svg`<path class="shortcut" d=${skip}></path>${joinAt(record.join)}`}
    ${parts.map((part, at) => partAt(part, places[at]))}
    ${behind ? partAt("activation", JOIN + (record.join === "none" ? 0 : 14)) : nothing}
  </svg>`;
}

/** @param {Part} part */
function kindOf(part) {
  return typeof part === "string" ? part : "mark" in part ? "mark" : "layer";
}

/**
 * @param {Part} part
 * @param {number} x of its middle
 */
function partAt(part, x) {
  if (part === "norm") return svg`<path class="norm" d="M${x} ${LINE - 9} V${LINE + 9}"></path>`;
  if (part === "activation")
    return svg`<path class="ground" d="M${x - 5} ${LINE} H${x + 5}"></path><path class="bend" d="M${x - 6} ${LINE + 4} H${x} L${x + 6} ${LINE - 7}"></path>`;
  if ("mark" in part)
    return svg`<circle class="knot" cx=${x} cy=${LINE} r="7"></circle><text x=${x} y=${LINE + 3.5}>${part.mark}</text>`;
  const height = Math.min(32, Math.max(8, 20 * part.width ** 0.6));
  const paths = Math.min(3, part.paths);
  const each = paths > 1 ? (height + 6) / paths : height;
  const top = LINE - (paths * each) / 2;
  return Array.from(
    { length: paths },
    (_, index) =>
      svg`<rect x=${x - 5} y=${top + index * each + (paths > 1 ? 1 : 0)} width="10" height=${each - (paths > 1 ? 2 : 0)} rx="1.5"></rect>`,
  );
}

/** @param {ConnectionRecord["join"]} join */
function joinAt(join) {
  // concatenated channels lie side by side; everything else is added
  if (join === "concatenate")
    return svg`<rect class="knot" x=${JOIN - 4} y=${LINE - 14} width="8" height="28" rx="1.5"></rect><path class="bend" d="M${JOIN - 4} ${LINE - 2} H${JOIN + 4}"></path>`;
  return svg`<circle class="knot" cx=${JOIN} cy=${LINE} r="7"></circle><path class="bend" d="M${JOIN - 4} ${LINE} H${JOIN + 4} M${JOIN} ${LINE - 4} V${LINE + 4}"></path>`;
}

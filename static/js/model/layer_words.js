/** What a layer of a diagram is, in one sentence for those who hear the page. Pure. */
import { GRADIENT_SIGN } from "./labels.js";
import { magnitude } from "./numbers.js";
import { isLecturer } from "./records.js";
import { gradients, lastUpTo } from "./series.js";

/**
 * @param {import("./scene.js").Scene} scene
 * @param {import("./types.js").DrawnSide} side
 * @param {import("./types.js").LayerMeta} layer
 * @param {number[]} removed blocks that are taken out
 */
export function layerSentence({ run, cursor, view }, side, layer, removed) {
  const { number, block, name, kind, reads, gives } = layer;
  const frame = lastUpTo(run.frames, cursor);
  const value = frame ? gradients(run, frame, side.cell, view.gradient)[number - 1] : null;
  const shape = kind === "linear" ? `weights ${reads} × ${gives}` : `${kind}, ${reads} → ${gives}`;
  const sign = GRADIENT_SIGN[view.gradient];
  const place = `Layer ${number} of ${side.layers}, ${block ? `block ${block}` : name}: ${shape}, ${sign} ${said(value)}.`;
  if (!block) return place;
  return removed.includes(block)
    ? `${place} Block ${block} is taken out. Enter puts it back.`
    : isLecturer()
      ? `${place} Enter takes block ${block} out.`
      : place;
}

/** @param {number | null} value */
function said(value) {
  if (value === null) return "not measured yet";
  if (value === 0) return "exactly 0";
  return Number.isFinite(value) ? magnitude(value) : "not finite";
}

/** Landscape: training loss over a plane through the weights, as contours or as a surface (Li et al. 2018). Pure. */
import { dashWord, VIRIDIS_SCALE } from "../../model/colours.js";
import { powerOfTen, short } from "../../model/numbers.js";
import { inRows, nameOf, shown, style } from "../charts/traces.js";

/** @typedef {import("../../model/wire.js").LandscapeFinding} LandscapeFinding */
/** @typedef {import("../../model/wire.js").Surface} Surface */

/** @type {import("../../model/types.js").Kind<import("../../model/wire.js").LandscapeFinding>} */
export const analysis = {
  about:
    "Training loss when the weights move along two directions. In the random plane every filter moves in proportion to its own size, and both arms take the same directions. Valleys are compared at half the loss of guessing, which is drawn as a line of each arm.",
  actions: [{ label: "Compute the plane", question: { kind: "landscape" } }],
  fields: [
    {
      name: "plane",
      label: "Plane",
      choices: [
        ["random", "random, filter-normalised"],
        ["trajectory", "along the trajectory"],
      ],
    },
    {
      name: "span",
      label: "Reach",
      choices: [
        ["1", "as far as the weights"],
        ["0.5", "half the weights"],
        ["2", "twice as far"],
        ["0.2", "near by"],
      ],
    },
    {
      name: "side",
      label: "Points",
      choices: [
        ["31", "31 × 31"],
        ["15", "15 × 15"],
        ["51", "51 × 51"],
      ],
    },
    {
      name: "drawn",
      label: "Drawn as",
      drawing: true,
      choices: [
        ["contours", "contours"],
        ["surface", "3-D surface"],
      ],
    },
  ],
  pictures(event, scene, choices) {
    const surfaces = shown(event.finding.surfaces, scene);
    const [low, high] = ends(surfaces);
    return surfaces.slice(0, 2).map((surface) => {
      const { alpha, beta, loss, z } = sampled(surface);
      const path = surface.trajectory ?? [];
      const extent = (/** @type {number[]} */ axis) => [axis[0], axis[axis.length - 1]];
      return {
        title: nameOf(surface, scene),
        about: `training loss, ${legend(low, high)}${explained(surface)}`,
        ramp: { low: short(10 ** low), high: topOf(low, high), label: "training loss, logarithmic" },
        traces: [
          {
            type: "contour",
            x: alpha,
            y: beta,
            z,
            zmin: low,
            zmax: high,
            colorscale: VIRIDIS_SCALE,
            showscale: false,
            connectgaps: true,
            contours: { coloring: "heatmap", start: low, end: high, size: (high - low) / 14 },
            line: { width: 0.7, color: scene.colours.dark ? "rgba(0,0,0,.55)" : "rgba(255,255,255,.75)" },
            hoverinfo: "skip",
          },
          ...sharing(event.finding, surface, surfaces).flatMap((one) => levelLine(one, event.finding.level, scene)),
          {
            x: path.map((point) => point[0]),
            y: path.map((point) => point[1]),
            mode: "lines+markers",
            line: { color: "#ffffff", width: 2 },
            marker: { color: "#000000", size: 6, line: { color: "#ffffff", width: 1.5 } },
            hoverinfo: "skip",
          },
          ...(path.length === 0 ? [centre(scene)] : []),
        ],
        x: {
          range: extent(surface.alpha),
          title: { text: `along δ${lineWords(event.finding, surface, surfaces, scene)}`, short: "along δ" },
        },
        y: { range: extent(surface.beta) },
        solid: choices.drawn === "surface",
        z: {
          x: alpha,
          y: beta,
          z,
          low,
          high,
          loss,
          level: event.finding.level ? Math.log10(event.finding.level) : null,
        },
      };
    });
  },
  numbers(event, scene) {
    const surfaces = shown(event.finding.surfaces, scene);
    const middle = (/** @type {Surface} */ surface) => Math.floor(surface.beta.length / 2);
    return inRows(
      ["α at β in the middle", ...surfaces.map((surface) => nameOf(surface, scene))],
      [
        surfaces[0].alpha.map((/** @type {number} */ value) => value.toFixed(2)),
        ...surfaces.map((surface) => surface.loss[middle(surface)]),
      ],
      short,
    );
  },
};

/**
 * The surfaces whose line of equal loss is drawn on a surface: all shown ones where they share axes, else its own.
 * Findings of older versions have no level.
 * @param {LandscapeFinding} finding
 * @param {Surface} surface
 * @param {Surface[]} surfaces
 */
function sharing(finding, surface, surfaces) {
  if (!finding.level) return [];
  const axes = (/** @type {Surface} */ one) => String([one.alpha, one.beta]);
  return finding.plane === "random" ? surfaces.filter((one) => axes(one) === axes(surface)) : [surface];
}

/**
 * Where an arm's loss is that at which valleys are compared: a line in the colour and dash of the arm, edged in white.
 * @param {Surface} surface
 * @param {number} level
 * @param {import("../../model/scene.js").Scene} scene
 */
function levelLine(surface, level, scene) {
  const { colour, dash } = style(surface.arm, scene);
  const { alpha, beta, z } = sampled(surface);
  const at = Math.log10(level);
  const width = scene.view.presenter ? 5 : 3;
  return [
    { width: width + 2.5, color: "#ffffff", dash: "solid" },
    { width, color: colour, dash },
  ].map((line) => ({
    type: "contour",
    x: alpha,
    y: beta,
    z,
    showscale: false,
    connectgaps: true,
    autocontour: false,
    contours: { coloring: "none", start: at, end: at, size: 1 },
    line,
    hoverinfo: "skip",
  }));
}

/**
 * The legend of the lines.
 * @param {LandscapeFinding} finding
 * @param {Surface} surface
 * @param {Surface[]} surfaces
 * @param {import("../../model/scene.js").Scene} scene
 */
function lineWords(finding, surface, surfaces, scene) {
  const lines = sharing(finding, surface, surfaces).map(
    (one) => `${dashWord(style(one.arm, scene).dash)} ${nameOf(one, scene)}`,
  );
  return lines.length > 0 ? ` · loss ${short(finding.level)}: ${lines.join(", ")}` : "";
}

/** @param {import("../../model/scene.js").Scene} scene */
function centre(scene) {
  return {
    x: [0],
    y: [0],
    mode: "markers",
    marker: { symbol: "cross-thin", size: 12, line: { width: 2, color: scene.colours.dark ? "#ffffff" : "#000000" } },
    hoverinfo: "skip",
  };
}

/**
 * Rows and columns that hold numbers by now, on a logarithmic scale.
 * @param {{alpha: number[], beta: number[], loss: (number | null)[][]}} surface
 */
function sampled({ alpha, beta, loss }) {
  const rows = beta.map((_, j) => j).filter((j) => loss[j].some((value) => value !== null));
  const columns = alpha.map((_, i) => i).filter((i) => rows.some((j) => loss[j][i] !== null));
  const log = (/** @type {number | null} */ value) => (value === null ? null : Math.log10(Math.max(value, 1e-6)));
  return {
    alpha: columns.map((i) => alpha[i]),
    beta: rows.map((j) => beta[j]),
    loss,
    z: rows.map((j) => columns.map((i) => log(loss[j][i]))),
  };
}

/**
 * One scale for both arms: from the lowest loss to the highest, or a thousand times the lowest.
 * @param {{loss: (number | null)[][]}[]} surfaces
 * @returns {[number, number]}
 */
function ends(surfaces) {
  const values = /** @type {number[]} */ (surfaces.flatMap((one) => one.loss.flat()).filter((value) => value !== null));
  if (values.length === 0) return [-1, 1];
  const low = Math.log10(
    Math.max(
      1e-6,
      values.reduce((one, other) => Math.min(one, other)),
    ),
  );
  const high = Math.log10(
    Math.max(
      1e-6,
      values.reduce((one, other) => Math.max(one, other)),
    ),
  );
  return [low, Math.max(low + 0.2, Math.min(high, low + 3))];
}

/**
 * @param {number} low
 * @param {number} high
 */
function legend(low, high) {
  return `dark ${short(10 ** low)} to bright ${topOf(low, high)}`;
}

/**
 * @param {number} low
 * @param {number} high
 */
function topOf(low, high) {
  return high - low >= 3 ? powerOfTen(Math.round(high)) : short(10 ** high);
}

/** @param {{explained?: number[]}} surface */
function explained({ explained: parts = [] }) {
  if (parts.length === 0) return "";
  return `; the plane holds ${Math.round(100 * parts.reduce((sum, part) => sum + part, 0))} % of the trajectory`;
}

/** Shattering: the gradient along a line of inputs, and how soon it forgets itself (Balduzzi et al. 2017). Pure. */
import { short } from "../../model/numbers.js";
import { banded, inRows, nameOf, shown, style } from "../charts/traces.js";

/** @type {import("../../model/types.js").Kind<import("../../model/wire.js").ShatteringFinding>} */
export const analysis = {
  about:
    "Move the input along a line and watch ∂f/∂x. In a deep plain network it jumps about like white noise, so a step downhill helps nobody next door; with skips neighbours agree.",
  everyDepth: true,
  origin: ({ question }) =>
    question.setting === "trained" ? null : "Fresh networks with the arms of this run; its weights are not used.",
  actions: [{ label: "Walk along a line", question: { kind: "shattering" } }],
  fields: [
    {
      name: "setting",
      label: "Networks",
      choices: [
        ["centred", "fresh, activations centred"],
        ["naive", "fresh, zero biases (shows nothing)"],
        ["trained", "this run's, trained"],
      ],
    },
  ],
  pictures(event, scene) {
    const { at, lines } = event.finding;
    const distances = distancesOf(event.finding);
    const arms = shown(lines, scene);
    const deepest = Math.max(...arms.map((line) => line.layers));
    const longest = arms.filter((line) => line.layers >= 0.9 * deepest).slice(0, 2);
    return [
      {
        title: "∂f/∂x along the line",
        about: longest.map((line) => nameOf(line, scene)).join(" above "),
        traces: longest.map((line, index) => ({
          x: at,
          y: line.gradient.map((value) => (value === null ? null : value + 1.2 - 2.4 * index)),
          mode: "lines",
          line: { color: style(line.arm, scene).colour, width: 1.6 },
          hoverinfo: "skip",
        })),
        x: { range: [at[0], at[at.length - 1]], title: { text: "input along the line" } },
        y: { range: [-2.5, 2.5], tickvals: [-1.2, 1.2], ticktext: ["0", "0"] },
      },
      {
        title: "Autocorrelation",
        about: `of the gradient, fainter = shallower: ${depthsOf(arms)} layers`,
        traces: arms.flatMap((line) =>
          banded(distances, line.autocorrelation, line.arm, scene, {
            markers: false,
            opacity: 0.35 + 0.65 * Math.min(1, line.layers / deepest),
          }),
        ),
        x: {
          range: [0, distances[distances.length - 1]],
          title: { text: event.finding.spacing ? "distance of the inputs" : "distance in points" },
        },
        y: { range: [-0.3, 1.05] },
      },
    ];
  },
  numbers(event, scene) {
    const lines = shown(event.finding.lines, scene);
    return inRows(
      ["distance", ...lines.map((line) => nameOf(line, scene))],
      [distancesOf(event.finding).map(short), ...lines.map((line) => line.autocorrelation[0])],
      short,
    );
  },
};

/**
 * How far apart the inputs are at each lag, in their own units; in points where an older version does not say.
 * @param {{lags: number[], spacing?: number}} finding
 */
function distancesOf({ lags, spacing = 1 }) {
  return lags.map((lag) => lag * spacing);
}

/** @param {{layers: number}[]} lines */
function depthsOf(lines) {
  return [...new Set(lines.map((line) => line.layers))].sort((one, other) => one - other).join(", ");
}

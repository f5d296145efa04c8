/**
 * The colours, markers and dashes of arms as style rules, made from the records: whatever carries ``data-style`` has the
 * arm's colour as ``--arm``, its marker as ``--arm-shape`` (a clip path) and its dashed line as ``--arm-line`` (a
 * background).
 */
import { allStyles } from "../model/colours.js";

/** Plotly's markers as clip paths. */
const SHAPES = {
  circle: "circle()",
  diamond: "polygon(50% 0, 100% 50%, 50% 100%, 0 50%)",
  square: "inset(5%)",
  "triangle-up": "polygon(50% 5%, 100% 95%, 0 95%)",
  "triangle-down": "polygon(0 5%, 100% 5%, 50% 95%)",
  pentagon: "polygon(50% 0, 100% 38%, 81% 100%, 19% 100%, 0 38%)",
  hexagon: "polygon(50% 0, 93% 25%, 93% 75%, 50% 100%, 7% 75%, 7% 25%)",
  star: "polygon(50% 0, 61% 35%, 98% 35%, 68% 57%, 79% 91%, 50% 70%, 21% 91%, 32% 57%, 2% 35%, 39% 35%)",
  cross:
    "polygon(33% 0, 67% 0, 67% 33%, 100% 33%, 100% 67%, 67% 67%, 67% 100%, 33% 100%, 33% 67%, 0 67%, 0 33%, 33% 33%)",
  x: "polygon(24% 0, 50% 26%, 76% 0, 100% 24%, 74% 50%, 100% 76%, 76% 100%, 50% 74%, 24% 100%, 0 76%, 26% 50%, 0 24%)",
  hourglass: "polygon(0 0, 100% 0, 0 100%, 100% 100%)",
  "diamond-tall": "polygon(50% 0, 85% 50%, 50% 100%, 15% 50%)",
  "star-square": "polygon(0 0, 50% 22%, 100% 0, 78% 50%, 100% 100%, 50% 78%, 0 100%, 22% 50%)",
};

/**
 * A marker as a clip path.
 * @param {string} marker
 */
export function shapeOf(marker) {
  return SHAPES[/** @type {keyof typeof SHAPES} */ (marker)] ?? "none";
}

/** Give the page its rules. They are objects, not text in the page, so its policy has nothing to refuse. */
export function installArmStyles() {
  const light = allStyles(false);
  const dark = allStyles(true);
  const sheet = new CSSStyleSheet();
  const colours = light.map(({ colour, index }) => `--style-${index}: light-dark(${colour}, ${dark[index].colour})`);
  sheet.insertRule(`:root { ${colours.join("; ")} }`);
  for (const { index, dash, marker } of light) {
    sheet.insertRule(
      `[data-style="${index}"] { --arm: var(--style-${index}); --arm-shape: ${shapeOf(marker)}; --arm-line: ${lineOf(dash)} }`,
    );
  }
  document.adoptedStyleSheets.push(sheet);
}

/**
 * A dashed line as a background.
 * @param {string} dash
 */
function lineOf(dash) {
  if (dash === "solid") return "var(--arm)";
  let at = 0;
  const parts = dash.split(",").map((length, index) => {
    const from = at;
    at += Number.parseFloat(length);
    return `${index % 2 === 0 ? "var(--arm)" : "transparent"} ${from}px ${at}px`;
  });
  return `repeating-linear-gradient(to right, ${parts.join(", ")})`;
}

/** What the arms and the drawn measurements are called. Pure. */
import { connectionOf } from "./records.js";

/**
 * The name of an arm; with a number when another arm has the same connection.
 * @param {import("./types.js").Experiment} experiment
 * @param {number} arm
 */
export function armName(experiment, arm) {
  const { connection } = experiment.arms[arm];
  const alike = (/** @type {{connection: string}} */ item) => item.connection === connection;
  const name = connectionOf(connection)?.label ?? connection;
  // not by letters, which the shortcut options have
  return experiment.arms.filter(alike).length > 1
    ? `${name}${"₁₂₃₄"[experiment.arms.slice(0, arm).filter(alike).length]}`
    : name;
}

/**
 * The equation of an arm's block.
 * @param {import("./types.js").Arm} arm
 */
export function equation(arm) {
  const general = connectionOf(arm.connection)?.equation ?? "";
  const sigma = arm.activation === "tanh" ? "tanh" : "σ";
  return general.replace("σ", sigma).replace("λx", arm.skip_scale === 1 ? "x" : `${arm.skip_scale} x`);
}

/** The symbol of what the squares of a diagram show. */
export const GRADIENT_SIGN = { weight: "‖∂L/∂W‖", activation: "‖∂L/∂h‖", square: "mean h²" };

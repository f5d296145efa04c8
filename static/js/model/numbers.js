/** Numbers as people read them: short, with a real minus sign, with no more digits than were measured. Pure. */
import { HIGHEST, LOWEST, OVER, UNDER } from "./gradient_codes.js";

/**
 * A loss or another plain number in three significant digits.
 * @param {number | null | undefined} value
 */
export function short(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e5 || size < 1e-3) return scientific(value);
  if (size >= 100) return value.toFixed(0);
  return size >= 10 ? value.toFixed(1) : size >= 0.1 ? value.toFixed(2) : value.toFixed(3);
}

/**
 * The magnitude of a gradient as the wire has it: outside its range as “under” or “over”, zero only where it is exactly zero.
 * @param {number | null | undefined} value
 */
export function magnitude(value) {
  if (value === UNDER) return `under ${scientific(LOWEST)}`;
  return value === OVER ? `over ${scientific(HIGHEST)}` : short(value);
}

/**
 * A number as 1.2×10⁻⁵.
 * @param {number} value
 */
function scientific(value) {
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits.replace("-", "−")}×10${superscript(Number(exponent))}`;
}

/**
 * A power of ten as an axis or a legend shows it: 0.01, 1, 10⁻⁵; half exponents are three times the lower one.
 * @param {number} exponent
 */
export function powerOfTen(exponent) {
  const whole = Math.floor(exponent);
  const digit = exponent - whole >= 0.5 ? 3 : 1;
  if (whole >= -3 && whole <= 3) return String(Number((digit * 10 ** whole).toPrecision(1)));
  return `${digit === 3 ? "3×" : ""}10${superscript(whole)}`;
}

/**
 * @param {number} value
 */
function superscript(value) {
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  return [...String(value)].map((sign) => (sign === "-" ? "⁻" : digits[Number(sign)])).join("");
}

/**
 * A share as a percentage without decimals.
 * @param {number | null | undefined} value
 */
export function percent(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return `${Math.round(100 * value)} %`;
}

/**
 * The smallest "round" number (1, 2, 3, 5 × a power of ten) that is not under a value.
 * @param {number} value
 */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 1.5, 2, 3, 4, 5, 7])
    if (factor * power >= value * 0.999) return Number((factor * power).toPrecision(2));
  return 10 * power;
}

const PREFIXES = ["", "k", "M", "G", "T", "P", "E"];

/**
 * A large number with the prefix of its unit: 66 k, 1.2 M.
 * @param {number} value
 * @param {string} [unit]
 */
export function prefixed(value, unit = "") {
  const rounded = Number(value.toPrecision(value < 1000 ? 4 : 3));
  const power = Math.max(0, Math.min(PREFIXES.length - 1, Math.floor(Math.log10(rounded || 1) / 3)));
  const digits = rounded / 1000 ** power;
  const shown = digits >= 10 || power === 0 ? digits.toFixed(0) : String(Number(digits.toFixed(1)));
  return `${shown} ${PREFIXES[power]}${unit}`.trimEnd();
}

/**
 * Ticks from 0 to an end in round distances, all in one unit: [values, texts].
 * @param {number} end
 * @param {number} most how many
 * @param {string} unit
 * @returns {[number[], string[]]}
 */
export function unitTicks(end, most, unit) {
  const least = end / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const distance = power * ([1, 2, 5].find((factor) => factor * power >= least * 0.9) ?? 10);
  const size = Math.max(0, Math.min(PREFIXES.length - 1, Math.floor(Math.log10(end) / 3)));
  const values = Array.from({ length: Math.floor(end / distance + 0.001) + 1 }, (_, index) => index * distance);
  const texts = values.map((value) =>
    value === 0 ? "0" : `${Number((value / 1000 ** size).toPrecision(4))} ${PREFIXES[size]}${unit}`,
  );
  return [values, texts];
}

/**
 * A whole number with thin spaces between thousands.
 * @param {number} value
 */
export function grouped(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}

/**
 * Equations, typeset by KaTeX. It is fetched when the first one is shown; until it is there, and if it cannot be fetched,
 * the one line of the record stands in its place.
 */
import { texOf } from "../../model/tex.js";
import { loadScript } from "../charts/library.js";
import { say } from "../dom.js";

/** @typedef {{render: (tex: string, element: HTMLElement, options: {output: "mathml"}) => void}} Katex */

/** @type {Promise<Katex> | null} */
let loading = null;
/** The equation that each element shows typeset. @type {WeakMap<HTMLElement, string>} */
const typeset = new WeakMap();

/**
 * Show the equations of all elements ``.formula`` of a box.
 * @param {HTMLElement} box
 */
export async function showFormulas(box) {
  const formulas = /** @type {HTMLElement[]} */ ([...box.querySelectorAll(".formula")]);
  const others = formulas.filter((formula) => typeset.get(formula) !== formula.dataset.equation);
  if (others.length === 0) return;
  for (const formula of others) say(formula, formula.dataset.equation ?? "");
  loading ??= load();
  const katex = await loading.catch(() => null);
  if (katex === null) loading = null;
  for (const formula of katex ? others : []) {
    const { equation = "" } = formula.dataset;
    typeset.set(formula, equation);
    katex?.render(texOf(equation), formula, { output: "mathml" });
  }
}

/** @returns {Promise<Katex>} */
async function load() {
  await loadScript(document.body.dataset.katex ?? "");
  return Reflect.get(globalThis, "katex");
}

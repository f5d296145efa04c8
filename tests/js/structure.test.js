// How the page's modules may depend on each other.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const ROOT = fileURLToPath(new URL("../../static/js", import.meta.url));

/** Path of every module, and its text. */
const modules = new Map(
  readdirSync(ROOT, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith(".js"))
    .map((path) => [path, readFileSync(join(ROOT, path), "utf8")]),
);

/** Modules that a module imports when it runs; imports of types alone stand in comments. */
function importsOf(path) {
  const code = modules.get(path).replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const found = code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["`](\.[^"`]+)["`]/g);
  return [...found].map(([, target]) => relative(ROOT, join(ROOT, dirname(path), target)));
}

const isVendored = (path) => path.startsWith("../vendor/");

test("a model imports models, the net imports nets and models, and nothing imports a page", () => {
  const allowed = { model: ["model"], net: ["net", "model"], view: ["view", "net", "model"] };
  const wrong = [...modules.keys()].flatMap((path) =>
    importsOf(path)
      .filter((target) => !isVendored(target))
      .filter(
        (target) => !allowed[path.split("/")[0]]?.includes(target.split("/")[0]) || target.startsWith("view/pages/"),
      )
      .map((target) => `${path} → ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test("models use no page, no clock and no network", () => {
  const outside =
    /\b(document|window|location|navigator|localStorage|performance|fetch|WebSocket|matchMedia|addEventListener|setTimeout|setInterval|requestAnimationFrame|Date)\b[.(]/;
  const wrong = [...modules.keys()].filter(
    (path) => path.startsWith("model/") && outside.test(modules.get(path).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")),
  );
  assert.deepEqual(wrong, []);
});

test("no module imports itself by way of others", () => {
  const done = new Set();
  const visit = (path, trail) => {
    assert.ok(!trail.includes(path), [...trail, path].join(" → "));
    if (done.has(path) || !modules.has(path)) return;
    for (const target of importsOf(path)) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
  assert.equal(done.size, modules.size);
});

test("every module is imported, but for the pages and the analyses that are loaded by name", () => {
  const imported = new Set([...modules.keys()].flatMap(importsOf));
  const alone = [...modules.keys()].filter((path) => !imported.has(path));
  const loaded = /^(early\.js|model\/(atlas_)?types\.js|view\/(pages|analyses)\/\w+\.js)$/;
  assert.deepEqual(
    alone.filter((path) => !loaded.test(path)),
    [],
  );
});

test("whatever listens to a key has a table from which the help is made", () => {
  // a key of its own element, named beside it or known from every menu: Esc closes, Enter takes what was typed; and any
  // key, which tells that somebody is there
  const own = ["view/chart_menu.js", "view/panels/run_form.js", "view/analyses/lesion.js", "view/charts/library.js"];
  const listening = [...modules].filter(([path, text]) => /["@]keydown\b/.test(text) && path !== "view/keys.js");
  const without = listening.filter(([, text]) => !/meaning\(\w+_KEYS, /.test(text)).map(([path]) => path);
  assert.deepEqual(without.toSorted(), own.toSorted());
});

test("every export is used by another module or by a test", () => {
  const tests = [import.meta.dirname, join(import.meta.dirname, "../browser")]
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => /\.(js|py)$/.test(path))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const unused = [...modules].flatMap(([path, text]) =>
    [...text.matchAll(/^export (?:async )?(?:function|class|const|let) (\w+)/gm)]
      .map(([, name]) => name)
      .filter((name) => !(path.startsWith("view/analyses/") && name === "analysis"))
      .filter((name) => {
        const word = new RegExp(`\\b${name}\\b`);
        return ![...modules].some(([other, its]) => other !== path && word.test(its)) && !word.test(tests);
      })
      .map((name) => `${path}: ${name}`),
  );
  assert.deepEqual(unused, []);
});

test("only the state makes signals that can be written", () => {
  const writers = [...modules].filter(([, text]) =>
    /import \{[^}]*\b(signal|batch)\b[^}]*\} from "[^"]*signals-core/.test(text),
  );
  // a page has one state
  const states = ["model/atlas_state.js", "model/page_state.js", "model/state.js", "model/trace_state.js"];
  assert.deepEqual(writers.map(([path]) => path).sort(), states);
  // what the state hands out cannot be assigned: the type checker refuses it, and so does this
  const assigned = [...modules].filter(
    ([path, text]) => !states.includes(path) && /\bstate\.\w+\.value(\.\w+)*\s*(=(?!=)|\+\+|--|[+\-*/]=)/.test(text),
  );
  assert.deepEqual(
    assigned.map(([path]) => path),
    [],
  );
});

test("the brotli file beside a script holds that script", () => {
  const vendor = new URL("../../static/vendor/", import.meta.url);
  const packed = readdirSync(vendor).filter((name) => name.endsWith(".br"));
  assert.equal(packed.length, 1);
  for (const name of packed)
    assert.deepEqual(
      brotliDecompressSync(readFileSync(new URL(name, vendor))),
      readFileSync(new URL(name.slice(0, -3), vendor)),
    );
});

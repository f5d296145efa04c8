// Makes static/vendor/plotly-VERSION.min.js (`make plotly`). Plotly's script for custom bundles is not in its npm
// package, and its way of leaving out traces keeps all components and the styles of maps; so this does what that script
// does (esbuild, attributes without their descriptions) for the parts in bundle.cjs.
import { readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** Descriptions of attributes: of use to Plotly's documentation only, and a tenth of the bundle. */
const DESCRIPTION = /\bdescription: (?:\[[^\]]*\]\s*\.join\([^)]*\)|'(?:[^'\\\n]|\\.)*')(?:,|(?=\s*\}))/g;
/** The buttons and icons of Plotly's own toolbar, and the styles that the page has in a file of its own. */
const UNUSED = /plotly\.js\/(build\/plotcss|src\/fonts\/ploticon|src\/components\/modebar\/buttons)\.js$/;

const parts = {
  name: "parts",
  setup(/** @type {import("esbuild").PluginBuild} */ bundler) {
    bundler.onResolve({ filter: /^culori$/ }, () => ({ path: here("colours.js") }));
    bundler.onLoad({ filter: UNUSED }, () => ({ contents: "" }));
    bundler.onLoad({ filter: /plotly\.js\/src\/.*\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(DESCRIPTION, ""),
    }));
  },
};

const { version } = JSON.parse(readFileSync(here("node_modules/plotly.js/package.json"), "utf8"));
const bundled = await build({
  entryPoints: [here("bundle.cjs")],
  bundle: true,
  write: false,
  minify: true,
  format: "iife",
  globalName: "Plotly",
  target: "es2022",
  define: { global: "window" },
  loader: { ".css": "empty" },
  legalComments: "eof",
  plugins: [parts],
});
const { code } = await minify(bundled.outputFiles[0].text, {
  ecma: 2020,
  compress: { passes: 2 },
  format: { comments: /^!|@license|@preserve/ },
});
const head = `/**
 * plotly.js v${version}: scatter, bar, heatmap and contour, made by \`make plotly\`
 * Copyright 2012-2026, Plotly, Inc. All rights reserved.
 * Licensed under the MIT license, see plotly-LICENSE.txt
 */
`;
const file = here(`../../static/vendor/plotly-${version}.min.js`);
writeFileSync(file, `${head + code}\n`);
// a sixth less than with gzip, and too slow to be made while somebody waits
writeFileSync(`${file}.br`, brotliCompressSync(`${head + code}\n`));
process.stdout.write(`${file}: ${Math.round(gzipSync(head + code).length / 1000)} kB with gzip\n`);

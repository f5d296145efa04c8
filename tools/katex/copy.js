// Copies KaTeX to the page, static/vendor/katex-VERSION.min.js, with its licence beside it (`make katex`). Its styles and
// fonts stay away: the page has it write MathML, which the browser draws (docs/decisions/0021).
import { copyFileSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

const { version } = JSON.parse(readFileSync(here("node_modules/katex/package.json"), "utf8"));
copyFileSync(here("node_modules/katex/dist/katex.min.js"), here(`../../static/vendor/katex-${version}.min.js`));
copyFileSync(here("node_modules/katex/LICENSE"), here("../../static/vendor/katex-LICENSE.txt"));

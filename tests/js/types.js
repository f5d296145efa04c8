// TypeScript declarations of the wire, from the JSON schema that the server's classes give; `make types` writes them.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The file that holds them. */
export const FILE = `${ROOT}static/js/model/wire.d.ts`;

const HEAD = `/**
 * What crosses the wire, as the server's own classes have it. Made by \`make types\`; do not edit.
 */`;

/** The text of the file. */
export async function declarations() {
  const schema = execFileSync(`${ROOT}.venv/bin/python`, ["-m", "tests.wire"], { cwd: ROOT, encoding: "utf8" });
  const made = await compile(JSON.parse(schema), "Wire", {
    additionalProperties: false,
    bannerComment: HEAD,
    ignoreMinAndMaxItems: true,
    style: { printWidth: 120 },
  });
  // docstrings mark code with two backticks, JSDoc with one
  return made.replaceAll("``", "`");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, await declarations());

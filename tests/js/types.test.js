import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { declarations, FILE } from "./types.js";

test("the types of the wire are what `make types` makes of the server's classes", async () => {
  assert.equal(readFileSync(FILE, "utf8"), await declarations());
});

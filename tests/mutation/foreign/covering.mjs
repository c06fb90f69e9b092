// SPDX-License-Identifier: MIT
// node covering.mjs FOLDER REACHED: the program in FOLDER-covered as pithmerge.mjs runs it, a line of REACHED
// for each of its answers: the mutants of FOLDER/mutants.json whose text was run, a base64 of a bit a mutant.
// V8's own counts are not used: what it optimizes or frees can lose them.

import { appendFileSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, reached] = process.argv.slice(2);
const mutants = JSON.parse(readFileSync(join(folder, "mutants.json"), "utf8"));

const reachedIds = (globalThis.reachedMutants = new Uint8Array(mutants.length));
let atStart = null;
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (...given) => {
  // What runs at the start runs for every case.
  atStart ??= reachedIds.slice();
  const bits = Buffer.alloc(Math.ceil(mutants.length / 8));
  mutants.forEach(({ id }, i) => { if (reachedIds[id] || atStart[id]) bits[i >> 3] |= 1 << (i & 7); });
  reachedIds.fill(0);
  appendFileSync(reached, `${bits.toString("base64")}\n`);
  return write(...given);
};

await import(pathToFileURL(resolve(`${folder}-covered`, "pithmerge.mjs")).href);

// SPDX-License-Identifier: MIT
// node covering.mjs FOLDER REACHED: the program in FOLDER as pithmerge.mjs runs it, a line of REACHED
// for each of its answers: the mutants of mutants.json whose text was run, a base64 of a bit a mutant.

import { appendFileSync, readFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [folder, reached] = process.argv.slice(2);
const mutants = JSON.parse(readFileSync(join(folder, "mutants.json"), "utf8"));
const lengths = new Map(mutants.map(({ module }) =>
  [module, readFileSync(join(folder, module), "utf8").length]));

const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

const write = process.stdout.write.bind(process.stdout);
// What runs at the start runs for every case.
let atStart = null;
process.stdout.write = (...given) => {
  const run = mutantsRun();
  atStart ??= run;
  const bits = Buffer.alloc(Math.ceil(mutants.length / 8));
  run.forEach((was, i) => { if (was || atStart[i]) bits[i >> 3] |= 1 << (i & 7); });
  appendFileSync(reached, `${bits.toString("base64")}\n`);
  return write(...given);
};

await import(pathToFileURL(resolve(folder, "pithmerge.mjs")).href);

/** Whether each mutant's text was run since this was asked last. */
function mutantsRun() {
  const counts = new Map();
  session.post("Profiler.takePreciseCoverage", (error, { result }) => {
    if (error) throw error;
    for (const { url, functions } of result) {
      const module = url.startsWith("file:") && relative(resolve(folder), fileURLToPath(url));
      if (!lengths.has(module)) continue;
      const painted = new Int32Array(lengths.get(module));
      const ranges = functions.flatMap((each) => each.ranges);
      ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
      for (const { startOffset, endOffset, count } of ranges) painted.fill(count, startOffset, endOffset);
      counts.set(module, painted);
    }
  });
  return mutants.map(({ module, from }) => (counts.get(module)?.[from] ?? 0) > 0);
}

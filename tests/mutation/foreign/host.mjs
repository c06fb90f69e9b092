// SPDX-License-Identifier: MIT
// node host.mjs: the program of one folder after the other, each imported anew, as pithmerge.mjs runs
// it. A line "!FOLDER" is answered by "ready", or by what went wrong; others are its requests.

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

let program = null;

for await (const line of linesOf(process.stdin)) {
  const text = line[0] === 0x21 ? await changedTo(line.subarray(1).toString()) : answered(line);
  process.stdout.write(`${text}\n`);
}

async function changedTo(folder) {
  try {
    const [answers, canonical] = await Promise.all(["answers", "canonical"].map(
      (name) => import(pathToFileURL(resolve(folder, `${name}.mjs`)).href),
    ));
    program = { ...answers, ...canonical };
    return "ready";
  } catch (error) {
    return `${error}`.replace(/\s+/g, " ");
  }
}

function answered(line) {
  return program.textInGivenOrder(program.answerTo(line));
}

async function* linesOf(stream) {
  let parts = [];
  for await (const chunk of stream) {
    let start = 0;
    for (let end; (end = chunk.indexOf("\n", start)) !== -1; start = end + 1) {
      parts.push(chunk.subarray(start, end));
      yield Buffer.concat(parts);
      parts = [];
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
}

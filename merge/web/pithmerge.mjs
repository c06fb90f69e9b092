#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The conformance protocol in Node: JSON lines on stdin, one line of answer for each on stdout.

import { once } from "node:events";
import { answerTo } from "./answers.mjs";
import { textInGivenOrder } from "./canonical.mjs";

await main();

async function main() {
  for await (const line of linesOf(process.stdin)) {
    const answer = answerTo(line);
    if (answer === null) break;
    if (!process.stdout.write(`${textInGivenOrder(answer)}\n`)) await once(process.stdout, "drain");
  }
}

/** Lines as bytes: a decoder on the stream would hide bad UTF-8. */
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
  if (parts.length > 0) yield Buffer.concat(parts);
}

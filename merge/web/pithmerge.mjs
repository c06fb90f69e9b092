#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// The conformance protocol: JSON lines on stdin, one line of answer for each on stdout.

import { once } from "node:events";
import { createHash } from "node:crypto";
import { decodeBase64 } from "./bytes.mjs";
import { canonicalText, textInGivenOrder } from "./canonical.mjs";
import { checkEvidence } from "./evidence.mjs";
import { MAX_DEPTH, readJson } from "./json-reader.mjs";
import { makeKeyring } from "./keyring.mjs";
import { merge } from "./merge.mjs";
import { Refused, isObject, isString } from "./values.mjs";

const IMPLEMENTATION = new Map([
  ["name", "pithmerge-js"],
  ["version", "1.1.0"],
  ["language", "JavaScript"],
  ["source", "merge/web"],
]);

/** A request carries its aliases two levels down, and an alias may be MAX_DEPTH deep. */
const REQUEST_DEPTH = MAX_DEPTH + 2;

/** An alias in a text of its own is one level down. */
const ALIASES_DEPTH = MAX_DEPTH + 1;

const OPERATIONS = new Map([
  ["merge", runMerge], ["canonicalize", runCanonicalize], ["evidence", runEvidence],
]);
const OPS_OF_VERSION_1 = ["merge", "canonicalize"];

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

/** The answer to one line; null ends the conversation. */
function answerTo(line) {
  let seq = null;
  try {
    const request = readRequest(line);
    seq = request.get("seq") ?? null;
    switch (request.get("cmd")) {
      case "hello": return answerToHello(request.get("protocol"));
      case "bye": return null;
      case "run": return answerToRun(seq, request);
      default: throw new Error("unknown cmd");
    }
  } catch (error) {
    return new Map([["seq", seq], ["failed", new Map([
      ["message", String(error?.message ?? error)],
      ["traceback", String(error?.stack ?? "")],
    ])]]);
  }
}

/** Version 2 is spoken, and 1 with whoever asks for it: kits of version 1 know two ops alone. */
function answerToHello(asked) {
  const version = asked === 1n ? 1n : 2n;
  const ops = version === 1n ? OPS_OF_VERSION_1 : [...OPERATIONS.keys()];
  return new Map([["protocol", version], ["implementation", IMPLEMENTATION], ["ops", ops]]);
}

function answerToRun(seq, request) {
  const operation = OPERATIONS.get(request.get("op"));
  if (!operation) return new Map([["seq", seq], ["unsupported", "no such op"]]);
  try {
    return new Map([["seq", seq], ["result", operation(request)]]);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return new Map([["seq", seq], ["result", new Map([["refused", error.message]])]]);
  }
}

/**
 * A request brings its aliases as nested JSON, and a value among them may be one that
 * the rules refuse (a lone surrogate, a repeated member). The answer to that is a
 * refusal with the request's `seq`, which JSON.parse, being lax, can still tell.
 */
function readRequest(line) {
  try {
    const request = readJson(line, REQUEST_DEPTH);
    if (!isObject(request)) throw new Error("a request is an object");
    return request;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const request = JSON.parse(line.toString("utf8"));
    if (request?.cmd !== "run" || !Number.isSafeInteger(request.seq)) throw error;
    return new Map([["cmd", "run"], ["seq", BigInt(request.seq)], ["op", request.op], ["refused", error]]);
  }
}

function runMerge(request) {
  if (request.has("refused")) throw request.get("refused");
  const inputs = listIn(request, "events_b64").map((text) => readJson(bytesOf(text)));
  const state = merge(inputs, keyringIn(request), {
    pithNumber: request.get("pith_number") ?? null,
    sourceAliases: aliasesIn(request),
    verifySignatures: request.get("verify_signatures") ?? true,
  });
  return new Map([["state_b64", Buffer.from(textInGivenOrder(state), "utf8").toString("base64")]]);
}

function runCanonicalize(request) {
  if (request.has("refused")) throw request.get("refused");
  const bytes = Buffer.from(canonicalText(readJson(bytesOf(request.get("json_b64")))), "utf8");
  return new Map([
    ["canonical_b64", bytes.toString("base64")],
    ["sha256", createHash("sha256").update(bytes).digest("hex")],
  ]);
}

function runEvidence(request) {
  if (request.has("refused")) throw request.get("refused");
  const { reason, equivocations } = checkEvidence(bytesOf(request.get("document_b64")), keyringIn(request));
  if (reason !== null) return new Map([["holds", false], ["reason", reason]]);
  const bytes = Buffer.from(canonicalText(equivocations), "utf8");
  return new Map([["holds", true], ["equivocations_b64", bytes.toString("base64")]]);
}

/** The keyring of a request: `keys`, or the bytes of a key file in `keys_b64`. */
function keyringIn(request) {
  if (!request.has("keys_b64")) return makeKeyring(listIn(request, "keys"));
  return makeKeyring(readJson(bytesOf(request.get("keys_b64"))));
}

/** The aliases of a request: `source_aliases`, or the bytes of a list of them. */
function aliasesIn(request) {
  if (!request.has("source_aliases_b64")) return request.get("source_aliases") ?? null;
  const aliases = readJson(bytesOf(request.get("source_aliases_b64")), ALIASES_DEPTH);
  if (!Array.isArray(aliases)) throw new Refused("source_aliases is no list");
  return aliases;
}

// What follows guards the protocol, not the rules: its errors are failures, not refusals.

function listIn(request, name) {
  const list = request.get(name);
  if (!Array.isArray(list)) throw new Error(`${name} is no list`);
  return list;
}

function bytesOf(text) {
  const bytes = isString(text) ? decodeBase64(text) : null;
  if (bytes === null) throw new Error("not base64");
  return bytes;
}

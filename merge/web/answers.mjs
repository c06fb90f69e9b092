// SPDX-License-Identifier: MIT
// The conformance protocol: the answer to each line, wherever the lines come from.

import { decodeBase64, encodeBase64, hexOf, utf8 } from "./bytes.mjs";
import { canonicalText, textInGivenOrder } from "./canonical.mjs";
import { checkEvidence } from "./evidence.mjs";
import { MAX_DEPTH, readJson } from "./json-reader.mjs";
import { makeKeyring } from "./keyring.mjs";
import { asOf, merge } from "./merge.mjs";
import { numberOf } from "./metadata.mjs";
import { sha256 } from "./platform.mjs";
import { textOfReport, verify } from "./verification/report.mjs";
import { Refused, isObject, isString } from "./values.mjs";

const IMPLEMENTATION = new Map([
  ["name", "pithmerge-js"],
  ["version", "1.3.0"],
  ["language", "JavaScript"],
  ["source", "merge/web"],
]);

/** A request carries its aliases two levels down, and an alias may be MAX_DEPTH deep. */
const REQUEST_DEPTH = MAX_DEPTH + 2;

/** An alias in a text of its own is one level down. */
const ALIASES_DEPTH = MAX_DEPTH + 1;

const OPERATIONS = new Map([
  ["merge", runMerge], ["canonicalize", runCanonicalize], ["evidence", runEvidence], ["verify", runVerify],
  ["view", runView], ["number", runNumber],
]);
const OPS_OF_VERSION_1 = ["merge", "canonicalize"];

/** The answer to one line; null ends the conversation. */
export function answerTo(line) {
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
    const request = JSON.parse(new TextDecoder().decode(line));
    if (request?.cmd !== "run" || !Number.isSafeInteger(request.seq)) throw error;
    return new Map([["cmd", "run"], ["seq", BigInt(request.seq)], ["op", request.op], ["refused", error]]);
  }
}

function runMerge(request) {
  if (request.has("refused")) throw request.get("refused");
  return mergeOf(request, inputsIn(request));
}

function runView(request) {
  if (request.has("refused")) throw request.get("refused");
  return mergeOf(request, asOf(inputsIn(request), request.get("as_of")));
}

function inputsIn(request) {
  return listIn(request, "events_b64").map((text) => readJson(bytesOf(text)));
}

function mergeOf(request, inputs) {
  const state = merge(inputs, keyringIn(request), {
    pithNumber: request.get("pith_number") ?? null,
    sourceAliases: aliasesIn(request),
    verifySignatures: request.get("verify_signatures") ?? true,
  });
  return new Map([["state_b64", encodeBase64(utf8(textInGivenOrder(state)))]]);
}

function runCanonicalize(request) {
  if (request.has("refused")) throw request.get("refused");
  const bytes = utf8(canonicalText(readJson(bytesOf(request.get("json_b64")))));
  return new Map([
    ["canonical_b64", encodeBase64(bytes)],
    ["sha256", hexOf(sha256(bytes))],
  ]);
}

function runEvidence(request) {
  if (request.has("refused")) throw request.get("refused");
  const { reason, equivocations } = checkEvidence(bytesOf(request.get("document_b64")), keyringIn(request));
  if (reason !== null) return new Map([["holds", false], ["reason", reason]]);
  return new Map([
    ["holds", true],
    ["equivocations_b64", encodeBase64(utf8(canonicalText(equivocations)))],
  ]);
}

function runVerify(request) {
  if (request.has("refused")) throw request.get("refused");
  const report = verify(bytesOf(request.get("document_b64")), keyringIn(request));
  return new Map([["report_b64", encodeBase64(utf8(textOfReport(report)))]]);
}

function runNumber(request) {
  if (request.has("refused")) throw request.get("refused");
  const { record, digest, pithNumber } = numberOf(readJson(bytesOf(request.get("metadata_b64"))));
  return new Map([["canonical_record", record], ["canonical_sha256", digest], ["pith_number", pithNumber]]);
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

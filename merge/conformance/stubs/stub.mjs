// An implementation of pith-open-graph-merge-v1 that is not written yet.
//
// It speaks version 2 of the conformance protocol, and refuses whatever it is asked:
//
//     pithmerge conform smoke --impl "node stub.mjs"
//
// Write `canonicalize` first, by SPEC.md 1. Traps: JSON.parse loses integers beyond 2^53, takes
// repeated members and lone surrogates, and cannot tell 1 from 1.0. It is good enough for the
// members of a request, but not for what stands in `source_aliases`.

import { createInterface } from "node:readline";

const IMPLEMENTATION = { name: "stub", version: "0", language: "JavaScript", source: "here" };

/** Where SPEC.md says refused: there is no result. */
class Refused extends Error {}

/** json_b64 -> canonical_b64, sha256 (SPEC 1.1). */
function canonicalize(request) {
  throw new Refused("canonicalize is not written yet");
}

/**
 * pith_number, keys or keys_b64, source_aliases or source_aliases_b64, verify_signatures,
 * events_b64 -> state_b64 (SPEC 8.2).
 */
function merge(request) {
  throw new Refused("merge is not written yet");
}

/** document_b64, keys or keys_b64 -> holds, and equivocations_b64 or reason (SPEC 11.7). */
function evidence(request) {
  throw new Refused("evidence is not written yet");
}

/** document_b64, keys or keys_b64 -> report_b64 (SPEC 10.7). */
function verify(request) {
  throw new Refused("verify is not written yet");
}

/** as_of, and what merge takes -> state_b64 (SPEC 8.9). */
function view(request) {
  throw new Refused("view is not written yet");
}

/** metadata_b64 -> canonical_record, canonical_sha256, pith_number (SPEC 2.9). */
function number(request) {
  throw new Refused("number is not written yet");
}

const OPS = new Map(Object.entries({ canonicalize, merge, evidence, verify, view, number }));
const OPS_OF_VERSION_1 = ["canonicalize", "merge"];

/** The answer to hello or run. */
function answerTo(request) {
  if (request.cmd === "hello") {
    const version = Math.min(request.protocol, 2);
    const ops = [...OPS.keys()].filter((op) => version > 1 || OPS_OF_VERSION_1.includes(op));
    return { protocol: version, implementation: IMPLEMENTATION, ops };
  }
  const { seq } = request;
  try {
    return { seq, result: OPS.get(request.op)(request) };
  } catch (error) {
    if (error instanceof Refused) return { seq, result: { refused: error.message } };
    return { seq, failed: { message: String(error), traceback: String(error.stack) } };
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const request = JSON.parse(line);
  if (request.cmd === "bye") break;
  process.stdout.write(`${JSON.stringify(answerTo(request))}\n`);
}

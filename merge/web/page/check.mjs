// SPDX-License-Identifier: MIT
// What the page says of documents: the statements that digests, signatures and the merge
// settle. The command's `verify` looks at every place (section 10), and the page says so.

import { canonicalText, digestHex, textInGivenOrder } from "../canonical.mjs";
import { findEquivocations } from "../equivocation.mjs";
import { checkEvidence } from "../evidence.mjs";
import { isInstant, isPithNumber, isWellFormed } from "../event.mjs";
import { MAX_DEPTH, readJson } from "../json-reader.mjs";
import { isInWindow, makeKeyring } from "../keyring.mjs";
import { merge } from "../merge.mjs";
import { findSuperseded } from "../order.mjs";
import { memberAt, pithNumberOf } from "../record.mjs";
import { isMalformedBlock, isUnsupportedBlock, verifies } from "../rows.mjs";
import { groupCopies, judge, validEvents } from "../validity.mjs";
import { Refused, isObject, isString } from "../values.mjs";
import { decodeBase64 } from "../bytes.mjs";

/** Rule 1.5: what carries events. */
const DOCUMENT_DEPTH = MAX_DEPTH + 4;
const VERSION = "pith-open-graph-merge-v1";
const KINDS = [
  ["bundle_type", "bundle"], ["state_type", "state"], ["record_type", "record"],
  ["manifest_type", "manifest"], ["evidence_type", "evidence"],
];
const SIGNERS_OF_BUNDLES = ["pith_registry", "mirror"];

/** Rule 3.5: whom a verifier trusts who is told nothing: the registry's published key. */
const DEFAULT_KEYS = [new Map([
  ["public_key_b64", "stVStoiQhXFxp4s2pdzPNoqVNBMojDU/fJ2db5S3CbM="],
  ["key_id", "pith-v1-2026-05"], ["signer_id", "pith.science"], ["signer_type", "pith_registry"],
  ["valid_from", null], ["valid_until", null],
])];

const holds = (what, rule) => ({ what, rule, outcome: "ok" });
const fails = (what, rule, why) => ({ what, rule, outcome: "failed", why });
const open = (what, rule, why) => ({ what, rule, outcome: "not checkable", why });
const settled = (what, rule, why) => (why === null ? holds(what, rule) : fails(what, rule, why));

/**
 * @param documents  [{ name, bytes }]
 * @param keys  [{ name, bytes }], key files; none for the registry's published key
 * @returns { problem } of the keys, or { documents: [a report each], papers: [a graph each] }
 */
export function check({ documents, keys }) {
  let keyring;
  try {
    keyring = keyringOf(keys);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { problem: `The keys cannot be used: ${error.message}`, documents: [], papers: [] };
  }
  const given = documents.map((file) => read(file));
  return {
    problem: null,
    documents: given.map((document) => report(document, keyring)),
    papers: papersOf(given, keyring),
  };
}

function keyringOf(keys) {
  if (keys.length === 0) return makeKeyring(DEFAULT_KEYS);
  const entries = keys.flatMap(({ name, bytes }) => {
    try {
      const value = readJson(bytes);
      return Array.isArray(value) ? value : [value];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new Refused(`${name}: ${error.message}`);
    }
  });
  return makeKeyring(entries);
}

/** A document: { name, kind, value } or { name, problem }. */
function read({ name, bytes }) {
  let value;
  try {
    value = readJson(bytes, DOCUMENT_DEPTH);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { name, kind: null, problem: `it cannot be read as JSON: ${error.message} (SPEC 1.2, 1.4, 1.5)` };
  }
  if (Array.isArray(value)) return { name, kind: "events", value, bytes };
  const kinds = KINDS.filter(([member]) => isObject(value) && value.has(member));
  if (kinds.length !== 1) {
    const why = kinds.length === 0 ? "it names no type of document" : "it names two types of document";
    return { name, kind: null, problem: `it is no Pith document: ${why} (SPEC 10)` };
  }
  const [[, kind]] = kinds;
  const version = value.get("merge_version");
  if (kind !== "record" && isString(version) && version !== VERSION) {
    return { name, kind, unsupported: `it follows another merge_version, and this page knows ${VERSION}` };
  }
  return { name, kind, value, bytes };
}

const REPORTS = { bundle: ofBundle, state: ofState, events: ofEvents, evidence: ofEvidence };

/** { name, kind, verdict, pithNumber, problem, statements, proven } */
function report(document, keyring) {
  const { name, kind, value } = document;
  const about = { name, kind, pithNumber: null, problem: null, statements: [], proven: null };
  if (document.problem) return { ...about, verdict: "unreadable", problem: document.problem };
  if (document.unsupported) return { ...about, verdict: "unsupported", problem: document.unsupported };
  if (isPithNumber(memberAt(value, "pith_number"))) about.pithNumber = value.get("pith_number");
  if (!(kind in REPORTS)) {
    return { ...about, verdict: "unsupported", problem: `a ${kind} is for the command: pithmerge verify` };
  }
  return { ...about, ...REPORTS[kind](value, keyring, document.bytes) };
}

/** Rule 10.1, as far as digests, signatures and the merge settle it. */
function ofBundle(bundle, keyring) {
  const events = listOf(bundle.get("events"));
  const statements = [signatureOfBundle(bundle, keyring), ...ofRecord(bundle)];
  const judged = judgedOf(events, bundle.get("pith_number"), keyring);
  statements.push(...ofJudged(judged, "$.events"));
  const stated = bundle.get("state");
  let why = null;
  try {
    const state = merge(events, keyring, {
      pithNumber: bundle.get("pith_number") ?? null,
      sourceAliases: bundle.get("source_aliases") ?? null,
    });
    if (!isObject(stated)) why = "it is missing, or no object";
    else if (textInGivenOrder(state) !== textInGivenOrder(stated)) {
      why = "it is not, byte for byte, what its events merge to";
    }
    const current = memberAt(state, "current", "canonical_record") ?? null;
    const same = current !== null && canonicalText(current) === canonicalText(bundle.get("canonical_record") ?? null);
    statements.push(settled("$.canonical_record is that of the events", "10.1", same ? null : "no current record_created event holds it"));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    why = `its events cannot be merged: ${error.message}`;
  }
  statements.push(settled("$.state is what its events merge to", "10.1", why));
  return { statements, verdict: verdictOf(statements) };
}

function signatureOfBundle(bundle, keyring) {
  const what = "$.bundle_signature covers all else, by a key that you trust";
  const block = bundle.get("bundle_signature");
  const rest = new Map(bundle);
  rest.delete("bundle_signature");
  const digest = digestHex(rest);
  if (!isObject(block)) return fails(what, "10.1", "it is missing, or no object");
  if (block.get("bundle_sha256") !== digest) return fails(what, "10.1", "bundle_sha256 is another digest: something in it was changed");
  if (isMalformedBlock(block) || isUnsupportedBlock(block, "bundle_sha256_bytes")) return fails(what, "3.1", "it is no signature of a bundle");
  const key = keyring.get(block.get("public_key_fingerprint"));
  if (key === undefined) return fails(what, "3.5", "none of the keys that you trust");
  if (key.keyId !== block.get("key_id")) return fails(what, "3.5", "the key has another key_id");
  if (!SIGNERS_OF_BUNDLES.includes(key.signerType)) return fails(what, "10.1", `its key is that of a ${key.signerType}`);
  const built = bundle.get("built_at");
  if (isInstant(built) ? !isInWindow(key, built) : key.validFrom !== null || key.validUntil !== null) {
    return fails(what, "3.5", "built_at is not in the time of its key");
  }
  return settled(what, "3.1", verifies(block, key, digest) ? null : "the signature does not verify");
}

/** Rule 2.2. */
function ofRecord(bundle) {
  const record = bundle.get("canonical_record");
  if (!isObject(record)) return [fails("$.canonical_record", "2.2", "it is missing, or no object")];
  const digest = digestHex(record);
  const number = pithNumberOf(record, digest);
  return [
    settled("$.canonical_sha256 is the record's digest", "2.2", bundle.get("canonical_sha256") === digest ? null : "it is another"),
    settled("$.pith_number is the record's", "2.2", number !== null && bundle.get("pith_number") === number ? null : "it is another"),
  ];
}

/** Rules 8.2 and 10.2: that its digest is its own; nothing in it is signed but the record's receipt. */
function ofState(state) {
  const rest = new Map(state);
  rest.delete("state_sha256");
  const statements = [
    settled("$.state_sha256 is the digest of all else", "8.2", state.get("state_sha256") === digestHex(rest) ? null : "it is another"),
    open("$.current", "10.2", "a state alone shows no signatures: give the bundle"),
  ];
  return { statements, verdict: verdictOf(statements) === "failed" ? "failed" : "consistent" };
}

/** Sections 4 and 5. */
function ofEvents(events, keyring) {
  const numbers = [...new Set(events.filter(isWellFormed).map((event) => event.get("subject_pith_number")))];
  const statements = numbers.flatMap((number) => (
    ofJudged(judgedOf(events.filter((event) => !isWellFormed(event) || event.get("subject_pith_number") === number), number, keyring), "$")));
  const unnamed = events.filter((event) => !isWellFormed(event)).length;
  if (numbers.length === 0) statements.push(settled("$", "5.1", `none of ${unnamed} is an event`));
  return { statements, verdict: verdictOf(statements) };
}

/** Rule 11.7. */
function ofEvidence(value, keyring, bytes) {
  const { reason, equivocations } = checkEvidence(bytes, keyring);
  const what = "$.equivocations are proven by its events";
  if (reason === null) {
    return { statements: [holds(what, "11.7")], verdict: "ok", proven: equivocations.length };
  }
  return { statements: [fails(what, "11.7", reason)], verdict: reason === "unsupported" ? "unsupported" : "failed" };
}

function verdictOf(statements) {
  if (statements.some(({ outcome }) => outcome === "failed")) return "failed";
  return statements.some(({ outcome }) => outcome === "ok") ? "ok" : "failed";
}

function judgedOf(events, pithNumber, keyring) {
  const groups = groupCopies(events);
  return { groups, reasons: judge(groups, { pithNumber, keyring, verifySignatures: true }) };
}

/** A statement for each event: it is valid, or why not. */
function ofJudged({ groups, reasons }, where) {
  const all = [...groups.values()];
  const rejected = all.filter(({ identity }) => reasons.get(identity) !== null);
  const statements = rejected.map(({ identity }) => fails(`${where}: ${identity}`, "5.1", reasons.get(identity)));
  const valid = all.length - rejected.length;
  if (valid > 0) statements.push(holds(valid === 1 ? `${where}: 1 event is valid` : `${where}: ${valid} events are valid`, "5.1"));
  return statements;
}

/** The events of documents, united paper by paper. */
function papersOf(documents, keyring) {
  const papers = new Map();
  for (const document of documents) {
    for (const event of eventsOf(document)) {
      const number = document.kind === "bundle" && isPithNumber(document.value.get("pith_number"))
        ? document.value.get("pith_number")
        : memberAt(event, "subject_pith_number");
      if (!isPithNumber(number)) continue;
      if (!papers.has(number)) papers.set(number, { names: new Set(), events: [] });
      papers.get(number).names.add(document.name);
      papers.get(number).events.push(event);
    }
  }
  return [...papers].map(([pithNumber, { names, events }]) => paperOf(pithNumber, [...names], events, keyring));
}

function eventsOf({ kind, value }) {
  if (kind === "bundle") return listOf(value?.get("events"));
  if (kind === "events") return value;
  if (kind !== "evidence" || value === undefined) return [];
  return listOf(value.get("events")).flatMap((entry) => {
    const text = memberAt(entry, "event_b64");
    const bytes = isString(text) ? decodeBase64(text) : null;
    try {
      return bytes === null ? [] : [readJson(bytes)];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return [];
    }
  });
}

function paperOf(pithNumber, names, events, keyring) {
  const { groups, reasons } = judgedOf(events, pithNumber, keyring);
  const valid = validEvents(groups, reasons);
  const superseded = new Set([...findSuperseded(valid).values()].flat().map(({ id }) => id));
  const shown = [...groups.values()].map(({ identity, copies }) => {
    const text = (...path) => {
      const value = memberAt(copies[0].input, ...path);
      return isString(value) ? value : null;
    };
    const reason = reasons.get(identity);
    return {
      id: identity, type: text("event_type"), target: text("target"), signerId: text("signer", "signer_id"),
      createdAt: text("created_at") ?? "", prevEvent: text("prev_event"),
      supersedes: listOf(memberAt(copies[0].input, "supersedes")).filter(isString),
      verdict: reason !== null ? "rejected" : superseded.has(identity) ? "superseded" : "current",
      reason,
    };
  });
  const equivocations = findEquivocations(valid).map(({ kind, signerId, eventType, target, eventIds }) => (
    { kind, signerId, eventType, target, eventIds }));
  return { pithNumber, names, events: shown, equivocations };
}

const listOf = (value) => (Array.isArray(value) ? value : []);

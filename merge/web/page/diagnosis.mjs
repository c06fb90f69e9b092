// SPDX-License-Identifier: MIT
// Rule 10.6, as far as it follows from rows: the cause of what failed, in words. The search
// for what a tool did (`rewritten_by_tool`) is the command's.

import { identityOf } from "../event.mjs";
import { isMalformedBlock } from "../rows.mjs";
import { memberAt } from "../record.mjs";
import { isObject } from "../values.mjs";

const WORDS = {
  another_merge_version: "it follows rules that this page does not know, and nothing is said of it",
  cut_short: "something is not there that should be",
  content_changed: "what was digested or signed is not what stands here: it was changed since",
  signature_damaged: "it agrees with the digests that it states, and its signature or receipt does not hold",
  key_unknown: "none of the keys that are trusted here signed it, or not as that signer, or not at that time: ask whom it names for its key",
  uncovered_event: "an event is of a form or type that no rule covers",
  state_not_of_events: "a state is whole by its digest, and is not what the events merge to",
  altered_around: "what is signed holds, and what stands around it does not agree with it",
  contradiction: "it was signed as it stands, and contradicts itself",
  unexplained: "nothing that this page looks for explains it",
};

const CAUSES_OF_REASONS = new Map([
  ["unsupported_schema_version", "uncovered_event"], ["unknown_event_type", "uncovered_event"],
  ["malformed_event", "uncovered_event"], ["subject_mismatch", "altered_around"],
  ["content_hash_mismatch", "content_changed"], ["event_id_mismatch", "content_changed"],
  ["signature_missing", "signature_damaged"], ["signature_malformed", "signature_damaged"],
  ["signature_unsupported", "signature_damaged"], ["signer_mismatch", "signature_damaged"],
  ["signature_invalid", "signature_damaged"], ["unknown_key", "key_unknown"],
  ["signer_not_recognized", "key_unknown"], ["key_not_valid", "key_unknown"],
  ["not_authorized", "key_unknown"], ["receipt_invalid", "signature_damaged"],
  ["record_mismatch", "contradiction"], ["payload_invalid", "contradiction"],
  ["prev_event_missing", "cut_short"],
]);
/** Of several, which one is taken for what follows from them. */
const FIRST = Object.keys(WORDS);

/**
 * The causes of what failed: `[{ cause, words, count, places }]`, the first few places of
 * each. Each failed row stands under one.
 */
export function causesOf({ kind, value }, { report, facts }) {
  if (report.verdict === "unsupported") return [causeOf("another_merge_version", [])];
  const failed = report.rows.filter(({ outcome }) => outcome === "failed");
  const found = new Map();
  const tell = tellerOf(kind, value, facts, failed);
  for (const row of failed) {
    const cause = tell(row);
    if (!found.has(cause)) found.set(cause, []);
    found.get(cause).push(row.place);
  }
  return FIRST.filter((cause) => found.has(cause)).map((cause) => causeOf(cause, found.get(cause)));
}

/** The cause of what could not be read, if there is one to tell. */
export function causesOfUnreadable(refused) {
  return refused.isAtEnd ? [{ ...causeOf("cut_short", []), words: "the text ends before the document does" }] : [];
}

/** What is an item of a list, an event perhaps, is shown first: the rest mostly follows from it. */
function causeOf(cause, places) {
  const [items, others] = [/\[/, /^[^[]*$/].map((form) => places.filter((place) => form.test(place)));
  return { cause, words: WORDS[cause], count: places.length, places: [...new Set([...items, ...others])].slice(0, 3) };
}

/** What gives the cause of a failed row. */
function tellerOf(kind, value, facts, failed) {
  const names = new Set(failed.map(({ place, rule }) => `${place} ${rule}`));
  const has = (place, rule) => names.has(`${place} ${rule}`);
  const missing = failed.some(({ place }) => isMissing(value, place));
  const general = (row) => (isMissing(value, row.place) ? "cut_short" : null);
  if (kind === "bundle" || kind === "events") return ofEvents(kind, value, facts, has, missing, general);
  if (kind === "state") return ofState(facts, has, missing, general);
  if (kind === "record") return ofRecord(value, facts, has, general);
  if (kind === "evidence") return ofEvidence(facts, has, general);
  return (row) => general(row) ?? "altered_around";
}

function ofEvents(kind, value, facts, has, missing, general) {
  const causes = facts.judged === null ? [] : causesOfEvents(facts);
  const wrong = causes.filter((cause) => cause !== null);
  const first = FIRST.find((cause) => wrong.includes(cause)) ?? (missing ? "cut_short" : null);
  const ofState = () => {
    if (wrong.length === 0 && lacksApplied(value, facts)) return "cut_short";
    if (first !== null) return first;
    return has("$.state", "8.2") ? "content_changed" : "state_not_of_events";
  };
  const isStateAlone = () => (has("$.state", "10.1") ? ofState() : null);
  return (row) => {
    const index = indexOf(row.place, kind === "bundle" ? "$.events" : "$");
    if (index !== null) {
      const own = causes[index] ?? null;
      if (own !== null) return own;
      if (general(row) !== null) return "cut_short";
      return /\.payload\.graph_snapshot\b/.test(row.place) ? "contradiction" : "altered_around";
    }
    if (general(row) !== null) return "cut_short";
    if (row.place === "$.state") return ofState();
    if (row.place.startsWith("$.bundle_signature") || row.place === "$.built_at") {
      return ofBundleSignature(row, value, facts, has, first ?? isStateAlone());
    }
    if (row.place === "$.canonical_record") return first ?? "altered_around";
    return kind === "events" || row.rule === "10" ? first ?? "unexplained" : "altered_around";
  };
}

/** The cause of a bundle's signature, of which the digest is the first thing asked. */
function ofBundleSignature(row, value, facts, has, first) {
  const block = memberAt(value, "bundle_signature");
  if (isObject(block) && !isMalformedBlock(block)) {
    const key = facts.keyring.get(block.get("public_key_fingerprint"));
    if (row.rule !== "10.1" && (key === undefined || key.keyId !== block.get("key_id"))) return "key_unknown";
  }
  if (row.place === "$.built_at" || row.place === "$.bundle_signature" && row.rule === "10.1") return "key_unknown";
  if (!has("$.bundle_signature.bundle_sha256", "10.1")) return "signature_damaged";
  return first ?? "altered_around";
}

function lacksApplied(value, { judged }) {
  const applied = memberAt(value, "state", "applied_event_ids");
  return judged !== null && Array.isArray(applied) && applied.some((id) => !judged.groups.has(id));
}

/** Of each event as it stands, the cause of its not being valid; null of a valid one. */
function causesOfEvents({ judged, keyring }) {
  const { copies, groups, reasons } = judged;
  return copies.map(({ input, digest }) => {
    let at = identityOf(digest);
    // Up the chain, to the event that is wrong by itself; a chain has no end within itself.
    while (reasons.get(at) === "prev_event_invalid") at = groups.get(at).copies[0].input.get("prev_event");
    const reason = reasons.get(at);
    if (reason === null || reason === undefined) return statesOtherDigest(input, digest) ? "content_changed" : null;
    if (at === identityOf(digest)) return ownCause(input, digest, reason, keyring);
    const [copy] = groups.get(at).copies;
    return ownCause(copy.input, copy.digest, reason, keyring);
  });
}

/** An event's own cause is decided by its digests first. */
function ownCause(input, digest, reason, keyring) {
  if (statesOtherDigest(input, digest)) return "content_changed";
  if (reason === "receipt_invalid") {
    const fingerprint = memberAt(input, "payload", "receipt", "public_key_fingerprint");
    return keyring.has(fingerprint) ? "signature_damaged" : "key_unknown";
  }
  return CAUSES_OF_REASONS.get(reason) ?? "unexplained";
}

function statesOtherDigest(input, digest) {
  if (!isObject(input)) return false;
  return ["content_sha256", "event_id"].some((name) => (
    input.has(name) && input.get(name) !== (name === "event_id" ? identityOf(digest) : digest)));
}

function ofState(facts, has, missing, general) {
  const isChanged = has("$.state_sha256", "8.2");
  return (row) => {
    if (general(row) !== null) return "cut_short";
    if (isChanged) return missing ? "cut_short" : "content_changed";
    if (/\.receipt\b/.test(row.place)) return receiptCause(memberAt(facts.state, "current", "record_created", "payload", "receipt"), facts);
    return "state_not_of_events";
  };
}

function ofRecord(value, facts, has, general) {
  const receipt = value.get("receipt");
  const isChanged = has("$.receipt.canonical_sha256", "2.2") && has("$.canonical_sha256", "2.2");
  return (row) => {
    if (general(row) !== null) return "cut_short";
    const isOfRecord = row.place.startsWith("$.receipt") || row.place === "$";
    if (isChanged && (isOfRecord || /^\$\.(?:canonical|pith|short)/.test(row.place))) return "content_changed";
    if (isOfRecord && has("$.receipt", "5.1b")) return receiptCause(receipt, facts);
    return "altered_around";
  };
}

function receiptCause(receipt, { keyring }) {
  const key = keyring.get(memberAt(receipt, "public_key_fingerprint"));
  return key === undefined || key.keyId !== memberAt(receipt, "key_id") ? "key_unknown" : "signature_damaged";
}

function ofEvidence(facts, has, general) {
  const judged = { copies: facts.merged, groups: facts.groups, reasons: facts.reasons };
  const causes = causesOfEvents({ judged, keyring: facts.keyring });
  const ofCopy = new Map(facts.merged.map((copy, i) => [copy, causes[i]]));
  const first = FIRST.find((cause) => causes.includes(cause)) ?? null;
  const isChanged = has("$.evidence_sha256", "11.6");
  return (row) => {
    if (general(row) !== null) return "cut_short";
    const index = indexOf(row.place, "$.events");
    if (index !== null && row.rule === "5.1") return ofCopy.get(facts.copies[index]) ?? "unexplained";
    if (/^\$\.keys\[/.test(row.place)) return "key_unknown";
    if (isChanged) return "content_changed";
    return /^\$\.equivocations/.test(row.place) && first !== null ? first : "altered_around";
  };
}

/** The index of a place in a list; null of a place elsewhere. */
function indexOf(place, list) {
  const digits = place.startsWith(`${list}[`) ? /^[0-9]+/.exec(place.slice(list.length + 1)) : null;
  return digits === null ? null : Number(digits[0]);
}

/** Whether a place is one of a member that is not there. */
function isMissing(value, place) {
  let at = value;
  for (const [, name, index, quoted] of place.matchAll(/\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]|\[("(?:[^"\\]|\\.)*")\]/g)) {
    if (index !== undefined) at = Array.isArray(at) ? at[Number(index)] : undefined;
    else at = isObject(at) ? at.get(name ?? JSON.parse(quoted)) : undefined;
    if (at === undefined) return true;
  }
  return false;
}

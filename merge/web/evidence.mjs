// SPDX-License-Identifier: MIT
// Section 11: evidence, a file that proves equivocations by itself.

import { canonicalText, digestHex } from "./canonical.mjs";
import { findEquivocations } from "./equivocation.mjs";
import { contentDigest, identityOf, isFilledString, isPithNumber } from "./event.mjs";
import { MAX_DEPTH, readJson } from "./json-reader.mjs";
import { decodeBase64 } from "./bytes.mjs";
import { memberAt } from "./record.mjs";
import { toEquivocationEntry } from "./state.mjs";
import { groupCopies, judge, validEvents } from "./validity.mjs";
import { Refused, compareStrings, compareTuples, isObject, isString } from "./values.mjs";

/** Rule 1.5: what carries events. */
const DOCUMENT_DEPTH = MAX_DEPTH + 4;

const TYPE = "pith_equivocation_evidence";
const VERSIONS = [["evidence_version", "1.0"], ["merge_version", "pith-open-graph-merge-v1"]];

/** Rule 11.7: the rows in their order. A row says whether it fails, and may rely on those above it. */
const ROWS = [
  ["malformed_evidence", isMalformed],
  ["evidence_digest_mismatch", statesOtherDigest],
  ["event_unreadable", hasUnreadableEvent],
  ["events_unordered", isUnordered],
  ["event_rejected", hasRejectedEvent],
  ["equivocations_mismatch", statesOtherEquivocations],
  ["event_superfluous", hasSuperfluousEvent],
  ["keys_mismatch", namesOtherKeys],
];

/**
 * Rule 11.7. What comes of checking the document in `bytes` with the verifier's keyring:
 * `{ reason, equivocations }`, of which one is null.
 */
export function checkEvidence(bytes, keyring) {
  const file = readJson(bytes, DOCUMENT_DEPTH);
  const refuted = (reason) => ({ reason, equivocations: null });
  if (memberAt(file, "evidence_type") !== TYPE) return refuted("malformed_evidence");
  const isUnsupported = VERSIONS.some(([name, known]) => isString(file.get(name)) && file.get(name) !== known);
  if (isUnsupported) return refuted("unsupported");

  const evidence = new Evidence(file, keyring);
  for (const [reason, fails] of ROWS) {
    if (fails(evidence)) return refuted(reason);
  }
  return { reason: null, equivocations: file.get("equivocations") };
}

/** A file and what its rows rest on, each taken when the first row asks for it. */
class Evidence {
  #events;
  #judged;

  constructor(file, keyring) {
    this.file = file;
    this.keyring = keyring;
  }

  /** Rule 11.2. Refused if one cannot be read. */
  get events() {
    this.#events ??= this.file.get("events").map((entry) => readEvent(entry.get("event_b64")));
    return this.#events;
  }

  /** Section 5: the reasons by identity, and the valid events. */
  get judged() {
    if (this.#judged === undefined) {
      const groups = groupCopies(this.events);
      const context = { pithNumber: this.file.get("pith_number"), keyring: this.keyring, verifySignatures: true };
      const reasons = judge(groups, context);
      this.#judged = { reasons, valid: validEvents(groups, reasons) };
    }
    return this.#judged;
  }
}

/** `malformed_evidence`: rules 11.1, 11.4, 11.5. */
function isMalformed({ file }) {
  return !hasMembers(file, FORM_OF_FILE);
}

/** `evidence_digest_mismatch`: rule 11.6. */
function statesOtherDigest({ file }) {
  const rest = new Map(file);
  rest.delete("evidence_sha256");
  return digestHex(rest) !== file.get("evidence_sha256");
}

/** `event_unreadable`. */
function hasUnreadableEvent(evidence) {
  try {
    return evidence.events.length === 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return true;
  }
}

/** Rule 11.2. */
export function readEvent(text) {
  const bytes = decodeBase64(text);
  if (bytes === null || bytes[0] !== 0x7b || bytes.at(-1) !== 0x7d) throw new Refused("no event's bytes");
  return readJson(bytes);
}

/** `events_unordered`. */
function isUnordered({ events }) {
  return !ascends(events.map((event) => [identityOf(contentDigest(event))]));
}

/** `event_rejected`. */
function hasRejectedEvent({ judged }) {
  return [...judged.reasons.values()].some((reason) => reason !== null);
}

/** `equivocations_mismatch`. */
function statesOtherEquivocations({ file, judged }) {
  const proven = findEquivocations(judged.valid).map(toEquivocationEntry);
  return canonicalText(proven) !== canonicalText(file.get("equivocations"));
}

/** `event_superfluous`: rule 11.3. */
function hasSuperfluousEvent({ file, judged }) {
  const proven = file.get("equivocations").flatMap((entry) => entry.get("event_ids"));
  return neededEvents(proven, judged.valid).size !== judged.valid.length;
}

/** Rule 11.3: the ids of valid events that conflicting ones rest on, theirs among them. */
export function neededEvents(conflicting, events) {
  const byId = new Map(events.map((event) => [event.id, event]));
  const needed = new Set();
  const open = [...conflicting];
  while (open.length > 0) {
    const id = open.pop();
    if (id === null || needed.has(id)) continue;
    needed.add(id);
    open.push(byId.get(id).prevEvent);
  }
  return needed;
}

/** `keys_mismatch`. */
function namesOtherKeys({ file, events }) {
  return canonicalText(keysOf(events)) !== canonicalText(file.get("keys"));
}

/**
 * Rule 11.5, of well-formed events: of a fingerprint that a signer and a receipt have, the
 * signer counts. A receipt that names no key is none here; of a valid event it names one.
 */
export function keysOf(events) {
  const keys = new Map();
  const add = (holder, signerId, signerType) => keys.set(holder.get("public_key_fingerprint"), new Map([
    ["public_key_fingerprint", holder.get("public_key_fingerprint")],
    ["key_id", holder.get("key_id")],
    ["signer_id", signerId],
    ["signer_type", signerType],
  ]));
  for (const event of events) {
    const receipt = memberAt(event, "payload", "receipt");
    const namesKey = ["public_key_fingerprint", "key_id"].every((name) => isString(memberAt(receipt, name)));
    if (event.get("event_type") === "record_created" && namesKey) add(receipt, null, "pith_registry");
  }
  for (const event of events) {
    const signer = event.get("signer");
    add(signer, signer.get("signer_id"), signer.get("signer_type"));
  }
  return [...keys].sort(([a], [b]) => compareStrings(a, b)).map(([, key]) => key);
}

// The forms of rules 11.1, 11.4 and 11.5: an object has exactly these members, each of its form.

const isStringOrNull = (value) => value === null || isString(value);
const listOf = (hasForm) => (value) => Array.isArray(value) && value.every(hasForm);
const filledListOf = (hasForm) => (value) => listOf(hasForm)(value) && value.length > 0;
const objectOf = (form) => (value) => hasMembers(value, form);

const FORM_OF_ENTRY = {
  kind: isString,
  signer_id: isString,
  event_type: isString,
  target: isString,
  position: isStringOrNull,
  event_ids: listOf(isString),
};

const PLACE = /^(?:\$(?:\.events)?\[(?:0|[1-9][0-9]*)\]|\$\.events\[(?:0|[1-9][0-9]*)\]\.event_b64)$/;
const FORM_OF_FOUND = {
  file: isFilledString,
  sha256: (value) => isString(value) && /^[0-9a-f]{64}$/.test(value),
  place: (value) => isString(value) && PLACE.test(value),
};

const FORM_OF_EVENT = {
  event_b64: isString,
  found: (value) => filledListOf(objectOf(FORM_OF_FOUND))(value)
    && ascends(value.map((each) => Object.keys(FORM_OF_FOUND).map((name) => each.get(name)))),
};

const FORM_OF_KEY = {
  public_key_fingerprint: isFilledString,
  key_id: isFilledString,
  signer_id: (value) => value === null || isFilledString(value),
  signer_type: isFilledString,
};

const FORM_OF_FILE = {
  evidence_type: isString,
  evidence_version: isString,
  merge_version: isString,
  pith_number: isPithNumber,
  equivocations: filledListOf(objectOf(FORM_OF_ENTRY)),
  events: filledListOf(objectOf(FORM_OF_EVENT)),
  keys: listOf(objectOf(FORM_OF_KEY)),
  evidence_sha256: isString,
};

/** Whether a file has the form of 11.1, whatever versions and number it names. */
export function hasFormOfEvidence(file) {
  const isThere = (value) => value !== undefined;
  return hasMembers(file, {
    ...FORM_OF_FILE, evidence_version: isThere, merge_version: isThere, pith_number: isThere,
  });
}

function hasMembers(value, form) {
  const names = Object.keys(form);
  // A missing member is undefined, which has none of the forms.
  return isObject(value) && value.size === names.length && names.every((name) => form[name](value.get(name)));
}

/** Whether tuples of strings ascend, none twice. */
function ascends(tuples) {
  return tuples.every((tuple, i) => i === 0 || compareTuples(tuples[i - 1], tuple) < 0);
}

// SPDX-License-Identifier: MIT
// Rule 5.1: what can be said of one copy of an event by itself.
//
// A row gets a copy `{ input, digest }` (input: the JSON value given; digest: that
// of its content) and the context `{ pithNumber, keyring, verifySignatures }`, in which a
// number that is null lets every event have its own.
// It says whether it fails, and may rely on every row above it having held.

import { bytesOfHex, decodeBase64 } from "./bytes.mjs";
import { canonicalText, digestHex } from "./canonical.mjs";
import { isValidSignature } from "./ed25519.mjs";
import { identityOf, isKnownType, isWellFormed } from "./event.mjs";
import { isInWindow } from "./keyring.mjs";
import { memberAt, pithNumberOf } from "./record.mjs";
import { isObject, isString } from "./values.mjs";

const REGISTRY = "pith_registry";

const ROWS = [
  { reason: "malformed_event", fails: isMalformed },
  { reason: "unsupported_schema_version", fails: hasOtherSchemaVersion },
  { reason: "unknown_event_type", fails: hasUnknownType },
  { reason: "subject_mismatch", fails: hasOtherSubject },
  { reason: "content_hash_mismatch", fails: claimsOtherDigest },
  { reason: "event_id_mismatch", fails: claimsOtherId },
  { reason: "signature_missing", fails: lacksSignature },
  { reason: "signature_malformed", fails: hasMalformedSignature },
  { reason: "signature_unsupported", fails: hasUnsupportedSignature },
  { reason: "signer_mismatch", fails: namesTwoSigners },
  { reason: "unknown_key", fails: hasUnknownKey },
  { reason: "signer_not_recognized", fails: isNotTheKeysSigner },
  { reason: "key_not_valid", fails: isOutsideKeysWindow },
  { reason: "not_authorized", fails: isUnauthorized },
  { reason: "signature_invalid", fails: hasInvalidSignature },
  { reason: "record_mismatch", fails: hasInconsistentRecord },
  { reason: "receipt_invalid", fails: hasInvalidReceipt },
  { reason: "payload_invalid", fails: lacksSnapshot },
].map((row, place) => ({ ...row, place }));

export const REASONS_OF_ROWS = ROWS.map(({ reason }) => reason);

const ABOUT_SIGNATURES = new Set([
  "signature_missing",
  "signature_malformed",
  "signature_unsupported",
  "signer_mismatch",
  "unknown_key",
  "signer_not_recognized",
  "key_not_valid",
  "not_authorized",
  "signature_invalid",
]);

/** Rules 5.1 and 5.1a: the first row that fails, or null. */
export function firstFailingRow(copy, context) {
  for (const row of ROWS) {
    const isSkipped = !context.verifySignatures && ABOUT_SIGNATURES.has(row.reason); // 5.1a
    if (!isSkipped && row.fails(copy, context)) return row;
  }
  return null;
}

/**
 * Whether one of the rows about signatures fails of a copy that is no `malformed_event`,
 * whatever the other rows say of it.
 */
export function failsOfSignature(copy, context) {
  return ROWS.some(({ reason, fails }) => ABOUT_SIGNATURES.has(reason) && fails(copy, context));
}

/** `malformed_event`. */
function isMalformed({ input }) {
  return !isWellFormed(input);
}

/** `unsupported_schema_version`. */
function hasOtherSchemaVersion({ input }) {
  return input.get("schema_version") !== "1.0";
}

/** `unknown_event_type`. */
function hasUnknownType({ input }) {
  return !isKnownType(input.get("event_type"));
}

/** `subject_mismatch`. */
function hasOtherSubject({ input }, { pithNumber }) {
  return pithNumber !== null && input.get("subject_pith_number") !== pithNumber;
}

/** `content_hash_mismatch`. */
function claimsOtherDigest({ input, digest }) {
  return input.get("content_sha256") !== digest;
}

/** `event_id_mismatch`. */
function claimsOtherId({ input, digest }) {
  return input.get("event_id") !== identityOf(digest);
}

/** `signature_missing`. */
function lacksSignature({ input }) {
  return (input.get("signature") ?? null) === null;
}

/** `signature_malformed`. */
function hasMalformedSignature({ input }) {
  return isMalformedBlock(input.get("signature"));
}

const MEMBERS_OF_BLOCK = [
  "signature_status", "algorithm", "key_id", "public_key_fingerprint",
  "signature_b64", "signed_message", "signed_at",
];

/** `signature_malformed`, `receipt_invalid`. */
export function isMalformedBlock(block) {
  return !isObject(block)
    || !MEMBERS_OF_BLOCK.every((name) => isString(block.get(name)))
    || decodeBase64(block.get("signature_b64"))?.length !== 64;
}

/** `signature_unsupported`. */
function hasUnsupportedSignature({ input }) {
  return isUnsupportedBlock(input.get("signature"), "open_graph_event_sha256_bytes");
}

/** `signature_unsupported`, `receipt_invalid`. */
export function isUnsupportedBlock(block, signedMessage) {
  return block.get("signature_status") !== "signed_v1"
    || block.get("algorithm") !== "ed25519"
    || block.get("signed_message") !== signedMessage;
}

/** `signer_mismatch`. */
function namesTwoSigners({ input }) {
  const block = input.get("signature");
  const signer = input.get("signer");
  return ["key_id", "public_key_fingerprint"].some((name) => block.get(name) !== signer.get(name));
}

function keyOfSigner(input, keyring) {
  return keyring.get(input.get("signer").get("public_key_fingerprint"));
}

/** `unknown_key`. */
function hasUnknownKey({ input }, { keyring }) {
  return keyOfSigner(input, keyring) === undefined;
}

/** `signer_not_recognized`. */
function isNotTheKeysSigner({ input }, { keyring }) {
  const key = keyOfSigner(input, keyring);
  const signer = input.get("signer");
  return signer.get("key_id") !== key.keyId
    || signer.get("signer_id") !== key.signerId
    || signer.get("signer_type") !== key.signerType;
}

/** `key_not_valid`. */
function isOutsideKeysWindow({ input }, { keyring }) {
  return !isInWindow(keyOfSigner(input, keyring), input.get("created_at"));
}

/** `not_authorized`. */
function isUnauthorized({ input }) {
  return input.get("event_type") === "record_created"
    && input.get("signer").get("signer_type") !== REGISTRY;
}

/** `signature_invalid`. */
function hasInvalidSignature({ input, digest }, { keyring }) {
  return !verifies(input.get("signature"), keyOfSigner(input, keyring), digest);
}

/** `signature_invalid`, `receipt_invalid`; rule 3.1: the message is the 32 raw bytes of the digest. */
export function verifies(block, key, digest) {
  const signature = decodeBase64(block.get("signature_b64"));
  return isValidSignature(key.publicKey, bytesOfHex(digest), signature);
}

/** `record_mismatch`. */
export function hasInconsistentRecord({ input }) {
  if (input.get("event_type") !== "record_created") return false;
  const payload = input.get("payload");
  const names = [
    "canonical_record", "canonical_sha256", "source_kind", "source_id", "source_version", "receipt",
  ];
  if (!names.every((name) => payload.has(name))) return true;

  const record = payload.get("canonical_record");
  const digest = digestHex(record);
  return payload.get("canonical_sha256") !== digest
    || memberAt(payload, "receipt", "canonical_sha256") !== digest
    || pithNumberOf(record, digest) !== input.get("subject_pith_number")
    || !["kind", "id", "version"].every((name) => agree(
      payload.get(`source_${name}`), memberAt(record, "source", name)));
}

/** `record_mismatch`: two values agree iff their canonical bytes are equal. */
function agree(present, maybeMissing) {
  return maybeMissing !== undefined && canonicalText(present) === canonicalText(maybeMissing);
}

/** `receipt_invalid`, which is rule 5.1b. `record_mismatch` has shown that `canonical_sha256` is the digest. */
function hasInvalidReceipt({ input }, { keyring }) {
  if (input.get("event_type") !== "record_created") return false;
  const receipt = input.get("payload").get("receipt");
  if (isMalformedBlock(receipt) || isUnsupportedBlock(receipt, "canonical_sha256_bytes")) return true;
  const key = keyring.get(receipt.get("public_key_fingerprint"));
  return key === undefined
    || receipt.get("key_id") !== key.keyId
    || key.signerType !== REGISTRY
    || !verifies(receipt, key, receipt.get("canonical_sha256"));
}

/** `payload_invalid`. */
function lacksSnapshot({ input }) {
  return input.get("event_type") === "graph_snapshot"
    && !isObject(input.get("payload").get("graph_snapshot"));
}

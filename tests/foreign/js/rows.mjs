// SPDX-License-Identifier: MIT
// Rule 5.1, rows 1 to 18: what can be said of one copy of an event by itself.
//
// A row gets a copy `{ input, digest }` (input: the JSON value given; digest: that
// of its content) and the context `{ pithNumber, keyring, verifySignatures }`.
// It says whether it fails, and may rely on every row above it having held.

import { canonicalText, digestHex } from "./canonical.mjs";
import { isValidSignature } from "./ed25519.mjs";
import { identityOf, isKnownType, isWellFormed } from "./event.mjs";
import { decodeBase64, isInWindow } from "./keyring.mjs";
import { memberAt, pithNumberOf } from "./record.mjs";
import { isObject, isString } from "./values.mjs";

const REGISTRY = "pith_registry";

const ROWS = [
  { row: 1, reason: "malformed_event", fails: isMalformed },
  { row: 2, reason: "unsupported_schema_version", fails: hasOtherSchemaVersion },
  { row: 3, reason: "unknown_event_type", fails: hasUnknownType },
  { row: 4, reason: "subject_mismatch", fails: hasOtherSubject },
  { row: 5, reason: "content_hash_mismatch", fails: claimsOtherDigest },
  { row: 6, reason: "event_id_mismatch", fails: claimsOtherId },
  { row: 7, reason: "signature_missing", fails: lacksSignature },
  { row: 8, reason: "signature_malformed", fails: hasMalformedSignature },
  { row: 9, reason: "signature_unsupported", fails: hasUnsupportedSignature },
  { row: 10, reason: "signer_mismatch", fails: namesTwoSigners },
  { row: 11, reason: "unknown_key", fails: hasUnknownKey },
  { row: 12, reason: "signer_not_recognized", fails: isNotTheKeysSigner },
  { row: 13, reason: "key_not_valid", fails: isOutsideKeysWindow },
  { row: 14, reason: "not_authorized", fails: isUnauthorized },
  { row: 15, reason: "signature_invalid", fails: hasInvalidSignature },
  { row: 16, reason: "record_mismatch", fails: hasInconsistentRecord },
  { row: 17, reason: "receipt_invalid", fails: hasInvalidReceipt },
  { row: 18, reason: "payload_invalid", fails: lacksSnapshot },
];

/** Rules 5.1 and 5.1a: the first row that fails, or null. */
export function firstFailingRow(copy, context) {
  for (const row of ROWS) {
    const isSkipped = !context.verifySignatures && row.row >= 7 && row.row <= 15; // 5.1a
    if (!isSkipped && row.fails(copy, context)) return row;
  }
  return null;
}

/** Row 1. */
function isMalformed({ input }) {
  return !isWellFormed(input);
}

/** Row 2. */
function hasOtherSchemaVersion({ input }) {
  return input.get("schema_version") !== "1.0";
}

/** Row 3. */
function hasUnknownType({ input }) {
  return !isKnownType(input.get("event_type"));
}

/** Row 4. */
function hasOtherSubject({ input }, { pithNumber }) {
  return input.get("subject_pith_number") !== pithNumber;
}

/** Row 5. */
function claimsOtherDigest({ input, digest }) {
  return input.get("content_sha256") !== digest;
}

/** Row 6. */
function claimsOtherId({ input, digest }) {
  return input.get("event_id") !== identityOf(digest);
}

/** Row 7. */
function lacksSignature({ input }) {
  return (input.get("signature") ?? null) === null;
}

/** Row 8. */
function hasMalformedSignature({ input }) {
  return isMalformedBlock(input.get("signature"));
}

const MEMBERS_OF_BLOCK = [
  "signature_status", "algorithm", "key_id", "public_key_fingerprint",
  "signature_b64", "signed_message", "signed_at",
];

/** Rows 8 and 17. */
function isMalformedBlock(block) {
  return !isObject(block)
    || !MEMBERS_OF_BLOCK.every((name) => isString(block.get(name)))
    || decodeBase64(block.get("signature_b64"))?.length !== 64;
}

/** Row 9. */
function hasUnsupportedSignature({ input }) {
  return isUnsupportedBlock(input.get("signature"), "open_graph_event_sha256_bytes");
}

/** Rows 9 and 17. */
function isUnsupportedBlock(block, signedMessage) {
  return block.get("signature_status") !== "signed_v1"
    || block.get("algorithm") !== "ed25519"
    || block.get("signed_message") !== signedMessage;
}

/** Row 10. */
function namesTwoSigners({ input }) {
  const block = input.get("signature");
  const signer = input.get("signer");
  return ["key_id", "public_key_fingerprint"].some((name) => block.get(name) !== signer.get(name));
}

function keyOfSigner(input, keyring) {
  return keyring.get(input.get("signer").get("public_key_fingerprint"));
}

/** Row 11. */
function hasUnknownKey({ input }, { keyring }) {
  return keyOfSigner(input, keyring) === undefined;
}

/** Row 12. */
function isNotTheKeysSigner({ input }, { keyring }) {
  const key = keyOfSigner(input, keyring);
  const signer = input.get("signer");
  return signer.get("key_id") !== key.keyId
    || signer.get("signer_id") !== key.signerId
    || signer.get("signer_type") !== key.signerType;
}

/** Row 13. */
function isOutsideKeysWindow({ input }, { keyring }) {
  return !isInWindow(keyOfSigner(input, keyring), input.get("created_at"));
}

/** Row 14. */
function isUnauthorized({ input }) {
  return input.get("event_type") === "record_created"
    && input.get("signer").get("signer_type") !== REGISTRY;
}

/** Row 15. */
function hasInvalidSignature({ input, digest }, { keyring }) {
  return !verifies(input.get("signature"), keyOfSigner(input, keyring), digest);
}

/** Rows 15 and 17; rule 3.1: the message is the 32 raw bytes of the digest. */
function verifies(block, key, digest) {
  const signature = decodeBase64(block.get("signature_b64"));
  return isValidSignature(key.publicKey, Buffer.from(digest, "hex"), signature);
}

/** Row 16. */
function hasInconsistentRecord({ input }) {
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

/** Row 16: two values agree iff their canonical bytes are equal. */
function agree(present, maybeMissing) {
  return maybeMissing !== undefined && canonicalText(present) === canonicalText(maybeMissing);
}

/** Row 17, which is rule 5.1b. Row 16 has shown that `canonical_sha256` is the digest. */
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

/** Row 18. */
function lacksSnapshot({ input }) {
  return input.get("event_type") === "graph_snapshot"
    && !isObject(input.get("payload").get("graph_snapshot"));
}

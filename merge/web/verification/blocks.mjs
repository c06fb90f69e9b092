// SPDX-License-Identifier: MIT
// Rules 3.1, 5.1b, 2.3, 3.5: receipts, signatures and keys, as they stand in documents.

import { decodeBase64, hexOf } from "../bytes.mjs";
import { digestHex } from "../canonical.mjs";
import { fingerprintOf } from "../keyring.mjs";
import { sha256 } from "../platform.mjs";
import { base32Of, memberAt } from "../record.mjs";
import { isMalformedBlock, isUnsupportedBlock, verifies } from "../rows.mjs";
import { isObject, isString } from "../values.mjs";
import { ASKED, FAILED, OPEN, inside, line, okIf, open, tableOf } from "./places.mjs";

/** The key of a keyring that a block names, by its fingerprint and its `key_id`; undefined if none. */
export function keyOfBlock(block, keyring) {
  if (isMalformedBlock(block)) return undefined;
  const key = keyring.get(block.get("public_key_fingerprint"));
  return key?.keyId === block.get("key_id") ? key : undefined;
}

/** Rule 5.1b, but for whose key it is: whether a block verifies over a digest. */
function blockVerifies(block, signedMessage, digest, keyring) {
  const key = keyOfBlock(block, keyring);
  return key !== undefined && !isUnsupportedBlock(block, signedMessage) && verifies(block, key, digest);
}

const SIGNED_NAMES = [
  "signature_status", "algorithm", "key_id", "public_key_fingerprint", "signature_b64", "signed_message",
];
const UNSIGNED_NAMES = ["kind", "builder_version", "receipt_version", "first_computed_at", "last_reissued_at"];
const asItself = (_, { outcome }) => outcome;

const RECEIPT = tableOf(
  line("", "5.1b", asItself),
  line(".canonical_sha256", "2.2", (value, { isAsked, digest }) => (
    isAsked ? okIf(value === digest) : OPEN), ASKED),
  ...SIGNED_NAMES.map((name) => line(`.${name}`, "5.1b", asItself, ASKED)),
  line(".signed_at", "3.4", open),
  ...UNSIGNED_NAMES.map((name) => line(`.${name}`, "3.4", open, OPEN)),
);

/**
 * What stands at a path as a receipt. `aboutOf` makes of the facts around it
 * `{ isAsked, record, keyring }`: whether it is asked, and of which record.
 */
export function receiptAt(path, aboutOf, missing = null) {
  return inside(path, RECEIPT, (block, facts) => {
    const { isAsked, record, keyring } = aboutOf(facts);
    if (!isAsked) return { isAsked, outcome: OPEN };
    const digest = digestHex(record ?? null);
    const isRegistrys = keyOfBlock(block, keyring)?.signerType === "pith_registry";
    const holds = isRegistrys && blockVerifies(block, "canonical_sha256_bytes", digest, keyring);
    return { isAsked, digest, outcome: okIf(holds) };
  }, missing);
}

const SIGNATURE = tableOf(
  line("", "3.1", asItself, FAILED),
  ...SIGNED_NAMES.map((name) => line(`.${name}`, "3.1", asItself, ASKED)),
  line(".signed_at", "3.4", open),
);

/** What stands at a path as a signature; `outcomeOf` makes of it and the facts around it the outcome. */
export function signatureAt(path, outcomeOf) {
  return inside(path, SIGNATURE, (block, facts) => ({ outcome: outcomeOf(block, facts) }));
}

/** Rule 10.8, of a bundle's signature. */
export function outcomeOfBundleSignature(block, { digest, keyring }) {
  return okIf(blockVerifies(block, "bundle_sha256_bytes", digest, keyring));
}

const isOfThese = (nameOf) => (value, { raw }) => (raw === null ? OPEN : okIf(value === nameOf(raw)));

const PUBLIC_KEY = tableOf(
  line("", "3.1", (_, { isAsked, raw }) => (isAsked ? okIf(raw !== null) : OPEN)),
  line(".key_id", "3.5", outcomeOfKeyId, ASKED),
  line(".public_key_b64", "3.1", (_, { raw }) => okIf(raw !== null), FAILED),
  line(".public_key_hex", "2.3", isOfThese(hexOf), OPEN),
  line(".fingerprint_sha256_hex", "2.3", isOfThese(fingerprintOf), OPEN),
  line(".fingerprint_sha256_b32_first128bits", "2.3", isOfThese((raw) => base32Of(hexOf(sha256(raw)))), OPEN),
  ...["algorithm", "format", "rotates_at", "url", "notes"].map((name) => line(`.${name}`, "10.5", open, OPEN)),
);

/** What stands at a path as a public key; null is not asked where a key need not be shown. */
export function publicKeyAt(path, { mayBeNull = false } = {}) {
  return inside(path, PUBLIC_KEY, (value, { keyring }) => ({
    isAsked: !(mayBeNull && value === null), raw: rawKeyOf(value), keyring,
  }));
}

function rawKeyOf(value) {
  const text = memberAt(value, "public_key_b64");
  const raw = isObject(value) && isString(text) ? decodeBase64(text) : null;
  return raw?.length === 32 ? raw : null;
}

function outcomeOfKeyId(value, { raw, keyring }) {
  if (raw === null) return OPEN;
  const held = keyring.get(fingerprintOf(raw));
  if (held !== undefined) return okIf(value === held.keyId);
  return [...keyring.values()].some(({ keyId }) => keyId === value) ? FAILED : OPEN;
}

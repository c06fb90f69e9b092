// SPDX-License-Identifier: MIT
// Rules 2.3, 3.5: fingerprints, and whom to trust.

import { decodeBase64, hexOf } from "./bytes.mjs";
import { isInstant } from "./event.mjs";
import { importPublicKey } from "./ed25519.mjs";
import { sha256 } from "./platform.mjs";
import { Refused, isObject, isString } from "./values.mjs";

/** Rule 2.3. */
export function fingerprintOf(rawKey) {
  return hexOf(sha256(rawKey)).slice(0, 32);
}

/**
 * Rule 3.5. A keyring is a Map of fingerprint -> entry, and it holds what it is
 * given and nothing else. A later entry for the same key replaces the earlier one.
 */
export function makeKeyring(descriptions) {
  return new Map(descriptions.map(makeEntry));
}

function makeEntry(description) {
  if (!isObject(description)) throw new Refused("a key is described by an object");
  const text = (name) => {
    if (!isString(description.get(name))) throw new Refused(`a key's ${name} is a string`);
    return description.get(name);
  };
  const rawKey = decodeBase64(text("public_key_b64"));
  if (rawKey === null) throw new Refused("a public key is canonical base64");
  const entry = {
    publicKey: importPublicKey(rawKey),
    keyId: text("key_id"),
    signerId: text("signer_id"),
    signerType: text("signer_type"),
    validFrom: windowEnd(description.get("valid_from")),
    validUntil: windowEnd(description.get("valid_until")),
  };
  return [fingerprintOf(rawKey), entry];
}

/** An end of the window has the form of `created_at`; null (or nothing) leaves it open. */
function windowEnd(value) {
  if (value === undefined || value === null) return null;
  if (!isInstant(value)) throw new Refused("an end of a key's window is an instant or null");
  return value;
}

/** Rule 3.5: both ends inclusive. Instants of one fixed form compare as strings. */
export function isInWindow(entry, createdAt) {
  return (entry.validFrom === null || entry.validFrom <= createdAt)
    && (entry.validUntil === null || createdAt <= entry.validUntil);
}

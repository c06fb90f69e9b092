// SPDX-License-Identifier: MIT
// Rules 2.3, 3.5: fingerprints, and whom to trust.

import { decodeBase64, hexOf } from "./bytes.mjs";
import { isFilledString, isInstant } from "./event.mjs";
import { importPublicKey } from "./ed25519.mjs";
import { sha256 } from "./platform.mjs";
import { Refused, isObject } from "./values.mjs";

/** Rule 2.3. */
export function fingerprintOf(rawKey) {
  return hexOf(sha256(rawKey)).slice(0, 32);
}

const MEMBERS_OF_ENTRY = [
  "public_key_b64", "key_id", "signer_id", "signer_type", "valid_from", "valid_until",
];

/**
 * Rule 3.5. A keyring is a Map of fingerprint -> entry, and it holds what a key file
 * (one entry, or a list of them) lists and nothing else.
 */
export function makeKeyring(keyFile) {
  const descriptions = Array.isArray(keyFile) ? keyFile : [keyFile];
  const keyring = new Map(descriptions.map(makeEntry));
  if (keyring.size !== descriptions.length) throw new Refused("a key is listed twice");
  return keyring;
}

function makeEntry(description) {
  if (!isObject(description)) throw new Refused("a key is described by an object");
  for (const name of description.keys()) {
    if (!MEMBERS_OF_ENTRY.includes(name)) throw new Refused(`a key has no member ${name}`);
  }
  const text = (name) => {
    if (!isFilledString(description.get(name))) throw new Refused(`a key's ${name} is a string, not empty`);
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
  if (entry.validFrom !== null && entry.validUntil !== null && entry.validFrom > entry.validUntil) {
    throw new Refused("a key's window ends before it begins");
  }
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

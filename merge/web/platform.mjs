// SPDX-License-Identifier: MIT
// What the rules ask of the machine, in Node. `page/platform.mjs` is the same in a browser.

import { createHash, createPublicKey, verify } from "node:crypto";

/** The DER of a SubjectPublicKeyInfo for Ed25519, up to the 32 raw bytes. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** The 32 bytes of a SHA-256. */
export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest();
}

/** The SHA-256 of texts that begin alike: a function of what follows `beginning`. */
export function sha256After(beginning) {
  const begun = createHash("sha256").update(beginning);
  return (rest) => begun.copy().update(rest).digest();
}

/** A key for `ed25519Verifies`, of 32 raw bytes that rule 3.2 has let through. */
export function ed25519Key(rawKey) {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, rawKey]), format: "der", type: "spki" });
}

/** Whether the equation of Ed25519 holds, without cofactor. The rest of rule 3.2 is in ed25519.mjs. */
export function ed25519Verifies(key, message, signature) {
  return verify(null, message, key, signature);
}

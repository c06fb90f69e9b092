// SPDX-License-Identifier: MIT
// Rule 3.5: whom the page trusts.

import { readJson } from "../json-reader.mjs";
import { makeKeyring } from "../keyring.mjs";
import { Refused } from "../values.mjs";

/** Whom a verifier trusts who is told nothing: the registry's published key. */
const DEFAULT_KEYS = [new Map([
  ["public_key_b64", "stVStoiQhXFxp4s2pdzPNoqVNBMojDU/fJ2db5S3CbM="],
  ["key_id", "pith-v1-2026-05"], ["signer_id", "pith.science"], ["signer_type", "pith_registry"],
  ["valid_from", null], ["valid_until", null],
])];

/** The keyring of key files `{ name, bytes }`; of none, the default one. Refused if they cannot be used. */
export function keyringOf(files) {
  if (files.length === 0) return makeKeyring(DEFAULT_KEYS);
  const entries = files.flatMap(({ name, bytes }) => {
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

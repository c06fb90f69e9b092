// SPDX-License-Identifier: MIT
// Rules 2.2 and 2.4: what follows from a canonical record.

import { bytesOfHex } from "./bytes.mjs";
import { canonicalText } from "./canonical.mjs";
import { isObject, isString } from "./values.mjs";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const CHARACTERS_OF_NUMBER = 26;

/** The first 26 characters of the base32 of a digest. */
export function base32Of(digestHex) {
  const bits = [...bytesOfHex(digestHex)]
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("");
  let text = "";
  for (let i = 0; i < CHARACTERS_OF_NUMBER; i++) {
    text += BASE32[parseInt(bits.slice(5 * i, 5 * i + 5), 2)];
  }
  return text;
}

/** Rule 2.2: the Pith Number of a record with this digest; null if the record names no year. */
export function pithNumberOf(record, recordDigest) {
  const submittedAt = memberAt(record, "metadata", "submitted_at");
  if (!isString(submittedAt)) return null;
  // Characters are code points: a year of others is a year that no number has, and stays whole.
  const year = [...submittedAt.slice(0, 8)].slice(0, 4).join("");
  return `pith:${year}:${base32Of(recordDigest)}`;
}

/** The member of nested objects at a path, or undefined. */
export function memberAt(value, ...path) {
  return path.reduce((at, name) => (isObject(at) ? at.get(name) : undefined), value);
}

/** Rule 2.4: the aliases of a record, dated `createdAt`, in the order of `alias_kind`. */
export function deriveAliases(record, pithNumber, createdAt) {
  const asText = (value) => (isString(value) ? value : canonicalText(value));
  const id = asText(memberAt(record, "source", "id"));
  const version = asText(memberAt(record, "source", "version"));
  const characters = pithNumber.slice(-CHARACTERS_OF_NUMBER);
  return [
    ["arxiv", id],
    ["arxiv_version", `${id}v${version}`],
    ["doi", `10.48550/arxiv.${id}`],
    ["pith_short_12", characters.slice(0, 12)],
    ["pith_short_16", characters.slice(0, 16)],
    ["pith_short_8", characters.slice(0, 8)],
  ].map(([kind, value]) => new Map([
    ["alias_kind", kind],
    ["alias_value", value],
    ["created_at", createdAt],
  ]));
}

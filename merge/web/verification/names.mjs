// SPDX-License-Identifier: MIT
// Rules 2.2, 2.5, 10.1: what a document repeats of its record.

import { hexOf, utf8 } from "../bytes.mjs";
import { digestHex } from "../canonical.mjs";
import { sha256 } from "../platform.mjs";
import { memberAt, pithNumberOf } from "../record.mjs";
import { isObject } from "../values.mjs";
import { FAILED, OPEN, okIf, line } from "./places.mjs";
import { agree, isThere } from "./values.mjs";

/** The names of a record; null where there is no record. */
export function namesOf(record) {
  if (!isObject(record)) return null;
  const digest = digestHex(record);
  const number = pithNumberOf(record, digest);
  return {
    digest,
    number,
    short: number === null ? null : `pith:${number.slice(-26, -18)}`,
    source: record.get("source"),
  };
}

const named = (name) => (value, { names }) => (
  names === null ? OPEN : okIf(names[name] !== null && value === names[name]));

/** The lines of a bundle and of a record that are about its names; their facts have `names`. */
export const LINES_OF_NAMES = [
  line(".pith_number", "2.2", named("number"), FAILED),
  line(".short_pith_number", "2.2", named("short"), FAILED),
  line(".canonical_sha256", "2.2", named("digest"), FAILED),
  line(".source", "10.1", (value, { names }) => (
    names === null ? OPEN : okIf(isThere(names.source) && agree(value, names.source))), FAILED),
];

/** White_Space, and U+001C to U+001F. */
const WHITE = /[\u001c-\u001f\p{White_Space}]+/gu;
const WHITE_ENDS = /^[\u001c-\u001f\p{White_Space}]+|[\u001c-\u001f\p{White_Space}]+$/gu;

/** Rule 2.5: the digest of a title or an abstract. */
export function textDigest(text) {
  const canonical = text.replace(WHITE_ENDS, "").replace(WHITE, " ").toLowerCase();
  return hexOf(sha256(utf8(canonical)));
}

/** A member of a record's metadata, if they are an object. */
export const metadataOf = (record, name) => memberAt(record, "metadata", name);

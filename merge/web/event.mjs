// SPDX-License-Identifier: MIT
// Section 4 and the forms of `malformed_event`: what an event is made of.

import { digestHex } from "./canonical.mjs";
import { isObject, isString } from "./values.mjs";

/** Rule 4.5, in the order in which rule 8.1 wants the lists. */
const EVENT_TYPES = new Map([
  ["record_created", { list: null, exclusive: true }],
  ["graph_snapshot", { list: "graph_snapshots", exclusive: true }],
  ["author_attestation", { list: "author_attestations", exclusive: false }],
  ["timestamp_anchor", { list: "timestamp_anchors", exclusive: false }],
  ["storage_attestation", { list: "storage_attestations", exclusive: false }],
  ["citation_signature", { list: "citation_signatures", exclusive: false }],
  ["replication_record", { list: "replication_records", exclusive: false }],
  ["correction", { list: "corrections", exclusive: false }],
  ["mirror_hint", { list: "mirror_hints", exclusive: false }],
]);

export const isKnownType = (type) => EVENT_TYPES.has(type);
export const isExclusive = (type) => EVENT_TYPES.get(type).exclusive;
/** [event type, its list in `current`], without record_created, which has no list. */
export const LISTS_OF_CURRENT = [...EVENT_TYPES]
  .filter(([, { list }]) => list !== null)
  .map(([type, { list }]) => [type, list]);

const NOT_CONTENT = ["content_sha256", "event_id", "signature"];

/** Rule 4.2: the digest of an event's content. Rule 5.4: of an input that is no object, its own. */
export function contentDigest(input) {
  return digestHex(isObject(input) ? contentOf(input) : input);
}

/** Rule 4.2: the content of an event. */
export function contentOf(event) {
  const content = new Map(event);
  for (const name of NOT_CONTENT) content.delete(name);
  return content;
}

/** Rule 5.4 (and 4.2, which is the same text for a sound event). */
export const identityOf = (digest) => `sha256:${digest}`;

const PITH_NUMBER = /^pith:[0-9]{4}:[A-Z2-7]{26}$/;
const EVENT_ID = /^sha256:[0-9a-f]{64}$/;
const INSTANT = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z$/;

export const isFilledString = (value) => isString(value) && value !== "";
export const isPithNumber = (value) => isString(value) && PITH_NUMBER.test(value);
export const isEventId = (value) => isString(value) && EVENT_ID.test(value);

/** `malformed_event`: `created_at`. Date.parse is no help: it takes 24:00 and, in places, February 30. */
export function isInstant(value) {
  const parts = isString(value) ? INSTANT.exec(value) : null;
  if (parts === null) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  return year >= 1 && month >= 1 && month <= 12
    && day >= 1 && day <= daysInMonth(year, month)
    && hour <= 23 && minute <= 59 && second <= 59;
}

function daysInMonth(year, month) {
  const isLeapYear = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return isLeapYear ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isSigner(value) {
  return isObject(value)
    && ["signer_id", "signer_type", "key_id", "public_key_fingerprint"]
      .every((name) => isFilledString(value.get(name)));
}

function isListOfEventIds(value) {
  return Array.isArray(value) && value.every(isEventId) && new Set(value).size === value.length;
}

const FORM_OF_CONTENT = [
  ["event_type", isFilledString],
  ["target", isFilledString],
  ["subject_pith_number", isPithNumber],
  ["payload", isObject],
  ["signer", isSigner],
  ["created_at", isInstant],
  ["supersedes", isListOfEventIds],
  // A missing member is undefined, so it is not taken for null.
  ["prev_event", (value) => value === null || isEventId(value)],
  ["schema_version", isFilledString],
];

/** `malformed_event`. */
export function isWellFormed(input) {
  return isObject(input) && FORM_OF_CONTENT.every(([name, hasForm]) => hasForm(input.get(name)));
}

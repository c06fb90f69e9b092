// SPDX-License-Identifier: MIT
// Rules 4.2, 5.1, 10.8: events, and payloads of events and entries.

import { identityOf, isPithNumber, isWellFormed } from "../event.mjs";
import { memberAt } from "../record.mjs";
import { failsOfSignature, hasInconsistentRecord } from "../rows.mjs";
import { isObject } from "../values.mjs";
import { copyOf, groupsOf, judge } from "../validity.mjs";
import { receiptAt, signatureAt } from "./blocks.mjs";
import { FAILED, OPEN, inside, line, okIf, open, tableOf } from "./places.mjs";
import { snapshotAt } from "./snapshot.mjs";

const ofRecord = (_, { recordOutcome }) => recordOutcome;

const PAYLOAD = tableOf(
  line(".canonical_record", "2.2", ofRecord),
  line(".canonical_sha256", "2.2", ofRecord),
  receiptAt(".receipt", ({ type, event, keyring }) => ({
    isAsked: type === "record_created", record: event?.get("payload").get("canonical_record"), keyring,
  })),
  ...["source_kind", "source_id", "source_version"].map((name) => line(`.${name}`, "2.2", ofRecord)),
  line(".attestation_state", "10.5", open),
  snapshotAt(".graph_snapshot", ({ type, event, recordOf }) => {
    const isAsked = type === "graph_snapshot";
    return { isAsked, record: isAsked ? recordOf(event) : null };
  }),
  line(".verdict_id", "10.5", open),
);

/**
 * What stands at a path as a payload. `aboutOf` makes of the facts around it
 * `{ event, keyring, recordOf }`: the well-formed event that it is of, or null; and what
 * gives the record that the snapshot of an event is compared with, or null.
 */
export function payloadAt(path, aboutOf) {
  return inside(path, PAYLOAD, (_, facts) => {
    const about = aboutOf(facts);
    const type = about.event === null ? null : about.event.get("event_type");
    const isAsked = type === "record_created";
    return { ...about, type, recordOutcome: isAsked ? okIf(!hasInconsistentRecord({ input: about.event })) : OPEN };
  });
}

const asItself = (_, { outcome }) => outcome;

const EVENT = tableOf(
  line("", "5.1", asItself),
  payloadAt(".payload", ({ event, keyring, recordOf }) => ({ event, keyring, recordOf })),
  ...[
    "event_type", "subject_pith_number", "target", "payload", "signer", "created_at", "supersedes",
    "prev_event", "schema_version",
  ].map((name) => line(`.${name}`, "5.1", asItself, FAILED)),
  line(".content_sha256", "4.2", (value, { event, digest }) => (
    event === null ? OPEN : okIf(value === digest)), FAILED),
  line(".event_id", "4.2", (value, { event, digest }) => (
    event === null ? OPEN : okIf(value === identityOf(digest))), FAILED),
  signatureAt(".signature", (_, { event, digest, keyring }) => (
    event === null ? OPEN : okIf(!failsOfSignature({ input: event, digest }, { keyring })))),
);

/**
 * What stands at a path as events of a document, whose facts have `judged` (null in a
 * document that is broken), `keyring` and `recordOf`.
 */
export function eventsAt(path) {
  return inside(path, EVENT, (_, { judged, keyring, recordOf }, index) => {
    if (judged === null) return { event: null, outcome: OPEN, keyring, recordOf };
    const { input, digest } = judged.copies[index];
    return {
      event: isWellFormed(input) ? input : null,
      digest,
      outcome: okIf(judged.reasons.get(identityOf(digest)) === null),
      keyring,
      recordOf,
    };
  });
}

/**
 * Section 5, of all events of a document: `{ copies, reasons }`; with the graph's number, or
 * where there is none each with its own subject.
 */
export function judgeAll(events, pithNumber, keyring) {
  const copies = events.map(copyOf);
  const groups = groupsOf(copies);
  const context = { pithNumber: isPithNumber(pithNumber) ? pithNumber : null, keyring, verifySignatures: true };
  return { copies, groups, reasons: judge(groups, context) };
}

/** Of a list, the record that an event's snapshot is compared with: that of the last `record_created` of its subject, valid or not. */
export function recordsOf(events) {
  const records = new Map();
  for (const event of events) {
    if (memberAt(event, "event_type") === "record_created") {
      const record = memberAt(event, "payload", "canonical_record");
      records.set(event.get("subject_pith_number"), isObject(record) ? record : null);
    }
  }
  return (event) => records.get(event.get("subject_pith_number")) ?? null;
}

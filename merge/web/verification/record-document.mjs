// SPDX-License-Identifier: MIT
// Rules 10.3 and 10.3a: a pith_number_record, and what follows from it.

import { isPithNumber } from "../event.mjs";
import { contentDigest, identityOf } from "../event.mjs";
import { merge } from "../merge.mjs";
import { memberAt } from "../record.mjs";
import { firstFailingRow } from "../rows.mjs";
import { isObject } from "../values.mjs";
import { aliasesAt, isAlias } from "./aliases.mjs";
import { receiptAt } from "./blocks.mjs";
import { cut } from "./dates.mjs";
import { LINES_OF_NAMES, namesOf } from "./names.mjs";
import { FAILED, OK, OPEN, line, okIf, open, tableOf } from "./places.mjs";
import { snapshotAt } from "./snapshot.mjs";
import { agree, isInteger, isThere, isTooDeep, listOf } from "./values.mjs";
import { ok } from "./versions.mjs";

const UNRULED = [
  "schema_url", "schema_version", "event_summary", "paper_claims", "inbound_citations", "formal_canon",
  "formal_canon.sample", "formal_canon.anchors", "links", "agent_actions", "updated_at",
];

export const RECORD = tableOf(
  line("", "5.1", outcomeOfEvents),
  line(".record_type", "10.3", ok, FAILED),
  ...LINES_OF_NAMES,
  line(".attestation_state", "10.3", open, OPEN),
  line(".paper", "10.3", (paper, { snapshot }) => {
    const shown = memberAt(snapshot, "paper");
    return okIf(isThere(shown) && agree(paper, shown));
  }, OPEN),
  line(".verification_status", "10.3a", outcomeOfStatus, FAILED),
  line(".canonical_record", "2.2", (value) => okIf(isObject(value)), FAILED),
  receiptAt(".receipt", ({ record, keyring }) => ({ isAsked: true, record, keyring }), ["5.1b", FAILED]),
  snapshotAt(".graph_snapshot", ({ record }) => ({ isAsked: true, record })),
  line(".graph_snapshot", "10.3", open, FAILED),
  aliasesAt(".aliases", ({ record, document }) => ({
    isAsked: true,
    record,
    pithNumber: document.get("pith_number"),
    date: cut(document.get("created_at")),
    ownDate: document.get("created_at"),
  })),
  line(".events", "10.3", open, OPEN),
  line(".formal_canon.evidence_count", "10.3", (count, { snapshot }) => {
    const shown = memberAt(snapshot, "formal_canon", "evidence_count");
    return isThere(count) && isThere(shown) ? okIf(agree(count, shown)) : OPEN;
  }, OPEN),
  line(".created_at", "10.3", open, FAILED),
  ...UNRULED.map((path) => line(`.${path}`, "10.5", open, OPEN)),
);

/** The facts of a record. */
export function factsOfRecord(document, keyring) {
  const stated = document.get("canonical_record");
  const record = isObject(stated) ? stated : null;
  const lacksEvents = !["source", "graph_snapshot", "canonical_record", "receipt"].every((name) => isObject(document.get(name)));
  const events = lacksEvents ? [] : eventsOf(document);
  const hasNoEvents = lacksEvents || events.some(isTooDeep);
  const hasBadAlias = isPithNumber(document.get("pith_number"))
    && !listOf(document.get("aliases")).every(isAlias);
  return {
    document,
    keyring,
    isBroken: hasNoEvents || hasBadAlias,
    hasNoEvents,
    events,
    record,
    names: namesOf(record),
    snapshot: document.get("graph_snapshot"),
  };
}

/** Rule 3.5: the signer of the default keyring's key. */
const SIGNER = new Map([
  ["signer_id", "pith.science"], ["signer_type", "pith_registry"], ["key_id", "pith-v1-2026-05"],
  ["public_key_fingerprint", "8d4b5ee74e4693bcd1df2446408b0d54"],
]);

/** Rule 10.3: the two events that a record is made of. */
function eventsOf(document) {
  const source = document.get("source");
  const snapshot = document.get("graph_snapshot");
  const ofRecord = new Map();
  for (const name of ["canonical_record", "canonical_sha256", "receipt", "attestation_state"]) {
    if (document.has(name)) ofRecord.set(name, document.get(name));
  }
  for (const name of ["kind", "id", "version"]) {
    if (source.has(name)) ofRecord.set(`source_${name}`, source.get(name));
  }
  const verdict = memberAt(snapshot, "verdict", "id") ?? null;
  return [
    eventOf(document, "record_created", "record", ofRecord),
    eventOf(document, "graph_snapshot", "graph", new Map([["graph_snapshot", snapshot], ["verdict_id", verdict]])),
  ];
}

function eventOf(document, type, target, payload) {
  const event = new Map([
    ["event_type", type],
    ["subject_pith_number", document.get("pith_number") ?? null],
    ["target", target],
    ["payload", payload],
    ["signer", SIGNER],
    ["created_at", cut(document.get("created_at") ?? null)],
    ["supersedes", []],
    ["prev_event", null],
    ["schema_version", "1.0"],
  ]);
  const digest = contentDigest(event);
  return event.set("content_sha256", digest).set("event_id", identityOf(digest));
}

function outcomeOfEvents(_, { document, keyring, hasNoEvents, events }) {
  if (hasNoEvents) return OPEN;
  const pithNumber = document.get("pith_number");
  const isValid = (input) => firstFailingRow(
    { input, digest: contentDigest(input) }, { pithNumber, keyring, verifySignatures: false }) === null;
  return okIf(isPithNumber(pithNumber) && events.every(isValid));
}

function outcomeOfStatus(status, { document, keyring, isBroken, events, snapshot }) {
  const pithNumber = document.get("pith_number");
  if (isBroken || !isPithNumber(pithNumber)) return OPEN;
  if (!isObject(status)) return FAILED;
  const current = merge(events, keyring, { pithNumber, verifySignatures: false }).get("current");
  const projected = projectionOf(current, snapshot);
  const isOther = ([name, value]) => value !== undefined && status.has(name) && status.get(name) !== value;
  if (projected.some(isOther)) return FAILED;
  const isWhole = projected.length === status.size
    && projected.every(([name, value]) => value !== undefined && status.has(name));
  return isWhole ? OK : OPEN;
}

/** Rule 10.3a; undefined is what is made of numbers that are not there as integers. */
function projectionOf(current, snapshot) {
  const integerAt = (...path) => {
    const value = memberAt(snapshot, ...path);
    return isInteger(value) ? value : undefined;
  };
  const count = integerAt("author_claims", "count");
  const strong = integerAt("author_claims", "strong_count");
  const isPositive = (value) => (value === undefined ? undefined : value > 0n);
  const isRecord = current.get("record_created") !== null;
  const sizeOf = (list) => BigInt(current.get(list).length);
  return [
    ["content_addressed", isRecord],
    ["pith_receipt", isRecord],
    ["author_attested", sizeOf("author_attestations") > 0n],
    ["externally_anchored", sizeOf("timestamp_anchors") > 0n],
    ["storage_verified", sizeOf("storage_attestations") > 0n],
    ["weak_author_claims", count === undefined || strong === undefined ? undefined : count - strong],
    ["strong_author_claims", strong],
    ["citation_signatures", sizeOf("citation_signatures")],
    ["replication_records", sizeOf("replication_records")],
    ["graph_snapshot", sizeOf("graph_snapshots") > 0n],
    ["references_resolved", isPositive(integerAt("references", "resolved_work"))],
    ["formal_links_present", isPositive(integerAt("formal_canon", "evidence_count"))],
  ];
}

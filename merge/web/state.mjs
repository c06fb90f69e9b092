// SPDX-License-Identifier: MIT
// Section 8: the state. Maps are filled in the order in which members are published.

import { canonicalText, digestHex, withSortedMembers } from "./canonical.mjs";
import { LISTS_OF_CURRENT } from "./event.mjs";
import { deriveAliases } from "./record.mjs";
import { Refused, compareStrings, compareTuples, groupBy, isObject, isString } from "./values.mjs";

/** Rules 8.1 to 8.3. */
export function buildState({ pithNumber, applied, supersededEvents, aliases, equivocations, reasons }) {
  const invalidEvents = listInvalidEvents(reasons);
  const state = new Map([
    ["state_type", "pith_open_graph_state"],
    ["state_version", "1.0"],
    ["pith_number", pithNumber],
    ["merge_version", "pith-open-graph-merge-v1"],
    ["event_count", BigInt(reasons.size)],
    ["valid_event_count", BigInt(applied.length)],
    ["invalid_event_count", BigInt(invalidEvents.length)],
    ["equivocation_count", BigInt(equivocations.length)],
    ["current", buildCurrent(applied.filter((event) => !supersededEvents.has(event)), aliases)],
    ["equivocations", equivocations.map(toEquivocationEntry)],
    ["invalid_events", invalidEvents],
    ["applied_event_ids", applied.map((event) => event.id)],
  ]);
  return state.set("state_sha256", digestHex(state)); // 8.2
}

/** Rules 8.1 and 8.5, from the events that are not superseded, in applied order. */
function buildCurrent(events, aliases) {
  const record = events.find((event) => event.type === "record_created") ?? null;
  const ofType = groupBy(events, (event) => event.type);
  const current = new Map();
  current.set("canonical_record",
    record && withSortedMembers(record.payload.get("canonical_record")));
  current.set("source_aliases", chooseAliases(aliases, record));
  for (const [type, list] of LISTS_OF_CURRENT) {
    current.set(list, (ofType.get(type) ?? []).map(toEntry));
  }
  current.set("record_created", record && toEntry(record));
  return current;
}

/** Rule 8.1. */
function toEntry(event) {
  return new Map([
    ["event_id", event.id],
    ["target", event.target],
    ["created_at", event.createdAt],
    ["signer", withSortedMembers(event.signer)],
    ["payload", withSortedMembers(event.payload)],
  ]);
}

/** Rule 7.2. */
export function toEquivocationEntry({ kind, signerId, eventType, target, position, eventIds }) {
  return new Map([
    ["kind", kind],
    ["signer_id", signerId],
    ["event_type", eventType],
    ["target", target],
    ["position", position],
    ["event_ids", eventIds],
  ]);
}

/** Rule 8.7. */
function listInvalidEvents(reasons) {
  return [...reasons]
    .filter(([, reason]) => reason !== null)
    .sort(([identityA], [identityB]) => compareStrings(identityA, identityB))
    .map(([identity, reason]) => new Map([["event_id", identity], ["reason", reason]]));
}

/** Rule 8.6: aliases as given beside the events, null if there are none. Refused if one is none. */
export function checkAliases(aliases) {
  if (aliases === null) return [];
  const isAlias = (value) => isObject(value)
    && ["alias_kind", "alias_value", "created_at"].every((name) => isString(value.get(name)));
  if (!Array.isArray(aliases) || !aliases.every(isAlias)) {
    throw new Refused("source_aliases is no list of aliases");
  }
  return aliases;
}

/** Rule 8.6. */
function chooseAliases(aliases, record) {
  if (aliases.length > 0) return earliestOfEach(aliases).map(withSortedMembers);
  if (record === null) return [];
  return deriveAliases(record.payload.get("canonical_record"), record.subject, record.createdAt);
}

/** Rule 8.6. UTF-8 keeps the order of code points, so canonical texts sort as their bytes do. */
function earliestOfEach(aliases) {
  const keyed = aliases.map((alias) => ({
    alias,
    name: [alias.get("alias_kind"), alias.get("alias_value")],
    age: [alias.get("created_at"), canonicalText(alias)],
  }));
  keyed.sort((a, b) => compareTuples(a.name, b.name) || compareTuples(a.age, b.age));
  return keyed
    .filter(({ name }, i) => i === 0 || compareTuples(name, keyed[i - 1].name) !== 0)
    .map(({ alias }) => alias);
}

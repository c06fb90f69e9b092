// SPDX-License-Identifier: MIT
// Rule 10.2: a state that stands alone.

import { textInGivenOrder } from "../canonical.mjs";
import { LISTS_OF_CURRENT, isPithNumber, isWellFormed } from "../event.mjs";
import { merge } from "../merge.mjs";
import { memberAt } from "../record.mjs";
import { isObject, isString } from "../values.mjs";
import { aliasesAt, isAlias, isPublishedList } from "./aliases.mjs";
import { outcomeOfStateDigest } from "./bundle.mjs";
import { payloadAt } from "./events.mjs";
import { namesOf } from "./names.mjs";
import { FAILED, OK, OPEN, inside, line, okIf, open, tableOf } from "./places.mjs";
import { entriesOf, outcomeOfEntry, shownEvents } from "./shown.mjs";
import { isInOrder, isListedCurrent } from "./state-order.mjs";
import { areConflicts, areEquivocations, areInvalidEvents } from "./state-lists.mjs";
import { agree, hasMembersInOrder, isThere, listOf, without } from "./values.mjs";
import { outcomeOfConstant, outcomeOfVersion } from "./versions.mjs";

const asItself = (_, { outcome }) => outcome;

const ENTRY = tableOf(
  line("", "10.2", open),
  line("", "5.1", asItself),
  line(".event_id", "4.2", (_, { entry, isApplicable }) => {
    if (entry === null) return OPEN;
    if (entry.areLinksKnown) return isWellFormed(entry.event) ? OK : OPEN;
    return isApplicable ? OPEN : FAILED;
  }),
  ...["target", "created_at", "signer", "payload"].map((name) => line(`.${name}`, "5.1", asItself)),
  payloadAt(".payload", ({ entry, keyring, record }) => ({
    event: entry !== null && isWellFormed(entry.event) ? entry.event : null, keyring, recordOf: () => record,
  })),
);

const LISTS = LISTS_OF_CURRENT.map(([, list]) => list);
const MEMBERS_OF_STATE = [
  "state_type", "state_version", "pith_number", "merge_version", "event_count", "valid_event_count",
  "invalid_event_count", "equivocation_count", "current", "equivocations", "invalid_events",
  "applied_event_ids", "state_sha256",
];
const MEMBERS_OF_CURRENT = ["canonical_record", "source_aliases", ...LISTS, "record_created"];
const MEMBERS_OF_ENTRY = ["event_id", "target", "created_at", "signer", "payload"];

export const STATE = tableOf(
  line("", "10.2", outcomeOfMerge),
  line("", "8.1", outcomeOfForm),
  line(".state_type", "8.1", outcomeOfConstant("pith_open_graph_state"), FAILED),
  line(".state_version", "8.1", outcomeOfConstant("1.0"), FAILED),
  line(".pith_number", "2.2", outcomeOfNumber, FAILED),
  line(".merge_version", "8.1", outcomeOfVersion, FAILED),
  line(".event_count", "8.3", (count, { state, applied }) => (
    okIf(count === BigInt(applied.length + listOf(state.get("invalid_events")).length))), FAILED),
  countAt(".valid_event_count", "applied_event_ids"),
  countAt(".invalid_event_count", "invalid_events"),
  countAt(".equivocation_count", "equivocations"),
  line(".current", "10.2", open),
  line(".current", "8.5", (_, facts) => okIf(isListedCurrent(facts)), FAILED),
  line(".current.canonical_record", "8.5", outcomeOfRecord, FAILED),
  line(".current.source_aliases", "8.6", (list) => okIf(isPublishedList(list))),
  aliasesAt(".current.source_aliases", ({ state, record, isWithoutRecord }) => ({
    isAsked: !isWithoutRecord,
    record,
    pithNumber: state.get("pith_number"),
    date: memberAt(state, "current", "record_created", "created_at"),
  })),
  ...LISTS.map((list) => entryAt(`.current.${list}[*]`, list)),
  entryAt(".current.record_created", "record_created"),
  line(".equivocations", "7.2", (_, facts) => okIf(areEquivocations(facts)), FAILED),
  line(".equivocations[*]", "7.2", (entry, { isBroken, shown }) => (
    isBroken ? OPEN : areConflicts(entry, shown))),
  line(".invalid_events", "8.7", (_, facts) => {
    if (!areInvalidEvents(facts)) return FAILED;
    return facts.state.get("invalid_events").length === 0 ? OK : OPEN;
  }, FAILED),
  line(".applied_event_ids", "8.4", (_, facts) => okIf(isInOrder(facts)), FAILED),
  line(".state_sha256", "8.2", (_, { state }) => outcomeOfStateDigest(state), FAILED),
);

function entryAt(path, list) {
  return inside(path, ENTRY, (_, { state, isBroken, byPlace, keyring, record }, index) => {
    const entry = isBroken ? null : byPlace.get(list === "record_created" ? list : `${list} ${index}`) ?? null;
    return {
      entry,
      keyring,
      record,
      isApplicable: Array.isArray(state.get("applied_event_ids")),
      outcome: entry === null ? OPEN : outcomeOfEntry(entry, keyring),
    };
  });
}

/** The facts of a state. */
export function factsOfState(state, keyring) {
  const stated = memberAt(state, "current", "canonical_record");
  const record = isObject(stated) ? stated : null;
  const entries = entriesOf(state);
  const isBroken = !isObject(state.get("current")) || entries.some(({ isTooDeep }) => isTooDeep);
  const applied = listOf(state.get("applied_event_ids"));
  return {
    state,
    keyring,
    isBroken,
    record,
    isWithoutRecord: !isThere(stated) && !isThere(memberAt(state, "current", "record_created")),
    names: namesOf(record),
    entries,
    byPlace: new Map(entries.map((entry) => [entry.index === null ? entry.list : `${entry.list} ${entry.index}`, entry])),
    shown: isBroken ? new Map() : shownEvents(entries),
    applied,
    /** Of an id that is applied twice, the last place counts. */
    placeOf: new Map(applied.map((id, place) => [id, place]).filter(([id]) => isString(id))),
  };
}

/** The line of a count, which is the length of a list. */
function countAt(path, name) {
  return line(path, "8.3", (count, { state }) => {
    const list = state.get(name);
    return okIf(Array.isArray(list) && count === BigInt(list.length));
  }, FAILED);
}

function outcomeOfNumber(number, { names, isWithoutRecord }) {
  if (names !== null) return okIf(names.number !== null && number === names.number);
  return isWithoutRecord && !isPithNumber(number) ? FAILED : OPEN;
}

function outcomeOfRecord(record, { state, isWithoutRecord }) {
  if (isWithoutRecord) return OK;
  return okIf(isObject(record) && agree(record, memberAt(state, "current", "record_created", "payload", "canonical_record")));
}

function outcomeOfForm(state, { entries }) {
  const current = state.get("current");
  return okIf(hasMembersInOrder(state, MEMBERS_OF_STATE)
    && hasMembersInOrder(current, MEMBERS_OF_CURRENT)
    && LISTS.every((list) => Array.isArray(current.get(list)))
    && entries.every(({ value }) => hasMembersInOrder(value, MEMBERS_OF_ENTRY)));
}

/** What a state may have of rejected events without showing them. */
const OF_INVALID_EVENTS = ["event_count", "invalid_event_count", "invalid_events", "state_sha256"];

/** Rule 10.2: a state that shows all its applied events comes out of their merge. */
function outcomeOfMerge(state, facts) {
  if (facts.isBroken || !isWhole(facts)) return OPEN;
  const merged = mergeOf(facts);
  const invalid = state.get("invalid_events");
  if (Array.isArray(invalid) && invalid.length === 0) {
    return okIf(merged !== null && textInGivenOrder(merged) === textInGivenOrder(state));
  }
  const rest = (each) => textInGivenOrder(without(each, ...OF_INVALID_EVENTS));
  return merged !== null && rest(merged) === rest(state) ? OPEN : FAILED;
}

function isWhole({ state, entries, applied }) {
  if (!isPithNumber(state.get("pith_number"))) return false;
  if (!applied.every(isString) || !entries.every(({ areLinksKnown }) => areLinksKnown)) return false;
  const [ids, others] = [entries.map(({ id }) => id).sort(), [...applied].sort()];
  return ids.length === others.length && ids.every((id, i) => id === others[i]);
}

function mergeOf({ state, entries, keyring }) {
  const sourceAliases = listOf(memberAt(state, "current", "source_aliases"));
  if (!sourceAliases.every(isAlias)) return null;
  return merge(entries.map(({ event }) => event), keyring, {
    pithNumber: state.get("pith_number"), sourceAliases, verifySignatures: false,
  });
}

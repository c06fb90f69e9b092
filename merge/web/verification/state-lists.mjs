// SPDX-License-Identifier: MIT
// Rules 7.2 and 8.7, as far as a state that stands alone shows them.

import { isEventId, isExclusive, isKnownType } from "../event.mjs";
import { isReason } from "../validity.mjs";
import { compareTuples, groupBy, isObject, isString } from "../values.mjs";
import { ascends } from "./aliases.mjs";
import { FAILED, OPEN, OK } from "./places.mjs";
import { hasMembersInOrder, listOf } from "./values.mjs";

const MEMBERS_OF_ENTRY = ["kind", "signer_id", "event_type", "target", "position", "event_ids"];
const KINDS = ["fork", "double_supersede"];

/** `$.equivocations`: of its form and order, and no fork that is shown is missing. */
export function areEquivocations({ state, shown, placeOf }) {
  const entries = state.get("equivocations");
  if (!Array.isArray(entries) || !entries.every((entry) => isWritten(entry, placeOf))) return false;
  if (!ascends(entries.map(placeOfEntry))) return false;
  const accused = new Map(entries.map((entry) => [JSON.stringify(placeOfEntry(entry)), new Set(entry.get("event_ids"))]));
  return forking(shown).every(({ event, position }) => accused.get(position)?.has(event.id));
}

/** Rule 7.2: what entries are sorted by. */
const placeOfEntry = (entry) => [
  ...["kind", "signer_id", "event_type", "target"].map((name) => entry.get(name)), entry.get("position") ?? "",
];

/** Whether a merge would write such an entry. */
function isWritten(entry, placeOf) {
  if (!hasMembersInOrder(entry, MEMBERS_OF_ENTRY)) return false;
  const [kind, signerId, type, target, position, ids] = [...entry.values()];
  if (!KINDS.includes(kind) || ![signerId, type, target].every(isString) || !isKnownType(type)) return false;
  const isFork = kind === "fork";
  if (!isFork && !isExclusive(type)) return false;
  if (!isEventId(position) && !(position === null && isFork && isExclusive(type))) return false;
  if (!Array.isArray(ids) || ids.length < 2 || !ids.every((id) => isString(id) && placeOf.has(id))) return false;
  if (!ascends(ids.map((id) => [id])) || ids.includes(position)) return false;
  return !isFork || position === null || ids.every((id) => placeOf.get(position) < placeOf.get(id));
}

/** Rule 7.1: the shown events that fork with another, with the entry that each has to be in. */
function forking(shown) {
  const known = [...shown.values()].filter(({ areLinksKnown }) => areLinksKnown);
  const places = groupBy(known, ({ signerId, type, target, prevEvent }) => (
    JSON.stringify(["fork", signerId, type, target, prevEvent ?? ""])));
  const found = [];
  for (const [position, events] of places) {
    if (events[0].prevEvent === null && !isExclusive(events[0].type)) continue;
    for (const event of conflicting(events)) found.push({ event, position });
  }
  return found;
}

/** Of events with one `prev_event`, those that are not linked with each of the others. */
function conflicting(events) {
  const linked = new Map(events.map(({ id }) => [id, new Set()]));
  for (const { id, supersedes } of events) {
    for (const other of supersedes) {
      if (!linked.has(other)) continue;
      linked.get(id).add(other);
      linked.get(other).add(id);
    }
  }
  return events.filter(({ id }) => linked.get(id).size < events.length - 1);
}

/** `$.equivocations[*]`: whether what is shown of an entry conflicts. */
export function areConflicts(entry, shown) {
  const ids = isObject(entry) ? listOf(entry.get("event_ids")) : [];
  if (ids.length === 0) return OPEN;
  const events = ids.filter((id) => shown.has(id)).map((id) => shown.get(id));
  const isFork = entry.get("kind") === "fork";
  const position = entry.get("position") ?? null;
  const isOther = ({ signerId, type, target }) => (
    signerId !== entry.get("signer_id") || type !== entry.get("event_type") || target !== entry.get("target"));
  const standsElsewhere = ({ areLinksKnown, prevEvent, supersedes }) => (
    areLinksKnown && (isFork ? prevEvent !== position : !supersedes.has(position)));
  if (events.some((event) => isOther(event) || standsElsewhere(event))) return FAILED;
  if (events.length !== ids.length || !events.every(({ areLinksKnown }) => areLinksKnown)) return OPEN;
  if (!isFork) return events.every(({ prevEvent }) => prevEvent === events[0].prevEvent) ? FAILED : OPEN;
  const distinct = [...new Set(events)];
  return conflicting(distinct).length === distinct.length ? OK : FAILED;
}

/** `$.invalid_events`: sorted, of known reasons, none applied. */
export function areInvalidEvents({ state, placeOf }) {
  const entries = state.get("invalid_events");
  return Array.isArray(entries)
    && entries.every((entry) => hasMembersInOrder(entry, ["event_id", "reason"])
      && isEventId(entry.get("event_id")) && !placeOf.has(entry.get("event_id")) && isReason(entry.get("reason")))
    && entries.every((entry, i) => i === 0
      || compareTuples([entries[i - 1].get("event_id")], [entry.get("event_id")]) < 0);
}

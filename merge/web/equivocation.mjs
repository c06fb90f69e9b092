// SPDX-License-Identifier: MIT
// Section 7: who says two things in one place.

import { isExclusive } from "./event.mjs";
import { compareStrings, compareTuples, groupBy } from "./values.mjs";

/** Rule 7.2: the sorted entries for a list of valid events. */
export function findEquivocations(events) {
  const spans = spansOf(events);
  const entries = [];
  for (const { kind, position, holders } of positions(events)) {
    const eventIds = holders
      .filter((a) => holders.some((b) => conflict(a, b, kind, spans)))
      .map((event) => event.id)
      .sort(compareStrings);
    if (eventIds.length === 0) continue;
    const { signerId, type, target } = holders[0];
    entries.push({ kind, signerId, eventType: type, target, position, eventIds });
  }
  return entries.sort((a, b) => compareTuples(sortKey(a), sortKey(b)));
}

function sortKey(entry) {
  return [entry.kind, entry.signerId, entry.eventType, entry.target, entry.position ?? ""];
}

/** Rule 7.1: every position held by one signer in one type and target, with its holders. */
function* positions(events) {
  const scopes = groupBy(events, (e) => JSON.stringify([e.signerId, e.type, e.target]));
  for (const scope of scopes.values()) {
    const exclusive = isExclusive(scope[0].type);
    for (const [prevEvent, holders] of groupBy(scope, (event) => event.prevEvent)) {
      if (prevEvent !== null || exclusive) yield { kind: "fork", position: prevEvent, holders };
    }
    if (!exclusive) continue;
    const pairs = scope.flatMap((event) => [...event.supersedes].map((id) => ({ id, event })));
    for (const [id, holding] of groupBy(pairs, (pair) => pair.id)) {
      yield { kind: "double_supersede", position: id, holders: holding.map((pair) => pair.event) };
    }
  }
}

/** Rule 7.1, for two events that hold the same position of that kind. */
function conflict(a, b, kind, spans) {
  if (a === b) return false;
  // First what is cheap: on a long chain nearly every pair ends here.
  if (isAncestor(spans.get(a), spans.get(b)) || isAncestor(spans.get(b), spans.get(a))) return false;
  // Where both prev_event are the same, the pair is a fork and nothing else.
  if (kind === "double_supersede" && a.prevEvent === b.prevEvent) return false;
  return !a.supersedes.has(b.id) && !b.supersedes.has(a.id);
}

/** Whether one event lies on the other's prev_event chain, told by their spans. */
function isAncestor(a, b) {
  return a.first < b.first && b.first <= a.last;
}

/**
 * Valid events form a forest under prev_event. A walk of it numbers them, and the span
 * of an event is its own number and that of its last descendant: so whether an event
 * lies on a chain takes two comparisons, however long the chain is.
 */
function spansOf(events) {
  const children = groupBy(events, (event) => event.prevEvent);
  const spans = new Map();
  const open = [...(children.get(null) ?? [])];
  let count = 0;
  while (open.length > 0) {
    const event = open.pop();
    const span = spans.get(event);
    if (span) {
      span.last = count; // the second visit: all its descendants have been numbered
      continue;
    }
    count++;
    spans.set(event, { first: count, last: count });
    open.push(event);
    for (const child of children.get(event.id) ?? []) open.push(child);
  }
  return spans;
}

// SPDX-License-Identifier: MIT
// Rules 4.3, 5.2, 5.4 and the last rows of rule 5.1: from inputs to valid events.

import { contentDigest, identityOf } from "./event.mjs";
import { memberAt } from "./record.mjs";
import { REASONS_OF_ROWS, firstFailingRow } from "./rows.mjs";

/** Rules 4.3 and 5.4: Map of identity -> { identity, copies }. */
export function groupCopies(inputs) {
  return groupsOf(inputs.map(copyOf));
}

/** Rule 4.3: an input as a copy of an event. */
export const copyOf = (input) => ({ input, digest: contentDigest(input) });

export function groupsOf(copies) {
  const groups = new Map();
  for (const copy of copies) {
    const identity = identityOf(copy.digest);
    if (!groups.has(identity)) groups.set(identity, { identity, copies: [] });
    groups.get(identity).copies.push(copy);
  }
  return groups;
}

/**
 * Section 5: Map of identity -> reason, which is null for a valid event. Without a graph's
 * number each event is judged as in the graph of its own.
 */
export function judge(groups, context) {
  const ownReasons = new Map();
  for (const { identity, copies } of groups.values()) {
    ownReasons.set(identity, reasonOfCopies(copies, context));
  }
  return withChains(groups, ownReasons);
}

/** Rules 4.3 and 5.2: null if one copy passes its rows, else the reason of the best copy. */
function reasonOfCopies(copies, context) {
  let furthest = null;
  for (const copy of copies) {
    const failing = firstFailingRow(copy, context);
    if (failing === null) return null;
    if (furthest === null || failing.place > furthest.place) furthest = failing;
  }
  return furthest.reason;
}

/**
 * `prev_event_missing`, `prev_event_invalid`. Each event is judged after its `prev_event`; the chain is walked
 * with a stack of our own, for it may be as long as there are events. It has no
 * cycle: an event's id is a digest over its `prev_event`.
 */
function withChains(groups, ownReasons) {
  const reasons = new Map();
  for (const start of groups.keys()) {
    const unjudged = [];
    let identity = start;
    while (groups.has(identity) && !reasons.has(identity)) {
      unjudged.push(identity);
      if (ownReasons.get(identity) !== null) break;
      identity = prevEventOf(groups.get(identity));
    }
    while (unjudged.length > 0) {
      const next = unjudged.pop();
      reasons.set(next, ownReasons.get(next) ?? chainReason(groups, next, reasons));
    }
  }
  return reasons;
}

function chainReason(groups, identity, reasons) {
  const prevEvent = prevEventOf(groups.get(identity));
  if (prevEvent === null) return null;
  if (!reasons.has(prevEvent)) return "prev_event_missing";
  // Where each event has its own number, one of another is none of its graph.
  const isOfOneGraph = subjectOf(groups.get(prevEvent)) === subjectOf(groups.get(identity));
  return reasons.get(prevEvent) === null && isOfOneGraph ? null : "prev_event_invalid";
}

function subjectOf(group) {
  return memberAt(group.copies[0].input, "subject_pith_number");
}

/** Rule 5.1: whether a value is one of its reasons. */
export const isReason = (value) => REASONS_OF_ROWS.includes(value)
  || value === "prev_event_missing" || value === "prev_event_invalid";

/** Copies differ only outside the content, so any copy will do. */
function prevEventOf(group) {
  return group.copies[0].input.get("prev_event");
}

/** The valid events among groups whose reasons were found. */
export function validEvents(groups, reasons) {
  return [...groups.values()].filter(({ identity }) => reasons.get(identity) === null).map(toEvent);
}

/** A valid event, its members under short names for the sections that follow. */
function toEvent({ identity, copies }) {
  const content = copies[0].input;
  const signer = content.get("signer");
  return {
    id: identity,
    type: content.get("event_type"),
    target: content.get("target"),
    subject: content.get("subject_pith_number"),
    createdAt: content.get("created_at"),
    signer,
    signerId: signer.get("signer_id"),
    signerType: signer.get("signer_type"),
    payload: content.get("payload"),
    prevEvent: content.get("prev_event"),
    supersedes: new Set(content.get("supersedes")),
  };
}

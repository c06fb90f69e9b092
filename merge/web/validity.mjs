// SPDX-License-Identifier: MIT
// Rules 4.3, 5.2, 5.4 and the last rows of rule 5.1: from inputs to valid events.

import { contentDigest, identityOf } from "./event.mjs";
import { firstFailingRow } from "./rows.mjs";

/** Rules 4.3 and 5.4: Map of identity -> { identity, copies }. */
export function groupCopies(inputs) {
  const groups = new Map();
  for (const input of inputs) {
    const digest = contentDigest(input);
    const identity = identityOf(digest);
    if (!groups.has(identity)) groups.set(identity, { identity, copies: [] });
    groups.get(identity).copies.push({ input, digest });
  }
  return groups;
}

/** Section 5: Map of identity -> reason, which is null for a valid event. */
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
      reasons.set(next, ownReasons.get(next) ?? chainReason(groups.get(next), reasons));
    }
  }
  return reasons;
}

function chainReason(group, reasons) {
  const prevEvent = prevEventOf(group);
  if (prevEvent === null) return null;
  if (!reasons.has(prevEvent)) return "prev_event_missing";
  return reasons.get(prevEvent) === null ? null : "prev_event_invalid";
}

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

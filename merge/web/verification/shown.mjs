// SPDX-License-Identifier: MIT
// Rules 10.2 and 10.8: the events of a state that stands alone, rebuilt from its entries.

import { hexOf, utf8 } from "../bytes.mjs";
import { canonicalText } from "../canonical.mjs";
import { LISTS_OF_CURRENT, contentDigest, contentOf, identityOf, isEventId, isWellFormed } from "../event.mjs";
import { sha256After } from "../platform.mjs";
import { memberAt } from "../record.mjs";
import { firstFailingRow } from "../rows.mjs";
import { compareStrings, isObject, isString } from "../values.mjs";
import { FAILED, OPEN, okIf } from "./places.mjs";
import { isTooDeep, listOf } from "./values.mjs";

/** Rule 10.2: of more applied events the links of an entry are not sought. */
const MOST_SOUGHT = 16;

/**
 * The entries of a state: `record_created` first, then the lists in their order. Each is
 * `{ value, type, list, index, id, event, areLinksKnown, digest }`; `event` is rebuilt with
 * its known links, or else with none.
 */
export function entriesOf(state) {
  const current = state.get("current");
  const applied = state.get("applied_event_ids");
  const sought = Array.isArray(applied) && applied.length <= MOST_SOUGHT ? applied.filter(isEventId) : [];
  const entries = [];
  const add = (value, type, list, index) => entries.push(
    { value, type, list, index, ...rebuilt(value, type, state.get("pith_number"), sought) });
  const record = memberAt(current, "record_created") ?? null;
  if (record !== null) add(record, "record_created", "record_created", null);
  for (const [type, list] of LISTS_OF_CURRENT) {
    listOf(memberAt(current, list)).forEach((value, index) => add(value, type, list, index));
  }
  return entries;
}

/** What is no object is rebuilt as itself: no event at all. */
function rebuilt(value, type, pithNumber, sought) {
  if (!isObject(value)) return { isTooDeep: isTooDeep(value), event: value, areLinksKnown: false };
  const bare = new Map(value);
  bare.set("event_type", type);
  bare.delete("subject_pith_number");
  if (pithNumber !== undefined) bare.set("subject_pith_number", pithNumber);
  bare.set("supersedes", []).set("prev_event", null).set("schema_version", "1.0");
  const id = bare.get("event_id");
  if (isTooDeep(contentOf(bare))) return { id, isTooDeep: true, event: bare };
  const linked = isString(id) ? linkedAs(id, bare, sought) : null;
  const event = linked ?? bare;
  const digest = contentDigest(event);
  return {
    id,
    isTooDeep: false,
    areLinksKnown: linked !== null,
    digest,
    event: new Map(event).set("content_sha256", digest).set("event_id", identityOf(digest)),
  };
}

/** The event with the links by which it has an id; null if none of those sought give it. */
function linkedAs(id, bare, sought) {
  if (identityOf(contentDigest(bare)) === id) return bare;
  const digestWith = digestsByLinks(bare);
  const choices = [null, ...new Set(sought)];
  for (const prevEvent of choices) {
    for (const superseded of choices) {
      const supersedes = superseded === null ? [] : [superseded];
      if (identityOf(digestWith(prevEvent, supersedes)) === id) {
        return new Map(bare).set("prev_event", prevEvent).set("supersedes", supersedes);
      }
    }
  }
  return null;
}

/**
 * The digests of an event by its links. Canonical members are sorted, so what stands before
 * `prev_event`, a long payload perhaps, is written and digested once.
 */
function digestsByLinks(bare) {
  const content = [...contentOf(bare)].sort(([a], [b]) => compareStrings(a, b));
  const at = content.findIndex(([name]) => name === "prev_event");
  const before = canonicalText(new Map(content.slice(0, at)));
  const digestAfter = sha256After(utf8(at === 0 ? "{" : `${before.slice(0, -1)},`));
  const rest = content.slice(at).map(([name, value]) => [name, canonicalText(value)]);
  return (prevEvent, supersedes) => {
    const links = { prev_event: canonicalText(prevEvent), supersedes: canonicalText(supersedes) };
    const members = rest.map(([name, text]) => `${canonicalText(name)}:${links[name] ?? text}`);
    return hexOf(digestAfter(utf8(`${members.join(",")}}`)));
  };
}

/** Rule 5.1, of an entry. */
export function outcomeOfEntry({ event, digest, areLinksKnown }, keyring) {
  if (!isObject(event)) return FAILED;
  const pithNumber = event.get("subject_pith_number");
  const row = firstFailingRow({ input: event, digest }, { pithNumber, keyring, verifySignatures: false });
  if (row !== null) return FAILED;
  return areLinksKnown ? okIf(true) : OPEN;
}

/** Rule 10.8: the events that are shown, by their ids; of two with one id the last counts. */
export function shownEvents(entries) {
  const shown = new Map();
  for (const { id, event, areLinksKnown } of entries) {
    if (isString(id) && isWellFormed(event)) shown.set(id, toShown(id, event, areLinksKnown));
  }
  return shown;
}

function toShown(id, event, areLinksKnown) {
  return {
    id,
    areLinksKnown,
    type: event.get("event_type"),
    target: event.get("target"),
    createdAt: event.get("created_at"),
    signerId: event.get("signer").get("signer_id"),
    signerType: event.get("signer").get("signer_type"),
    prevEvent: event.get("prev_event"),
    supersedes: new Set(event.get("supersedes")),
  };
}

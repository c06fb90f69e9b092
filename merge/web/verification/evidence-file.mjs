// SPDX-License-Identifier: MIT
// Section 11 as rows: an evidence file, place by place.

import { canonicalText, digestHex } from "../canonical.mjs";
import { findEquivocations } from "../equivocation.mjs";
import { identityOf, isPithNumber, isWellFormed } from "../event.mjs";
import { hasFormOfEvidence, keysOf, neededEvents, readEvent } from "../evidence.mjs";
import { memberAt } from "../record.mjs";
import { toEquivocationEntry } from "../state.mjs";
import { copyOf, groupsOf, judge, validEvents } from "../validity.mjs";
import { Refused, isString } from "../values.mjs";
import { ascends } from "./aliases.mjs";
import { FAILED, OPEN, line, okIf, open, tableOf } from "./places.mjs";
import { agree, listOf, without } from "./values.mjs";
import { ok, outcomeOfVersion } from "./versions.mjs";

export const EVIDENCE = tableOf(
  line("", "11.1", (file) => okIf(hasFormOfEvidence(file))),
  line(".evidence_type", "11.1", ok, FAILED),
  line(".evidence_version", "11.7", outcomeOfVersion, FAILED),
  line(".merge_version", "8.1", outcomeOfVersion, FAILED),
  line(".pith_number", "2.2", (number) => okIf(isPithNumber(number)), FAILED),
  line(".equivocations", "7.2", (entries, { proven }) => (
    okIf(proven.length > 0 && agree(entries, proven))), FAILED),
  line(".equivocations[*]", "7.2", (_, { areProven }, index) => okIf(areProven[index])),
  line(".events", "11.3", outcomeOfEvents, FAILED),
  line(".events[*].event_b64", "3.4", open),
  line(".events[*].event_b64", "5.1", (_, { outcomes }, index) => outcomes[index]),
  line(".events[*].event_b64", "11.2", (_, { copies }, index) => okIf(copies[index] !== null), FAILED),
  line(".events[*].found", "11.4", open, FAILED),
  line(".keys", "11.5", (_, { areKeys }) => okIf(areKeys), FAILED),
  line(".keys[*]", "3.5", (key, { areKeys, keyring }) => (
    areKeys ? okIf(keyring.has(key.get("public_key_fingerprint"))) : OPEN)),
  line(".evidence_sha256", "11.6", (value, { digest }) => okIf(value === digest), FAILED),
);

/** The facts of an evidence file: its events, as far as they are readable, and their merge. */
export function factsOfEvidence(file, keyring) {
  const copies = listOf(file.get("events")).map((entry) => readCopy(memberAt(entry, "event_b64")));
  const pithNumber = file.get("pith_number");
  const merged = isPithNumber(pithNumber) ? copies.filter((copy) => copy !== null) : [];
  const groups = groupsOf(merged);
  const reasons = judge(groups, { pithNumber, keyring, verifySignatures: true });
  const valid = validEvents(groups, reasons);
  const found = findEquivocations(valid);
  const proven = found.map(toEquivocationEntry);
  const keys = keysOf(merged.map(({ input }) => input).filter(isWellFormed));
  return {
    keyring,
    isBroken: false,
    copies,
    merged,
    groups,
    reasons,
    valid,
    needed: neededEvents(found.flatMap(({ eventIds }) => eventIds), valid),
    outcomes: copies.map((copy) => (
      copy === null || merged.length === 0 ? OPEN : okIf(reasons.get(identityOf(copy.digest)) === null))),
    proven,
    areProven: areOnce(listOf(file.get("equivocations")), proven),
    areKeys: agree(file.get("keys"), keys),
    digest: digestHex(without(file, "evidence_sha256")),
  };
}

function readCopy(text) {
  if (!isString(text)) return null;
  try {
    return copyOf(readEvent(text));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return null;
  }
}

/** Of each of some entries whether it is one of those that are proven, and did not come before. */
function areOnce(entries, proven) {
  const left = new Set(proven.map(canonicalText));
  return entries.map((entry) => left.delete(canonicalText(entry)));
}

function outcomeOfEvents(events, { copies, merged, valid, needed }) {
  if (!Array.isArray(events) || events.length === 0) return FAILED;
  if (!ascends(merged.map(({ digest }) => [identityOf(digest)]))) return FAILED;
  const areAllValid = valid.length === copies.length;
  return okIf(!(areAllValid && needed.size > 0 && needed.size !== valid.length));
}

// SPDX-License-Identifier: MIT
// Rule 10.1: a bundle, and a list of events.

import { digestHex, textInGivenOrder } from "../canonical.mjs";
import { isInstant, isPithNumber } from "../event.mjs";
import { isInWindow } from "../keyring.mjs";
import { merge } from "../merge.mjs";
import { memberAt } from "../record.mjs";
import { isObject, isString } from "../values.mjs";
import { aliasesAt, isAlias } from "./aliases.mjs";
import { keyOfBlock, outcomeOfBundleSignature, publicKeyAt, signatureAt } from "./blocks.mjs";
import { eventsAt, judgeAll, recordsOf } from "./events.mjs";
import { LINES_OF_NAMES, namesOf } from "./names.mjs";
import { ASKED, FAILED, OK, OPEN, line, okIf, open, tableOf } from "./places.mjs";
import { agree, isTooDeep, listOf, without } from "./values.mjs";
import { ok, outcomeOfVersion } from "./versions.mjs";

const SIGNERS_OF_BUNDLES = ["pith_registry", "mirror"];
const unruled = (name) => line(`.${name}`, "10.5", open);

export const BUNDLE = tableOf(
  line(".bundle_type", "10.1", ok, FAILED),
  ...LINES_OF_NAMES,
  line(".canonical_record", "10.1", outcomeOfRecord, FAILED),
  aliasesAt(".source_aliases", ({ record, bundle, merged }) => ({
    isAsked: true, record, pithNumber: bundle.get("pith_number"), date: memberAt(merged, "current", "record_created", "created_at"),
  })),
  eventsAt(".events[*]"),
  publicKeyAt(".public_keys[*]"),
  line(".merge_version", "8.1", outcomeOfVersion, FAILED),
  line(".built_at", "3.5", outcomeOfDate, ASKED),
  line(".state", "8.2", outcomeOfStateDigest),
  line(".state", "10.1", outcomeOfState, FAILED),
  line(".bundle_signature.bundle_sha256", "10.1", (value, { digest }) => okIf(value === digest), FAILED),
  line(".bundle_signature", "10.1", (block, { keyring }) => {
    const key = keyOfBlock(block, keyring);
    return key === undefined ? OPEN : okIf(SIGNERS_OF_BUNDLES.includes(key.signerType));
  }),
  signatureAt(".bundle_signature", outcomeOfBundleSignature),
  ...["bundle_version", "timestamp_proofs", "mirror_hints", "links"].map(unruled),
);

/** The facts of a bundle. */
export function factsOfBundle(bundle, keyring) {
  const events = bundle.get("events");
  const isBroken = !Array.isArray(events) || events.some(isTooDeep);
  const pithNumber = bundle.get("pith_number");
  const stated = bundle.get("canonical_record");
  const record = isObject(stated) ? stated : null;
  return {
    bundle,
    keyring,
    isBroken,
    record,
    names: namesOf(record),
    digest: digestHex(without(bundle, "bundle_signature")),
    judged: isBroken ? null : judgeAll(events, pithNumber, keyring),
    merged: isBroken ? null : mergeOf(bundle, keyring),
    recordOf: isString(pithNumber)
      ? (event) => (event.get("subject_pith_number") === pithNumber ? record : null)
      : recordsOf(listOf(events)),
  };
}

/** Rule 10.8: the state of a bundle's events, or null where there is none. */
function mergeOf(bundle, keyring) {
  const pithNumber = bundle.get("pith_number");
  const sourceAliases = listOf(bundle.get("source_aliases"));
  if (!isPithNumber(pithNumber) || !sourceAliases.every(isAlias)) return null;
  return merge(bundle.get("events"), keyring, { pithNumber, sourceAliases });
}

function outcomeOfRecord(record, { isBroken, merged }) {
  if (!isObject(record)) return FAILED;
  if (isBroken) return OPEN;
  const isCurrent = isObject(memberAt(merged, "current", "record_created"));
  return okIf(isCurrent && agree(record, memberAt(merged, "current", "canonical_record")));
}

function outcomeOfState(state, { isBroken, merged }) {
  if (!isObject(state)) return FAILED;
  if (isBroken) return OPEN;
  return okIf(merged !== null && textInGivenOrder(state) === textInGivenOrder(merged));
}

/** Rule 8.2. */
export function outcomeOfStateDigest(state) {
  if (!isObject(state)) return OPEN;
  return okIf(state.get("state_sha256") === digestHex(without(state, "state_sha256")));
}

function outcomeOfDate(builtAt, { bundle, keyring }) {
  const key = keyOfBlock(bundle.get("bundle_signature"), keyring);
  if (key === undefined) return OPEN;
  if (isInstant(builtAt)) return isInWindow(key, builtAt) ? OK : FAILED;
  return key.validFrom === null && key.validUntil === null ? OPEN : FAILED;
}

export const EVENTS = tableOf(
  line("", "10.5", open),
  eventsAt("[*]"),
);

/** The facts of a list of events. */
export function factsOfEvents(events, keyring) {
  const isBroken = events.some(isTooDeep);
  return {
    keyring, isBroken, judged: isBroken ? null : judgeAll(events, null, keyring), recordOf: recordsOf(events),
  };
}

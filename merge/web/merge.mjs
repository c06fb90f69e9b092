// SPDX-License-Identifier: MIT
// The merge: signed events in, a state out.

import { findEquivocations } from "./equivocation.mjs";
import { isInstant, isPithNumber, isWellFormed } from "./event.mjs";
import { applyOrder, findSuperseded } from "./order.mjs";
import { buildState, checkAliases } from "./state.mjs";
import { groupCopies, judge, validEvents } from "./validity.mjs";
import { Refused, isObject } from "./values.mjs";

/**
 * @param inputs  JSON values as json-reader.mjs gives them
 * @param keyring  from keyring.mjs
 * @param pithNumber  the graph's number, or null to take it from the events
 * @param sourceAliases  a list of aliases, or null
 * @returns the state as a Map; canonical.mjs' textInGivenOrder gives its published text
 */
export function merge(
  inputs,
  keyring,
  { pithNumber = null, sourceAliases = null, verifySignatures = true } = {},
) {
  const aliases = checkAliases(sourceAliases);
  const groups = groupCopies(inputs);
  const graphNumber = chooseNumber(pithNumber, groups);
  const reasons = judge(groups, { pithNumber: graphNumber, keyring, verifySignatures });

  const events = validEvents(groups, reasons);
  const superseded = findSuperseded(events);
  return buildState({
    pithNumber: graphNumber,
    applied: applyOrder(events, superseded),
    supersededEvents: new Set([...superseded.values()].flat()),
    aliases,
    equivocations: findEquivocations(events),
    reasons,
  });
}

/**
 * Rule 8.9: the inputs that are in the view as of an instant. Instants of one form compare as strings.
 */
export function asOf(inputs, instant) {
  if (!isInstant(instant)) throw new Refused("a view is as of an instant");
  return inputs.filter((input) => {
    const createdAt = isObject(input) ? input.get("created_at") : undefined;
    return isInstant(createdAt) && createdAt <= instant;
  });
}

/** Rule 8.8. */
function chooseNumber(given, groups) {
  if (given !== null) {
    if (!isPithNumber(given)) throw new Refused("pith_number is no Pith Number");
    return given;
  }
  const subjects = new Set();
  for (const { copies } of groups.values()) {
    const { input } = copies[0];
    if (isWellFormed(input)) subjects.add(input.get("subject_pith_number"));
  }
  if (subjects.size !== 1) throw new Refused(`the events have ${subjects.size} subjects, not one`);
  return [...subjects][0];
}

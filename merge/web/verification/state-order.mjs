// SPDX-License-Identifier: MIT
// Rules 8.4 and 8.5, as far as a state that stands alone shows them.

import { isEventId } from "../event.mjs";
import { maySupersede } from "../order.mjs";
import { compareTuples, greatest, groupBy, isString } from "../values.mjs";

/** `$.current`: its entries are applied, once, in order, and none of them supersedes another. */
export function isListedCurrent({ entries, shown, placeOf }) {
  const ids = entries.map(({ id }) => id);
  if (!ids.every((id) => isString(id) && placeOf.has(id)) || new Set(ids).size !== ids.length) return false;
  if (placeOf.size > 0 && entries.length === 0) return false;
  for (const list of groupBy(entries, ({ list: name }) => name).values()) {
    if (list.some(({ id }, i) => i > 0 && placeOf.get(list[i - 1].id) > placeOf.get(id))) return false;
  }
  return ![...shown.values()].some((event) => event.areLinksKnown && [...event.supersedes].some(
    (id) => shown.has(id) && maySupersede(event, shown.get(id))));
}

/** `$.applied_event_ids`: of the form of a list of ids, and in the order of 8.4 as far as is shown. */
export function isInOrder({ state, applied, shown, placeOf }) {
  if (!Array.isArray(state.get("applied_event_ids")) || !applied.every(isEventId)) return false;
  if (placeOf.size !== applied.length) return false;
  const standing = [...shown.values()].filter(({ id }) => placeOf.has(id))
    .map((event) => ({ event, place: placeOf.get(event.id) }))
    .sort((a, b) => a.place - b.place);
  // Of those before an event, the nearest with a greater key: on a stack, keys descend.
  const greater = [];
  for (const { event, place } of standing) {
    while (greater.length > 0 && compareTuples(keyOf(greater.at(-1).event), keyOf(event)) < 0) greater.pop();
    if (event.areLinksKnown) {
      const { prevEvent } = event;
      if (prevEvent !== null && !(placeOf.get(prevEvent) < place)) return false;
      const links = [prevEvent, ...event.supersedes].filter((id) => placeOf.has(id)).map((id) => placeOf.get(id));
      const last = greatest(links, -1);
      if (last < place && greater.length > 0 && greater.at(-1).place > last) return false;
    }
    greater.push({ event, place });
  }
  return true;
}

const keyOf = (event) => [event.type === "record_created" ? "0" : "1", event.createdAt, event.id];

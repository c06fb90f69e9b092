// SPDX-License-Identifier: MIT
// Section 6 and rule 8.4: supersession, and the order in which events are applied.

import { compareTuples } from "./values.mjs";

/** Section 6: Map of each event -> the events it supersedes. */
export function findSuperseded(events) {
  const byId = new Map(events.map((event) => [event.id, event]));
  return new Map(events.map((event) => [
    event,
    [...event.supersedes]
      .map((id) => byId.get(id))
      .filter((other) => other !== undefined && maySupersede(event, other)),
  ]));
}

/** Section 6: for an `other` that the event lists. */
export function maySupersede(event, other) {
  return event.type === other.type
    && event.target === other.target
    && (event.signerId === other.signerId || event.signerType === "pith_registry");
}

/** Rule 8.4: topological; of the events that are ready, the least goes next. */
export function applyOrder(events, superseded) {
  const ranked = [...events].sort((a, b) => compareTuples(sortKey(a), sortKey(b)));
  const rankOf = new Map(ranked.map((event, rank) => [event.id, rank]));
  const followers = ranked.map(() => []);
  const waitsFor = ranked.map((event) => {
    const before = new Set(superseded.get(event).map((other) => other.id));
    if (event.prevEvent !== null) before.add(event.prevEvent);
    for (const id of before) followers[rankOf.get(id)].push(rankOf.get(event.id));
    return before.size;
  });

  const ready = new LeastFirst();
  waitsFor.forEach((count, rank) => count === 0 && ready.add(rank));
  const applied = [];
  while (ready.size > 0) {
    const rank = ready.takeLeast();
    applied.push(ranked[rank]);
    for (const follower of followers[rank]) {
      if (--waitsFor[follower] === 0) ready.add(follower);
    }
  }
  return applied;
}

function sortKey(event) {
  return [event.type === "record_created" ? "0" : "1", event.createdAt, event.id];
}

/** A binary heap of numbers. */
class LeastFirst {
  #heap = [];

  get size() {
    return this.#heap.length;
  }

  add(number) {
    const heap = this.#heap;
    let at = heap.push(number) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent] <= heap[at]) break;
      [heap[parent], heap[at]] = [heap[at], heap[parent]];
      at = parent;
    }
  }

  takeLeast() {
    const heap = this.#heap;
    const least = heap[0];
    const last = heap.pop();
    if (heap.length === 0) return least;
    heap[0] = last;
    for (let at = 0; ;) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
      if (child >= heap.length || heap[at] <= heap[child]) return least;
      [heap[at], heap[child]] = [heap[child], heap[at]];
      at = child;
    }
  }
}

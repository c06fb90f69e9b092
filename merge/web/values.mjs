// SPDX-License-Identifier: MIT
// How JSON values are held in memory, and the order of strings.
//
// Trap for a porter, number one: JavaScript's numbers are doubles. They lose
// integers beyond 2^53 and cannot tell `1` from `1.0`, and both make other
// digests. So JSON.parse is of no use here. A JSON value is held as
//
//   null, true, false, string   as themselves
//   integer                     BigInt
//   float                       Float (below)
//   array                       Array
//   object                      Map (a member named `__proto__` is then a member like any other)

/** A JSON number written with `.`, `e` or `E`. */
export class Float {
  constructor(value) {
    this.value = value;
  }
}

/** Thrown where the rules say "refused": there is no result. Any other error is a bug. */
export class Refused extends Error {}

export const isObject = (value) => value instanceof Map;
export const isString = (value) => typeof value === "string";

const isSurrogate = (unit) => unit >= 0xd800 && unit <= 0xdfff;

/**
 * Compares two strings by code point. JavaScript's `<` compares UTF-16 units,
 * which puts U+1F600 (units D83D DE00) before U+FF01.
 */
export function compareStrings(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA === unitB) continue;
    // A surrogate stands for a code point above every code point of one unit.
    if (isSurrogate(unitA) !== isSurrogate(unitB)) return isSurrogate(unitA) ? 1 : -1;
    return unitA - unitB;
  }
  return a.length - b.length;
}

/** Compares two arrays of strings, member by member. */
export function compareTuples(a, b) {
  for (let i = 0; i < a.length; i++) {
    const order = compareStrings(a[i], b[i]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Collects items under a key (a string, or null) that `keyOf` gives: Map of key -> items. */
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The greatest of numbers, or `least`: there may be more of them than a call takes arguments. */
export function greatest(numbers, least) {
  return numbers.reduce((most, number) => (number > most ? number : most), least);
}

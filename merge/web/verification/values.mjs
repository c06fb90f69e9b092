// SPDX-License-Identifier: MIT
// What the lines of section 10 ask of values.

import { canonicalText } from "../canonical.mjs";
import { MAX_DEPTH } from "../json-reader.mjs";
import { isObject, isString } from "../values.mjs";

export const isInteger = (value) => typeof value === "bigint";
export const isThere = (value) => value !== null && value !== undefined;
export const listOf = (value) => (Array.isArray(value) ? value : []);
export const isListOfTexts = (value) => Array.isArray(value) && value.every(isString);

/** Rule 5.1, `record_mismatch`: two values agree iff their canonical bytes are equal. */
export function agree(a, b) {
  return a !== undefined && b !== undefined && canonicalText(a) === canonicalText(b);
}

/** An object without some of its members. */
export function without(object, ...names) {
  const rest = new Map(object);
  for (const name of names) rest.delete(name);
  return rest;
}

/** Whether an object has exactly these members, in this order. */
export function hasMembersInOrder(value, names) {
  return isObject(value) && value.size === names.length && [...value.keys()].every((name, i) => name === names[i]);
}

/** Rule 1.5, for what a document carries. */
export const isTooDeep = (value) => isDeeper(value, MAX_DEPTH);

/** Recursive, which is safe because every document was read with a bounded depth. */
function isDeeper(value, depth) {
  if (!isObject(value) && !Array.isArray(value)) return false;
  if (depth === 0) return true;
  for (const part of value.values()) if (isDeeper(part, depth - 1)) return true;
  return false;
}

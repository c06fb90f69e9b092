// SPDX-License-Identifier: MIT
// Rules 1.1, 2.1 and the bytes of 8.2: JSON value -> text, and digests.

import { hexOf, utf8 } from "./bytes.mjs";
import { sha256 } from "./platform.mjs";
import { Float, Refused, compareStrings } from "./values.mjs";

/** Rule 1.1. */
export function canonicalText(value) {
  return writeValue(value, sortedMembers);
}

/** Rule 8.2: the same text, but with members in the order in which the Maps hold them. */
export function textInGivenOrder(value) {
  return writeValue(value, (object) => [...object]);
}

/** Rule 2.1. */
export function digestHex(value) {
  return hexOf(sha256(utf8(canonicalText(value))));
}

/** The same value with the members of every object in it sorted. */
export function withSortedMembers(value) {
  if (Array.isArray(value)) return value.map(withSortedMembers);
  if (value instanceof Map) {
    return new Map(sortedMembers(value).map(([name, member]) => [name, withSortedMembers(member)]));
  }
  return value;
}

function sortedMembers(object) {
  return [...object].sort(([nameA], [nameB]) => compareStrings(nameA, nameB));
}

/** Recursive, which is safe because every value was read with a bounded depth. */
function writeValue(value, membersOf) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return writeString(value);
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Float) return writeFloat(value.value);
  if (Array.isArray(value)) {
    return `[${value.map((item) => writeValue(item, membersOf)).join(",")}]`;
  }
  if (value instanceof Map) {
    const members = membersOf(value).map(
      ([name, member]) => `${writeString(name)}:${writeValue(member, membersOf)}`,
    );
    return `{${members.join(",")}}`;
  }
  throw new TypeError(`not a JSON value as values.mjs describes it: ${typeof value}`);
}

const MUST_BE_ESCAPED = /["\\\u0000-\u001f]/g;
const SHORT_ESCAPES = new Map([
  ['"', '\\"'], ["\\", "\\\\"], ["\b", "\\b"], ["\t", "\\t"], ["\n", "\\n"], ["\f", "\\f"], ["\r", "\\r"],
]);

/** Rule 1.1, strings. (JSON.stringify would do, but the rule is short enough to show.) */
function writeString(text) {
  return `"${text.replace(MUST_BE_ESCAPED, escapeCharacter)}"`;
}

function escapeCharacter(character) {
  return SHORT_ESCAPES.get(character)
    ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Rule 1.1, floats. JavaScript and CPython agree on the digits (the shortest
 * that read back as the same double) and differ only in the notation.
 */
export function writeFloat(x) {
  if (!Number.isFinite(x)) throw new Refused("NaN and the infinities have no canonical form"); // 1.2
  const sign = x < 0 || Object.is(x, -0) ? "-" : "";
  // Without an argument toExponential gives the shortest digits: "1.25e-7".
  const [mantissa, exponentText] = Math.abs(x).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(exponentText);

  if (exponent < -4 || exponent >= 16) {
    const exponentSign = exponent < 0 ? "-" : "+";
    return `${sign}${mantissa}e${exponentSign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1) || "0";
  return `${sign}${whole}.${fraction}`;
}

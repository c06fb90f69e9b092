// SPDX-License-Identifier: MIT
// Rules 1.2 and 1.4 to 1.6: bytes -> JSON value, or refused.

import { Float, Refused } from "./values.mjs";

/** Rule 1.5. */
export const MAX_DEPTH = 128;
export const MAX_INTEGER_DIGITS = 4300;

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const FOUR_HEX_DIGITS = /[0-9a-fA-F]{4}/y;
// With the `u` flag a surrogate pair is one character, so only a lone one matches.
const LONE_SURROGATE = /\p{Surrogate}/u;
const SHORT_ESCAPES = new Map([
  ['"', '"'], ["\\", "\\"], ["/", "/"], ["b", "\b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"],
]);

/** Rule 1.4. The document in `bytes`, its arrays and objects at most `maxDepth` deep. */
export function readJson(bytes, maxDepth = MAX_DEPTH) {
  return new Reader(decodeUtf8(bytes), maxDepth).readDocument();
}

/** Rule 1.4: UTF-8 without a byte order mark. */
function decodeUtf8(bytes) {
  try {
    // "ignoreBOM" means: leave the mark in the text. There the grammar refuses it.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Refused("not UTF-8");
  }
}

class Reader {
  constructor(text, maxDepth) {
    this.text = text;
    this.at = 0;
    this.maxDepth = maxDepth;
  }

  refuse(why) {
    const refused = new Refused(`${why} at character ${this.at}`);
    refused.isAtEnd = this.at >= this.text.length;
    throw refused;
  }

  readDocument() {
    this.skipWhiteSpace();
    const value = this.readValue(0);
    this.skipWhiteSpace();
    if (this.at !== this.text.length) this.refuse("more than one JSON value");
    return value;
  }

  skipWhiteSpace() {
    while (isWhiteSpace(this.text[this.at])) this.at++;
  }

  /** Recursive, which is safe because the depth is bounded. */
  readValue(depthAround) {
    switch (this.text[this.at]) {
      case "{": return this.readObject(this.enter(depthAround));
      case "[": return this.readArray(this.enter(depthAround));
      case '"': return this.readString();
      case "t": return this.readWord("true", true);
      case "f": return this.readWord("false", false);
      case "n": return this.readWord("null", null);
      default: return this.readNumber();
    }
  }

  /** Rule 1.5: `[]` is 1 deep. */
  enter(depthAround) {
    if (depthAround === this.maxDepth) this.refuse("nested too deep");
    this.at++;
    this.skipWhiteSpace();
    return depthAround + 1;
  }

  readObject(depth) {
    const members = new Map();
    if (this.take("}")) return members;
    for (;;) {
      if (this.text[this.at] !== '"') this.refuse("member name expected");
      const name = this.readString();
      // Rule 1.4. The name is unescaped by now.
      if (members.has(name)) this.refuse("repeated member name");
      this.skipWhiteSpace();
      this.expect(":");
      this.skipWhiteSpace();
      members.set(name, this.readValue(depth));
      this.skipWhiteSpace();
      if (this.take("}")) return members;
      this.expect(",");
      this.skipWhiteSpace();
    }
  }

  readArray(depth) {
    const items = [];
    if (this.take("]")) return items;
    for (;;) {
      items.push(this.readValue(depth));
      this.skipWhiteSpace();
      if (this.take("]")) return items;
      this.expect(",");
      this.skipWhiteSpace();
    }
  }

  take(character) {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  expect(character) {
    if (!this.take(character)) this.refuse(`'${character}' expected`);
  }

  readWord(word, value) {
    if (!this.text.startsWith(word, this.at)) this.refuse("no JSON value");
    this.at += word.length;
    return value;
  }

  readString() {
    this.at++;
    let result = "";
    let hasEscape = false;
    for (;;) {
      const start = this.at;
      while (isPlainCharacter(this.text.charCodeAt(this.at))) this.at++;
      result += this.text.slice(start, this.at);
      if (this.take('"')) break;
      if (!this.take("\\")) this.refuse("control character in a string, or no end of it,");
      hasEscape = true;
      result += this.readEscape();
    }
    // Rule 1.2. Only an escape can bring one in: UTF-8 has none.
    if (hasEscape && LONE_SURROGATE.test(result)) this.refuse("lone surrogate");
    return result;
  }

  readEscape() {
    const letter = this.text[this.at++];
    if (letter === "u") {
      return String.fromCharCode(parseInt(this.match(FOUR_HEX_DIGITS, "bad \\u escape")[0], 16));
    }
    return SHORT_ESCAPES.get(letter) ?? this.refuse("bad escape");
  }

  /** Rule 1.6: an integer iff there is neither a fraction nor an exponent. */
  readNumber() {
    const [literal, fraction, exponent] = this.match(NUMBER, "no JSON value");
    if (fraction === undefined && exponent === undefined) return this.toInteger(literal);
    return this.toFloat(literal);
  }

  /** Rules 1.5 and 1.6. BigInt has no minus zero, so `-0` becomes 0 by itself. */
  toInteger(literal) {
    const digits = literal.startsWith("-") ? literal.length - 1 : literal.length;
    if (digits > MAX_INTEGER_DIGITS) this.refuse("integer with too many digits");
    return BigInt(literal);
  }

  /** Rules 1.2 and 1.6. */
  toFloat(literal) {
    const value = Number(literal);
    if (!Number.isFinite(value)) this.refuse("float out of range");
    return new Float(value);
  }

  /** Matches a sticky pattern here and steps over it. */
  match(pattern, complaint) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) this.refuse(complaint);
    this.at = pattern.lastIndex;
    return found;
  }
}

/** RFC 8259's four, which are fewer than JavaScript's. */
function isWhiteSpace(character) {
  return character === " " || character === "\t" || character === "\n" || character === "\r";
}

/** Not a quote, a backslash, a control character or (NaN) the end of the text. */
function isPlainCharacter(unit) {
  return unit >= 0x20 && unit !== 0x22 && unit !== 0x5c;
}

// SPDX-License-Identifier: MIT
// Rule 3.2: Ed25519 signatures with exactly libsodium's verdicts.
//
// Trap for a porter, number two: Node's `crypto.verify` is OpenSSL's (a browser's
// is BoringSSL's or ring's), and that accepts more than libsodium: keys in non-canonical form, and keys of small order,
// for which anyone can make a signature without a private key. OpenSSL's equation is
// the right one (cofactorless: it recomputes R and compares its bytes). So what
// libsodium refuses before it comes to the equation is refused here, and only then
// is the platform asked.

import { hexOf } from "./bytes.mjs";
import { ed25519Key, ed25519Verifies } from "./platform.mjs";
import { Refused } from "./values.mjs";

const P = 2n ** 255n - 19n;
/** The order of the group: a scalar S must be below it. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** The curve is -x² + y² = 1 + D·x²·y² modulo P. D is -121665/121666. */
const D = mod(-121665n * power(121666n, P - 2n));

/** The keys that were let through last, by their hex: the same ones come with each request. */
const imported = new Map();
const MOST_IMPORTED = 1024;

/**
 * Rules 3.2 and 3.5. A public key from its 32 raw bytes; refused if it is in
 * non-canonical form, of small order or no point of the curve.
 */
export function importPublicKey(rawKey) {
  if (rawKey.length !== 32) throw new Refused("a public key has 32 bytes");
  const name = hexOf(rawKey);
  if (!imported.has(name)) {
    const key = checkedKey(rawKey);
    if (imported.size === MOST_IMPORTED) imported.clear();
    imported.set(name, key);
  }
  return imported.get(name);
}

function checkedKey(rawKey) {
  const y = yOf(rawKey);
  if (y >= P) throw new Refused("public key in non-canonical form");
  if (hasSmallOrder(y)) throw new Refused("public key of small order");
  if (!isOnCurve(y)) throw new Refused("public key is no point of the curve");
  return ed25519Key(rawKey);
}

/** Rule 3.2. `publicKey` comes from importPublicKey, so A has been looked at. Never in batches. */
export function isValidSignature(publicKey, message, signature) {
  if (signature.length !== 64) return false;
  const y = yOf(signature.subarray(0, 32));
  const s = littleEndian(signature.subarray(32));
  if (s >= L || y >= P || hasSmallOrder(y)) return false;
  return ed25519Verifies(publicKey, message, signature);
}

/** The y coordinate of an encoded point: 255 bits; the top one is the sign of x. */
function yOf(encodedPoint) {
  return littleEndian(encodedPoint) & (2n ** 255n - 1n);
}

/**
 * Whether a y belongs to one of the eight points whose order divides 8. The sign of
 * x does not matter: a point and its negative have the same order, and where x is 0
 * the sign bit makes an encoding that libsodium refuses just so.
 *
 * Orders 1, 2 and 4 have y = 1, -1 and 0. A point of order 8 doubles to y = 0,
 * that is x² = -y², which turns the equation of the curve into D·y⁴ + 2·y² - 1 = 0.
 */
function hasSmallOrder(y) {
  const y2 = mod(y * y);
  return y === 0n || y === 1n || y === P - 1n || mod(D * y2 * y2 + 2n * y2 - 1n) === 0n;
}

/** Whether x² = (y² - 1) / (D·y² + 1) has a solution: Euler's criterion. */
function isOnCurve(y) {
  const y2 = mod(y * y);
  const numerator = y2 - 1n;
  const denominator = D * y2 + 1n;
  // a/b is a square iff a·b is, and a product needs no inversion.
  return power(mod(numerator * denominator), (P - 1n) / 2n) !== P - 1n;
}

function littleEndian(bytes) {
  return BigInt(`0x${hexOf(Uint8Array.from(bytes).reverse())}`);
}

function mod(value) {
  return ((value % P) + P) % P;
}

/** base^exponent modulo P, by squaring. */
function power(base, exponent) {
  let result = 1n;
  for (let square = base; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

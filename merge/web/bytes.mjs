// SPDX-License-Identifier: MIT
// Bytes and their texts: UTF-8, hex, and rule 3.3's base64.

const HEX = [...Array(256).keys()].map((byte) => byte.toString(16).padStart(2, "0"));
const BASE64 = utf8("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 0x3d;
/** Six bits for each character of the alphabet by its code; of all others, more than six. */
const SEXTETS = new Uint8Array(128).fill(0xff);
BASE64.forEach((character, sextet) => { SEXTETS[character] = sextet; });

export function utf8(text) {
  return new TextEncoder().encode(text);
}

export function hexOf(bytes) {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** The bytes of a hex text, which has been looked at before. */
export function bytesOfHex(text) {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

export function encodeBase64(bytes) {
  const characters = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2]; // 0 beyond the end
    characters[at++] = BASE64[bits >> 18];
    characters[at++] = BASE64[(bits >> 12) & 63];
    characters[at++] = i + 1 < bytes.length ? BASE64[(bits >> 6) & 63] : PADDING;
    characters[at++] = i + 2 < bytes.length ? BASE64[bits & 63] : PADDING;
  }
  return new TextDecoder().decode(characters);
}

/** Rule 3.3: the bytes of a canonical base64 text (padded, its spare bits zero), or null. */
export function decodeBase64(text) {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const characters = text.length - padding;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let at = 0;
  let bits = 0;
  let held = 0;
  for (let i = 0; i < characters; i++) {
    const code = text.charCodeAt(i);
    const sextet = code < SEXTETS.length ? SEXTETS[code] : 0xff;
    if (sextet > 63) return null;
    bits = ((bits << 6) | sextet) & 0xffff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = bits >> held;
    }
  }
  return (bits & ((1 << held) - 1)) === 0 ? bytes : null;
}

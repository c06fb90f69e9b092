// SPDX-License-Identifier: MIT
// Files as they are given.

/** What the page takes: a document of which more is wanted is for the command. */
export const MOST_BYTES = 128 * 2 ** 20;

const FIRST_BYTES = 64 * 1024;

/** Whether a file is of keys (an entry of a keyring, or a list of them) and no document. */
export function isKeyFile(bytes) {
  if (bytes.length > FIRST_BYTES * 16) return false;
  const text = new TextDecoder().decode(bytes.subarray(0, FIRST_BYTES));
  return /^\s*(?:\[\s*)?\{[^[\]{}]*"public_key_b64"/.test(text);
}

export function sizeIn(bytes) {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} kB` : `${Math.round(bytes / 2 ** 20)} MB`;
}

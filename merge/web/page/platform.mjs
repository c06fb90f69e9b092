// SPDX-License-Identifier: MIT
// What the rules ask of the machine, in a browser: the names of `../platform.mjs`.
//
// WebCrypto answers later, and the rules ask now. So a signature that nobody has asked
// about yet is said to hold for the moment, and what came of that is thrown away:
// `settled` asks WebCrypto, and starts again with what it said.

const ROUND = Uint32Array.from(fractions(64, Math.cbrt));
const START = Uint32Array.from(fractions(8, Math.sqrt));

/** 32 bits of the fractions of roots of the first primes (FIPS 180-4). */
function fractions(count, root) {
  const found = [];
  for (let n = 2; found.length < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) found.push(Math.floor((root(n) % 1) * 2 ** 32));
  }
  return found;
}

/** The 32 bytes of a SHA-256. (WebCrypto's own answers later, too.) */
export const sha256 = (bytes) => finished(Uint32Array.from(START), bytes, bytes.length);

/** The SHA-256 of texts that begin alike: a function of what follows `beginning`. */
export function sha256After(beginning) {
  const begun = Uint32Array.from(START);
  const held = beginning.subarray(compressWhole(begun, beginning));
  return (rest) => {
    const bytes = new Uint8Array(held.length + rest.length);
    bytes.set(held);
    bytes.set(rest, held.length);
    return finished(Uint32Array.from(begun), bytes, beginning.length + rest.length);
  };
}

/** The digest of `length` bytes, of which the last are `bytes` and those before are in the state. */
function finished(state, bytes, length) {
  const whole = compressWhole(state, bytes);
  const rest = bytes.length - whole;
  const end = new Uint8Array(rest < 56 ? 64 : 128);
  end.set(bytes.subarray(whole));
  end[rest] = 0x80;
  const last = new DataView(end.buffer);
  last.setUint32(end.length - 8, Math.floor(length / 2 ** 29));
  last.setUint32(end.length - 4, (length * 8) % 2 ** 32);
  compressWhole(state, end);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, i) => digest.setUint32(4 * i, word));
  return new Uint8Array(digest.buffer);
}

/** Takes the whole blocks of some bytes into a state; how many bytes these are. */
function compressWhole(state, bytes) {
  const words = new Uint32Array(64);
  const whole = bytes.length - (bytes.length % 64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < whole; at += 64) compress(state, words, view, at);
  return whole;
}

function compress(state, words, view, at) {
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const a = words[i - 15];
    const b = words[i - 2];
    const s0 = (rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3)) >>> 0;
    const s1 = (rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10)) >>> 0;
    words[i] = words[i - 16] + s0 + words[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) >>> 0;
    const choice = ((e & f) ^ (~e & g)) >>> 0;
    const t1 = (h + s1 + choice + ROUND[i] + words[i]) >>> 0;
    const s0 = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) >>> 0;
    const majority = ((a & b) ^ (a & c) ^ (b & c)) >>> 0;
    const t2 = (s0 + majority) >>> 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) >>> 0, c, b, a, (t1 + t2) >>> 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] += word; });
}

const rotated = (word, by) => (word >>> by) | (word << (32 - by));

/** What WebCrypto has said of a key, a message and a signature. */
const known = new Map();
let asked = new Map();

/** A key for `ed25519Verifies`: WebCrypto imports it when a signature asks for it. */
export function ed25519Key(rawKey) {
  return Uint8Array.from(rawKey);
}

/** Whether the equation of Ed25519 holds; true, for the moment, where that is not known yet. */
export function ed25519Verifies(key, message, signature) {
  const name = `${key} ${message} ${signature}`;
  if (known.has(name)) return known.get(name);
  asked.set(name, { key, message, signature });
  return true;
}

/**
 * What `work` gives once each signature that it asks about is known. `work` may be
 * called several times, and has to be a pure function.
 */
export async function settled(work) {
  for (;;) {
    asked = new Map();
    let result;
    let thrown = null;
    try {
      result = work();
    } catch (error) {
      thrown = error;
    }
    if (asked.size === 0) {
      if (thrown !== null) throw thrown;
      return result;
    }
    const questions = [...asked];
    const answers = await Promise.all(questions.map(([, question]) => holds(question)));
    questions.forEach(([name], i) => known.set(name, answers[i]));
  }
}

async function holds({ key, message, signature }) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** Whether this browser has Ed25519: it verifies the first vector of RFC 8032, and refuses another. */
export async function hasEd25519() {
  const hex = (text) => Uint8Array.from(text.match(/../g), (byte) => parseInt(byte, 16));
  const key = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const signature = hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  try {
    const question = { key, message: new Uint8Array(0), signature };
    return await holds(question) && !await holds({ ...question, message: new Uint8Array(1) });
  } catch {
    return false;
  }
}

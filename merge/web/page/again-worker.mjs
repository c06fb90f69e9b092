// SPDX-License-Identifier: MIT
// What runs beside a report of the command: its document, verified once more.

import { check } from "./check.mjs";
import { hexOf } from "../bytes.mjs";
import { hasEd25519, settled, sha256 } from "./platform.mjs";

/** { sha256, report }, or { lacking } where this browser cannot. */
async function again({ document, keys }) {
  if (!(await hasEd25519())) return { lacking: "Ed25519" };
  const report = await settled(() => {
    const { documents: [{ verdict }] } = check({ documents: [{ name: "", bytes: document }], keys: [{ name: "", bytes: keys }] });
    return { verdict, rows: null };
  });
  return { sha256: hexOf(sha256(document)), report };
}

self.addEventListener("message", async ({ data }) => {
  try {
    self.postMessage({ result: await again(data) });
  } catch (error) {
    self.postMessage({ failed: String(error?.stack ?? error) });
  }
});

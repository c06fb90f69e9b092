// SPDX-License-Identifier: MIT
// What runs beside a report of the command: its document, verified once more (rule 10.7).

import { hexOf } from "../bytes.mjs";
import { readJson } from "../json-reader.mjs";
import { makeKeyring } from "../keyring.mjs";
import { verify } from "../verification/report.mjs";
import { hasEd25519, settled, sha256 } from "./platform.mjs";

/** { sha256, report }, or { lacking } where this browser cannot. */
async function again({ document, keys }) {
  if (!(await hasEd25519())) return { lacking: "Ed25519" };
  const keyring = makeKeyring(readJson(keys));
  return { sha256: hexOf(sha256(document)), report: await settled(() => verify(document, keyring)) };
}

self.addEventListener("message", async ({ data }) => {
  try {
    self.postMessage({ result: await again(data) });
  } catch (error) {
    self.postMessage({ failed: String(error?.stack ?? error) });
  }
});

// SPDX-License-Identifier: MIT
// A document checked again by whoever has it: what a report's button runs.

import { memberAt } from "../record.mjs";
import { readDocument } from "../verification/versions.mjs";
import { textOfReport, verify } from "../verification/report.mjs";
import { Refused, isString } from "../values.mjs";
import { hasEd25519, settled } from "./platform.mjs";
import { keyringOf } from "./trust.mjs";

/**
 * The report (SPEC 10.7) of the document in `bytes`, by the keys in key files, or by the
 * registry's published key if there are none.
 * @returns `{ kind, verdict, pithNumber, rows: [{ outcome, place, rule }], text }`; `text` is
 *   the canonical JSON of kind, rows and verdict
 * @throws Error with a message to be shown: the keys cannot be used, or nothing can be checked here
 */
globalThis.pithmergeCheck = async (bytes, keyFiles = []) => {
  if (!await hasEd25519()) throw new Error("this browser has no Ed25519, so it cannot check signatures");
  const keyring = keyringOf(keyFiles.map((file, i) => ({ name: `key file ${i + 1}`, bytes: file })));
  const report = await settled(() => verify(bytes, keyring));
  return { ...report, pithNumber: numberIn(bytes), text: textOfReport(report) };
};

function numberIn(bytes) {
  try {
    const number = memberAt(readDocument(bytes).value, "pith_number");
    return isString(number) ? number : null;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return null;
  }
}

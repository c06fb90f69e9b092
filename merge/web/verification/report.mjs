// SPDX-License-Identifier: MIT
// Rule 10.7: the report of a document.

import { canonicalText } from "../canonical.mjs";
import { Refused } from "../values.mjs";
import { BUNDLE, EVENTS, factsOfBundle, factsOfEvents } from "./bundle.mjs";
import { EVIDENCE, factsOfEvidence } from "./evidence-file.mjs";
import { MANIFEST, factsOfManifest } from "./manifest.mjs";
import { FAILED, OK, inOrder, rowsOf } from "./places.mjs";
import { RECORD, factsOfRecord } from "./record-document.mjs";
import { STATE, factsOfState } from "./state.mjs";
import { isUnsupported, readDocument } from "./versions.mjs";

const TABLES = {
  bundle: [BUNDLE, factsOfBundle],
  events: [EVENTS, factsOfEvents],
  state: [STATE, factsOfState],
  record: [RECORD, factsOfRecord],
  manifest: [MANIFEST, factsOfManifest],
  evidence: [EVIDENCE, factsOfEvidence],
};
/** Of these most is covered by nothing signed. */
const AT_MOST_CONSISTENT = ["state", "record", "manifest"];

/**
 * Rule 10.7.
 * @param bytes  the document's
 * @param keyring  from keyring.mjs
 * @returns `{ kind, rows: [{ outcome, place, rule }], verdict }`
 */
export function verify(bytes, keyring) {
  let document;
  try {
    document = readDocument(bytes);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { kind: null, rows: [], verdict: "unreadable" };
  }
  return reportOf(document, keyring);
}

/** The report of a document that was read: `{ kind, value }`. */
export const reportOf = (document, keyring) => examine(document, keyring).report;

/** The same, `{ report, facts }`, with what the tables' lines were asked with; null where none was. */
export function examine({ kind, value }, keyring) {
  if (isUnsupported({ kind, value })) return { report: { kind, rows: [], verdict: "unsupported" }, facts: null };
  const [table, factsOf] = TABLES[kind];
  const facts = factsOf(value, keyring);
  const rows = rowsOf(value, table, facts);
  if (facts.isBroken) rows.push({ outcome: FAILED, place: "$", rule: "10" });
  return { report: { kind, rows: inOrder(rows), verdict: verdictOf(kind, rows) }, facts };
}

/** The head of section 10. */
function verdictOf(kind, rows) {
  const is = (wanted) => rows.some(({ outcome }) => outcome === wanted);
  if (is(FAILED) || !is(OK)) return "failed";
  return AT_MOST_CONSISTENT.includes(kind) ? "consistent" : "ok";
}

/** The canonical text (1.1) of a report. */
export function textOfReport({ kind, rows, verdict }) {
  const members = rows.map(({ outcome, place, rule }) => new Map([["outcome", outcome], ["place", place], ["rule", rule]]));
  return canonicalText(new Map([["kind", kind], ["rows", members], ["verdict", verdict]]));
}

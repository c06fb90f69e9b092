// SPDX-License-Identifier: MIT
// Section 10: of what kind a document is, and whether its rules are known.

import { MAX_DEPTH, readJson } from "../json-reader.mjs";
import { Refused, isObject, isString } from "../values.mjs";
import { FAILED, OK, okIf } from "./places.mjs";

/** Section 10: every document may be as deep as what carries events (1.5). */
const DOCUMENT_DEPTH = MAX_DEPTH + 4;

const KINDS = [
  ["bundle_type", "pith_open_graph_bundle", "bundle"],
  ["state_type", "pith_open_graph_state", "state"],
  ["record_type", "pith_number_record", "record"],
  ["manifest_type", "pith_mirror_manifest", "manifest"],
  ["evidence_type", "pith_equivocation_evidence", "evidence"],
];
const VERSIONS = new Map([["merge_version", "pith-open-graph-merge-v1"], ["evidence_version", "1.0"]]);

/** The document in `bytes`: `{ kind, value }`. Refused if it is unreadable. */
export function readDocument(bytes) {
  const value = readJson(bytes, DOCUMENT_DEPTH);
  if (Array.isArray(value)) {
    if (value.some((item) => kindOf(item) !== null && !item.has("event_type"))) {
      throw new Refused("a list of documents: give each by itself");
    }
    return { kind: "events", value };
  }
  const kind = kindOf(value);
  if (kind === null) throw new Refused(`no Pith document: ${whyNone(value)}`);
  return { kind, value };
}

function kindOf(value) {
  const named = isObject(value) ? KINDS.filter(([member]) => value.has(member)) : [];
  return named.length === 1 && value.get(named[0][0]) === named[0][1] ? named[0][2] : null;
}

function whyNone(value) {
  if (!isObject(value)) return "neither an object nor a list of events";
  const names = KINDS.map(([member]) => member).filter((member) => value.has(member));
  if (names.length === 0) return "it names no type of document";
  return names.length === 1 ? `its ${names[0]} is of no known kind` : `it has both ${names[0]} and ${names[1]}`;
}

/** Whether nothing is said of a document, because it follows rules that are not known. */
export function isUnsupported({ kind, value }) {
  if (kind === "events") return false;
  return [...VERSIONS].some(([name, known]) => (
    (name === "merge_version" || kind === "evidence") && isString(value.get(name)) && value.get(name) !== known));
}

/** The lines of what was looked at already: that the type is of a kind, and the versions known. */
export const ok = () => OK;
export const outcomeOfVersion = (version) => (isString(version) ? OK : FAILED);
export const outcomeOfConstant = (constant) => (value) => okIf(value === constant);

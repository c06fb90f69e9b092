// SPDX-License-Identifier: MIT
// Rules 2.5 to 2.8: a graph snapshot, by itself and beside a record.

import { canonicalText, digestHex } from "../canonical.mjs";
import { memberAt } from "../record.mjs";
import { isObject, isString } from "../values.mjs";
import { cut } from "./dates.mjs";
import { metadataOf, textDigest } from "./names.mjs";
import { FAILED, OK, OPEN, inside, line, okIf, open, tableOf } from "./places.mjs";
import { isInteger, isListOfTexts, isThere } from "./values.mjs";

const openAt = (...paths) => paths.map((path) => line(path, "2.6", open));
const unruled = (...paths) => paths.map((path) => line(path, "10.5", open));

const SNAPSHOT = tableOf(
  line(".source", "10.1", outcomeOfSource),
  line(".paper.title", "2.5", outcomeOfTitle),
  line(".paper.abstract_excerpt", "2.5", outcomeOfAbstract),
  repeated("license", "license", (value) => (value === null ? "" : value)),
  repeated("primary_cat", "primary_cat", (value) => value),
  line(".paper.cross_cats", "2.8", outcomeOfCategories),
  repeated("submitted_at", "submitted_at", cut),
  ...unruled(".paper.headline", ".paper.authors_text"),
  line(".claims.count", "2.6", outcomeOfCount),
  ...openAt(".claims.items"),
  section("claims", "count", "items"),
  line(".integrity.detectors_run", "2.6a", outcomeOfDetectors),
  line(".integrity.detectors_run", "2.6", outcomeOfIntegrity),
  line(".integrity.findings", "2.6", outcomeOfIntegrity),
  ...["critical", "advisory", "informational"].map((severity) => (
    line(`.integrity.summary.${severity}`, "2.6a", (count, { findings }) => outcomeOfSeverity(count, severity, findings)))),
  line(".integrity.summary.by_detector", "2.6a", outcomeOfDetectorCounts),
  line(".integrity.clean", "2.6a", outcomeOfClean),
  ...unruled(".integrity.endpoint", ".integrity.available"),
  line(".integrity.snapshot_sha256", "2.6", outcomeOfIntegrity),
  ...openAt(".references.count", ".references.sample", ".references.resolved_work", ".references.internal_anchors"),
  section("references", "count", "sample"),
  ...openAt(".formal_canon.evidence_count"),
  section("formal_canon", "evidence_count"),
  ...openAt(".author_claims.count", ".author_claims.strong_count"),
  section("author_claims", "count"),
  ...unruled(".verdict", ".builder_version"),
);

/**
 * What stands at a path as a snapshot. `aboutOf` makes of the facts around it, and of the
 * snapshot, `{ isAsked, record }`: what is not asked has rows that say nothing.
 */
export function snapshotAt(path, aboutOf) {
  return inside(path, SNAPSHOT, (snapshot, facts) => {
    const { isAsked, record } = aboutOf(facts);
    const findings = memberAt(snapshot, "integrity", "findings");
    return {
      isAsked,
      record: isAsked ? record : null,
      snapshot: isAsked ? snapshot : null,
      findings: isAsked && Array.isArray(findings) ? findings.map(readFinding) : null,
    };
  });
}

function outcomeOfSource(source, { record }) {
  const ofRecord = memberAt(record, "source");
  return isThere(ofRecord) ? okIf(canonicalText(source) === once(canonicalText, ofRecord)) : OPEN;
}

/** What is made of records' values, which many snapshots may be compared with. */
const made = new WeakMap();

/** What `make` gives of a value, made once if the value is an object or a list. */
function once(make, value) {
  if (typeof value !== "object") return make(value);
  if (!made.has(value)) made.set(value, new Map());
  const results = made.get(value);
  if (!results.has(make)) results.set(make, make(value));
  return results.get(make);
}

const setOf = (list) => (isListOfTexts(list) ? new Set(list) : null);

function outcomeOfTitle(title, { record }) {
  const digest = metadataOf(record, "title_canon_sha256");
  if (!isThere(title) || !isThere(digest)) return OPEN;
  return okIf(isString(title) && textDigest(title) === digest);
}

function outcomeOfAbstract(text, { record }) {
  const digest = metadataOf(record, "abstract_canon_sha256");
  return isString(text) && textDigest(text) === digest ? OK : OPEN;
}

/** Rule 2.8, for texts: the line of a member of `paper` that repeats one of the metadata. */
function repeated(name, ofMetadata, read) {
  return line(`.paper.${name}`, "2.8", (value, { record }) => {
    const other = metadataOf(record, ofMetadata);
    if (other === undefined) return OPEN;
    const [a, b] = [read(value), read(other)];
    return isString(a) && isString(b) ? okIf(a === b) : OPEN;
  });
}

function outcomeOfCategories(list, { record }) {
  const other = metadataOf(record, "cross_cats_sorted") ?? null;
  const [a, b] = [setOf(list), other === null ? null : once(setOf, other)];
  if (a === null || b === null) return OPEN;
  if (a.size !== b.size || list.some((each) => !b.has(each))) return FAILED;
  return a.size === list.length ? OK : OPEN;
}

function outcomeOfCount(count, { snapshot }) {
  const items = memberAt(snapshot, "claims", "items");
  return isInteger(count) && Array.isArray(items) ? okIf(count === BigInt(items.length)) : OPEN;
}

const ofPayload = (value) => digestHex(new Map([["payload", value]]));
const OF_NOTHING = ofPayload([]);
const isNothing = (list) => !isThere(list) || (Array.isArray(list) && list.length === 0);

/** Rule 2.6: the digest of a section, which is known where it is empty. */
function section(name, countName, listName = null) {
  return line(`.${name}.snapshot_sha256`, "2.6", (value, { snapshot }) => {
    const isEmpty = memberAt(snapshot, name, countName) === 0n
      && (listName === null || isNothing(memberAt(snapshot, name, listName)));
    return isEmpty ? okIf(value === OF_NOTHING) : OPEN;
  });
}

/** Rule 2.6, of all that the digest of an `integrity` section covers. */
function outcomeOfIntegrity(_, { snapshot }) {
  const integrity = memberAt(snapshot, "integrity");
  if (!isObject(integrity) || !integrity.has("snapshot_sha256")) return OPEN;
  const payload = new Map([
    ["detectors", integrity.get("detectors_run") ?? null], ["findings", integrity.get("findings") ?? null],
  ]);
  return okIf(integrity.get("snapshot_sha256") === ofPayload(payload));
}

/** Rule 2.6a: whether a finding was rescinded, and what else is asked of it. */
function readFinding(finding) {
  const isRescinded = ["rescinded", "rescinded_at"].some((name) => isSaid(memberAt(finding, name)))
    || memberAt(finding, "status") === "rescinded";
  return { isRescinded, severity: memberAt(finding, "severity"), detector: memberAt(finding, "detector") };
}

/** There, and not null, false, zero or empty. */
function isSaid(value) {
  if (!isThere(value) || value === false || value === "" || value === 0n || value.value === 0) return false;
  return !(Array.isArray(value) && value.length === 0) && !(isObject(value) && value.size === 0);
}

/** Rule 2.6a: a count is right of all findings, or of those that stand. */
function isCountOf(count, findings) {
  const standing = findings.filter(({ isRescinded }) => !isRescinded);
  return count === BigInt(findings.length) || count === BigInt(standing.length);
}

function outcomeOfSeverity(count, severity, findings) {
  if (findings === null || !isInteger(count)) return OPEN;
  return okIf(isCountOf(count, findings.filter((finding) => finding.severity === severity)));
}

/** The findings by the name of their detector, in one pass however many there are of either. */
function findingsByDetector(findings) {
  const byDetector = new Map();
  for (const finding of findings) {
    if (byDetector.has(finding.detector)) byDetector.get(finding.detector).push(finding);
    else byDetector.set(finding.detector, [finding]);
  }
  return (name) => byDetector.get(name) ?? [];
}

function outcomeOfDetectorCounts(counts, { findings }) {
  if (findings === null || !isObject(counts)) return OPEN;
  const ofDetector = findingsByDetector(findings);
  const isWrong = ([name, count]) => isInteger(count) && !isCountOf(count, ofDetector(name));
  if ([...counts].some(isWrong)) return FAILED;
  return counts.size === 0 && findings.length === 0 ? OK : OPEN;
}

function outcomeOfDetectors(detectors, { findings }) {
  if (findings === null || !Array.isArray(detectors)) return OPEN;
  const counted = detectors.filter((each) => (
    isString(memberAt(each, "name")) && isThere(memberAt(each, "findings_count"))));
  const ofDetector = findingsByDetector(findings);
  const isRight = (each) => each.get("findings_count") === BigInt(ofDetector(each.get("name")).length);
  return counted.length > 0 && counted.every(isRight) ? OK : OPEN;
}

function outcomeOfClean(clean, { findings }) {
  if (findings === null || clean !== true) return OPEN;
  if (findings.length === 0) return OK;
  return findings.some(({ severity, isRescinded }) => severity === "critical" && !isRescinded) ? FAILED : OPEN;
}

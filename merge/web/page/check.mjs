// SPDX-License-Identifier: MIT
// What the page says of documents: the rows of section 10, folded, the causes of what failed,
// and the events of all documents, united paper by paper.

import { decodeBase64 } from "../bytes.mjs";
import { findEquivocations } from "../equivocation.mjs";
import { isPithNumber } from "../event.mjs";
import { readJson } from "../json-reader.mjs";
import { findSuperseded } from "../order.mjs";
import { memberAt } from "../record.mjs";
import { groupCopies, judge, validEvents } from "../validity.mjs";
import { examine, textOfReport, verify } from "../verification/report.mjs";
import { isUnsupported, readDocument } from "../verification/versions.mjs";
import { Refused, isString } from "../values.mjs";
import { causesOf, causesOfUnreadable } from "./diagnosis.mjs";
import { folded } from "./folding.mjs";
import { keyringOf } from "./trust.mjs";

/** How many folded rows of an outcome are shown. */
const MOST_FOLDED = 500;
const KINDS_OF_SIGNED_EVENTS = ["bundle", "events", "evidence"];

/**
 * @param documents  [{ name, bytes }]
 * @param keys  [{ name, bytes }], key files; none for the registry's published key
 * @returns { problem } of the keys, or { documents: [a report each], papers: [a graph each] }
 */
export function check({ documents, keys }) {
  let keyring;
  try {
    keyring = keyringOf(keys);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { problem: `The keys cannot be used: ${error.message}`, documents: [], papers: [] };
  }
  const given = documents.map((file) => read(file));
  return {
    problem: null,
    documents: given.map((document) => report(document, keyring)),
    papers: papersOf(given, keyring),
  };
}

/** The report of 10.7 of a document, as canonical text. */
export function reportText({ bytes, keys }) {
  return textOfReport(verify(bytes, keyringOf(keys)));
}

/** A document: { name, kind, value } or { name, kind: null, refused }. */
function read({ name, bytes }) {
  try {
    return { name, ...readDocument(bytes) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { name, kind: null, refused: error };
  }
}

/**
 * { name, kind, verdict, pithNumber, problem, outcomes, causes, proven }: `outcomes` as
 * folding.mjs gives them; `proven`: how many equivocations an evidence file proves.
 */
function report(document, keyring) {
  const { name, kind, value } = document;
  const about = { name, kind, pithNumber: null, problem: null, outcomes: folded([], 0), causes: [], proven: null };
  if (kind === null) {
    return { ...about, verdict: "unreadable", problem: document.refused.message, causes: causesOfUnreadable(document.refused) };
  }
  const examined = examine(document, keyring);
  const { rows, verdict } = examined.report;
  return {
    ...about,
    verdict,
    pithNumber: isPithNumber(memberAt(value, "pith_number")) ? value.get("pith_number") : null,
    outcomes: folded(rows, MOST_FOLDED),
    causes: causesOf(document, examined),
    proven: kind === "evidence" && verdict === "ok" ? value.get("equivocations").length : null,
  };
}

/** The events of documents, united paper by paper. */
function papersOf(documents, keyring) {
  const papers = new Map();
  for (const document of documents) {
    for (const event of eventsOf(document)) {
      const number = document.kind === "bundle" && isPithNumber(document.value.get("pith_number"))
        ? document.value.get("pith_number")
        : memberAt(event, "subject_pith_number");
      if (!isPithNumber(number)) continue;
      if (!papers.has(number)) papers.set(number, { names: new Set(), events: [] });
      papers.get(number).names.add(document.name);
      papers.get(number).events.push(event);
    }
  }
  return [...papers].map(([pithNumber, { names, events }]) => paperOf(pithNumber, [...names], events, keyring));
}

function eventsOf({ kind, value }) {
  if (!KINDS_OF_SIGNED_EVENTS.includes(kind) || isUnsupported({ kind, value })) return [];
  if (kind === "bundle") return listOf(value.get("events"));
  if (kind === "events") return value;
  return listOf(value.get("events")).flatMap((entry) => {
    const text = memberAt(entry, "event_b64");
    const bytes = isString(text) ? decodeBase64(text) : null;
    try {
      return bytes === null ? [] : [readJson(bytes)];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return [];
    }
  });
}

function paperOf(pithNumber, names, events, keyring) {
  const groups = groupCopies(events);
  const reasons = judge(groups, { pithNumber, keyring, verifySignatures: true });
  const valid = validEvents(groups, reasons);
  const superseded = new Set([...findSuperseded(valid).values()].flat().map(({ id }) => id));
  const shown = [...groups.values()].map(({ identity, copies }) => {
    const text = (...path) => {
      const value = memberAt(copies[0].input, ...path);
      return isString(value) ? value : null;
    };
    const reason = reasons.get(identity);
    return {
      id: identity, type: text("event_type"), target: text("target"), signerId: text("signer", "signer_id"),
      createdAt: text("created_at") ?? "", prevEvent: text("prev_event"),
      supersedes: listOf(memberAt(copies[0].input, "supersedes")).filter(isString),
      verdict: reason !== null ? "rejected" : superseded.has(identity) ? "superseded" : "current",
      reason,
    };
  });
  const equivocations = findEquivocations(valid).map(({ kind, signerId, eventType, target, eventIds }) => (
    { kind, signerId, eventType, target, eventIds }));
  return { pithNumber, names, events: shown, equivocations };
}

const listOf = (value) => (Array.isArray(value) ? value : []);

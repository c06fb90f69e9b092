// SPDX-License-Identifier: MIT
// What came of a document, in words: the verdict in a sentence, what failed, the rest folded.

import { code, element, quoted } from "./elements.mjs";

const MOST_ROWS = 500;
const TONES = { ok: "good", consistent: "unsure", failed: "bad", unsupported: "unsure", unreadable: "bad" };
const KINDS = {
  bundle: "bundle", state: "state that stands alone", events: "list of events", evidence: "evidence file",
  record: "record", manifest: "mirror manifest",
};
const WORDS = {
  ok: "holds", consistent: "holds together, and nothing signs it", failed: "does not hold",
  unsupported: "is not for this page", unreadable: "cannot be read",
};
const OUTCOMES = [["failed", "does not hold", "bad"], ["not checkable", "cannot be checked here", "less"], ["ok", "holds", "good"]];

/** The section of a document. */
export function sectionOf({ name, kind, verdict, pithNumber, problem, statements, proven }) {
  const failed = statements.filter(({ outcome }) => outcome === "failed");
  return element("section", { "data-verdict": verdict },
    element("h2", {}, element("span", { class: TONES[verdict] }, WORDS[verdict]), " ", quoted(name)),
    element("p", {}, described(kind, pithNumber)),
    problem === null ? null : element("p", { class: "bad" }, quoted(problem)),
    proven === null ? null : element("p", {}, `It proves ${proven === 1 ? "1 equivocation" : `${proven} equivocations`}: its signer said two things in one place.`),
    ...failed.slice(0, 3).map(({ what, why }) => element("div", { class: "cause" }, code(what), ": ", quoted(why))),
    ...OUTCOMES.map(([outcome, words, tone]) => folded(statements.filter((each) => each.outcome === outcome), words, tone)),
    kind === "bundle" && verdict === "ok"
      ? element("p", { class: "less" }, "Looked at here: its signature, record, events and state. What its snapshot repeats, its aliases and keys are looked at by the command, pithmerge verify.")
      : null);
}

function described(kind, pithNumber) {
  if (kind === null) return element("span", { class: "less" }, "no Pith document");
  return element("span", {}, `A ${KINDS[kind]}`.replace(/^A ([aeiou])/, "An $1"), pithNumber === null ? "." : " of ", pithNumber === null ? null : code(pithNumber));
}

function folded(statements, words, tone) {
  if (statements.length === 0) return null;
  const shown = statements.slice(0, MOST_ROWS);
  return element("details", {},
    element("summary", { class: tone }, `${statements.length === 1 ? "1 statement" : `${statements.length} statements`}: ${words}`),
    element("table", { class: "rows" },
      element("thead", {}, element("tr", {}, element("th", {}, "statement"), element("th", {}, "rule"), element("th", {}, "why"))),
      element("tbody", {}, ...shown.map(({ what, rule, why }) => element("tr", {},
        element("td", {}, code(what)), element("td", { "data-name": "rule" }, `SPEC ${rule}`),
        element("td", { "data-name": "why" }, why === undefined ? "" : quoted(why)))))),
    shown.length < statements.length ? element("p", { class: "less" }, `${statements.length - shown.length} more are not listed.`) : null);
}

/** All of it in one sentence. */
export function sentenceOf(reports, papers) {
  const conflicts = papers.reduce((sum, { equivocations }) => sum + equivocations.length, 0);
  const said = conflicts === 0 ? "" : `; ${conflicts === 1 ? "1 equivocation" : `${conflicts} equivocations`} among what was dropped`;
  if (reports.length === 1) return `${reports[0].name} ${WORDS[reports[0].verdict]}${said}.`;
  const counts = Object.keys(WORDS)
    .map((verdict) => [verdict, reports.filter((report) => report.verdict === verdict).length])
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`);
  return `${reports.length} documents: ${counts.join(", ")}${said}.`;
}

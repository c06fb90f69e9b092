// SPDX-License-Identifier: MIT
// What came of a document, in words: the verdict in a sentence, the causes of what failed,
// the rows folded.

import { TONES, code, element, quoted } from "./elements.mjs";

const KINDS = {
  bundle: "bundle", state: "state that stands alone", events: "list of events", evidence: "evidence file",
  record: "record", manifest: "mirror manifest",
};
const WORDS = {
  ok: "holds", consistent: "holds together, and nothing signs most of it", failed: "does not hold",
  unsupported: "follows rules that this page does not know", unreadable: "cannot be read",
};
const OUTCOMES = [["failed", "does not hold", "bad"], ["not checkable", "cannot be checked", "less"], ["ok", "holds", "good"]];

/** The section of a document. */
export function sectionOf({ name, kind, verdict, pithNumber, problem, outcomes, causes, proven }) {
  return element("section", { "data-verdict": verdict },
    element("h2", {}, element("span", { class: TONES[verdict] }, WORDS[verdict]), " ", quoted(name)),
    element("p", {}, described(kind, pithNumber)),
    problem === null ? null : element("p", { class: "bad" }, quoted(problem)),
    proven === null ? null : element("p", {}, `It proves ${counted(proven, "equivocation")}: its signer said two things in one place.`),
    ...causes.map(causeOf),
    ...OUTCOMES.map(([outcome, words, tone]) => details(outcome, outcomes[outcome], words, tone)),
    verdict === "failed"
      ? element("p", { class: "less" }, "Why it fails follows here from the rows alone. Whether a tool rewrote it (numbers, texts, names of members), and which bytes would hold, is looked for by the command, pithmerge verify.")
      : null);
}

function described(kind, pithNumber) {
  if (kind === null) return element("span", { class: "less" }, "no Pith document");
  const words = `A ${KINDS[kind]}`.replace(/^A ([aeiou])/, "An $1");
  if (pithNumber === null) return element("span", {}, `${words}.`);
  return element("span", {}, `${words} of `, code(pithNumber), ".");
}

/** A cause of 10.6, what it means, and where. */
function causeOf({ cause, words, count, places }) {
  const where = places.flatMap((place, i) => (i === 0 ? [code(place)] : [", ", code(place)]));
  return element("div", { class: "cause", "data-cause": cause },
    element("b", { class: "bad" }, cause.replaceAll("_", " ")), `: ${words}. `,
    ...(count === 0 ? [] : ["At ", ...where, count > places.length ? `, … (${counted(count, "row")})` : ""]));
}

function details(outcome, { rows, lines, folded }, words, tone) {
  if (rows === 0) return null;
  const heads = ["place", "rule", "what the rule is about", "rows"];
  return element("details", { "data-outcome": outcome },
    element("summary", { class: tone }, `${counted(rows, "row")}: ${words}`),
    element("table", { class: "rows" },
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", {}, head)))),
      element("tbody", {}, ...folded.map(({ place, rule, about, count, first }) => element("tr", {},
        element("td", {}, code(count === 1 ? first : place)),
        element("td", { "data-name": "rule" }, `SPEC ${rule}`),
        element("td", { "data-name": "about" }, about),
        element("td", { "data-name": "rows" }, String(count)))))),
    folded.length < lines ? element("p", { class: "less" }, `${lines - folded.length} more places are not listed.`) : null);
}

const counted = (count, what) => (count === 1 ? `1 ${what}` : `${count} ${what}s`);

/** All of it in one sentence. */
export function sentenceOf(reports, papers) {
  const conflicts = papers.reduce((sum, { equivocations }) => sum + equivocations.length, 0);
  const said = conflicts === 0 ? "" : `; ${counted(conflicts, "equivocation")} among what was dropped`;
  if (reports.length === 1) return `${reports[0].name} ${WORDS[reports[0].verdict]}${said}.`;
  const counts = Object.keys(WORDS)
    .map((verdict) => [verdict, reports.filter((report) => report.verdict === verdict).length])
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`);
  return `${reports.length} documents: ${counts.join(", ")}${said}.`;
}

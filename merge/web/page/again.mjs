// SPDX-License-Identifier: MIT
// "Check this yourself", in a report of the command: the document that stands in it is
// verified once more by this implementation, and what it comes to is held against what the
// report says. Nothing leaves the page.

import { TONES, code, element } from "./elements.mjs";

const MOST_ROWS = 200;
const NAMES = ["rule", "place", "the report", "here"];

const bytesOf = (id) => Uint8Array.from(
  atob(document.getElementById(id).textContent.trim()), (character) => character.charCodeAt(0));
const counted = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
const keyOf = ({ place, rule }) => JSON.stringify([place, rule]);

/** What the worker says; a worker for each question, so that it gives back what it took. */
function ask(question) {
  const source = document.getElementById("worker").textContent;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => ("failed" in data ? reject(new Error(data.failed)) : resolve(data.result));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(question);
  }).finally(() => worker.terminate());
}

/** The rows of which the two say something else: { place, rule, said, found }, null for no row. */
function differencesOf(said, found) {
  const ours = new Map(found.map((row) => [keyOf(row), row.outcome]));
  const rows = said.map(({ place, rule, outcome }) => {
    const key = keyOf({ place, rule });
    const other = ours.get(key) ?? null;
    ours.delete(key);
    return { place, rule, said: outcome, found: other };
  });
  for (const row of found) {
    if (ours.has(keyOf(row))) rows.push({ place: row.place, rule: row.rule, said: null, found: row.outcome });
  }
  return rows.filter((row) => row.said !== row.found);
}

/** The verdict that a reader of the page sees: what it says to this program may be another. */
function shownVerdict(number) {
  const text = document.querySelector(`[data-verdict="${number}"]`)?.textContent ?? "none";
  return text.split(/[,:]/, 1)[0].trim().toLowerCase().slice(0, 40);
}

/** { words, tone, differences } of what the report says and shows, and what was found here. */
function compared(said, shown, found) {
  const differences = differencesOf(said.rows, found.rows);
  const of = `of ${counted(said.rows.length, "row")}`;
  const isShown = shown === found.verdict;
  if (isShown && said.verdict === found.verdict && said.kind === found.kind && differences.length === 0) {
    // That two agree on a failure is no good news of the document.
    const tone = TONES[said.verdict];
    return { words: `The same: ${said.verdict}, and ${of} each comes to what the report says.`, tone, differences };
  }
  const verdicts = said.verdict === found.verdict && isShown
    ? `both come to ${said.verdict}`
    : `the report says ${isShown ? said.verdict : shown}, and this comes to ${found.verdict}`;
  return { words: `Not the same: ${verdicts}, and ${of} ${counted(differences.length, "row")} differ.`, tone: "bad", differences };
}

function tableOf(differences) {
  if (differences.length === 0) return [];
  const table = element("table", { class: "rows" },
    element("thead", {}, element("tr", {}, ...NAMES.map((name) => element("th", {}, name)))),
    element("tbody", {}, ...differences.slice(0, MOST_ROWS).map(({ place, rule, said, found }) => element("tr", {},
      ...[rule, code(place), said ?? "no row", found ?? "no row"].map((cell, i) => element("td", { "data-name": NAMES[i] }, cell))))));
  const more = differences.length - MOST_ROWS;
  return more > 0 ? [table, element("p", { class: "less" }, `and ${counted(more, "more row")}`)] : [table];
}

async function again(button) {
  const number = button.dataset.again;
  const status = document.getElementById(`again-${number}`);
  const details = document.getElementById(`again-rows-${number}`);
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  details.replaceChildren();
  const say = (words, tone = "less") => status.replaceChildren(element("span", { class: tone }, words));
  say("verifying …");
  try {
    const bytes = bytesOf(`document-${number}`);
    const said = JSON.parse(new TextDecoder().decode(bytesOf(`said-${number}`)));
    const { lacking, sha256, report } = await ask({ document: bytes, keys: bytesOf("keys") });
    if (lacking) {
      say(`This browser has no ${lacking}, so it cannot check signatures: use one of 2025 or later, or the command, pithmerge verify.`, "unsure");
    } else {
      const { words, tone, differences } = compared(said, shownVerdict(number), report);
      say(words, tone);
      details.replaceChildren(
        ...tableOf(differences),
        element("p", { class: "less" }, `It was made of the ${counted(bytes.length, "byte")} that stand in this page, SHA-256 `, code(sha256),
          ". The verdict and the outcome of each row were compared; the words beside a row are the command's own, and were not."
          + " Whoever made the page made its program, too: if you do not trust them, check your own copy of the document by pithmerge web, or pithmerge verify."));
    }
  } catch (error) {
    say(`This went wrong: ${String(error.message).slice(0, 300)}`, "bad");
  }
  button.removeAttribute("aria-disabled");
}

for (const button of document.querySelectorAll("button[data-again]")) {
  button.hidden = false;
  button.addEventListener("click", () => again(button));
}

// SPDX-License-Identifier: MIT
// The page: takes documents, asks the worker, shows what it says. Nothing leaves it.

import { element, quoted } from "./elements.mjs";
import { graphOf } from "./graph.mjs";
import { MOST_BYTES, isKeyFile, sizeIn } from "./files.mjs";
import { sectionOf, sentenceOf } from "./report.mjs";

/** How many papers that came by themselves are drawn. */
const MOST_PAPERS = 20;

const drop = document.getElementById("drop");
const choose = document.getElementById("choose");
const forget = document.getElementById("forget");
const status = document.getElementById("status");
const results = document.getElementById("results");
const keysShown = document.getElementById("keys");

/** What was given so far: { name, bytes }, in the order in which it came. */
let documents = [];
let keys = [];
let worker = null;
/** The number of the last question; an answer to an older one is of no interest. */
let asked = 0;

function ask(task, given) {
  if (worker === null) {
    const source = document.getElementById("worker").textContent;
    worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  }
  const seq = ++asked;
  return new Promise((resolve, reject) => {
    const answered = ({ data }) => {
      if (data.seq !== seq) return;
      worker.removeEventListener("message", answered);
      if ("failed" in data) reject(new Error(data.failed));
      else resolve({ current: seq === asked, result: data.result });
    };
    worker.addEventListener("message", answered);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ seq, task, ...given });
  });
}

async function take(files) {
  for (const file of files) {
    if (file.size > MOST_BYTES) {
      say(`${file.name} has ${sizeIn(file.size)}, and this page takes ${sizeIn(MOST_BYTES)} at most: use the command, pithmerge verify`);
      continue;
    }
    let bytes;
    try {
      bytes = new Uint8Array(await file.arrayBuffer());
    } catch {
      say(`${file.name} cannot be read: drop files, not folders`);
      continue;
    }
    (isKeyFile(bytes) ? keys : documents).push({ name: file.name, bytes });
  }
  await check();
}

async function check() {
  forget.hidden = documents.length + keys.length === 0;
  keysShown.textContent = keys.length === 0
    ? "Trusted: the registry's published key, and no other. Drop a key file to trust its keys instead."
    : `Trusted: the keys in ${keys.map(({ name }) => name).join(", ")}, and no others.`;
  if (documents.length === 0) {
    results.replaceChildren();
    return;
  }
  say(documents.length === 1 ? `checking ${documents[0].name} …` : `checking ${documents.length} documents …`);
  results.setAttribute("aria-busy", "true");
  try {
    const { current, result } = await ask("check", { documents, keys });
    if (current) show(result);
  } catch (error) {
    say(`This went wrong, and is a defect of this page: ${String(error.message).slice(0, 300)}`);
  }
  results.removeAttribute("aria-busy");
}

function show({ problem, documents: reports, papers }) {
  if (problem) {
    results.replaceChildren();
    say(problem);
    return;
  }
  const sections = reports.map(sectionOf);
  const together = papers.filter(({ names }) => reports.length > 1 && names.length > 1);
  const alone = papers.filter((paper) => !together.includes(paper));
  const drawn = alone.slice(0, MOST_PAPERS);
  results.replaceChildren(
    ...together.map((paper) => section(`Together: ${paper.names.length} documents of one paper`, paper)),
    ...sections,
    ...drawn.map((paper) => section("The graph", paper)),
    ...(drawn.length < alone.length
      ? [element("p", { class: "less" }, `The graphs of ${alone.length - drawn.length} more papers are not drawn.`)] : []));
  say(sentenceOf(reports, papers));
}

function section(title, paper) {
  return element("section", {},
    element("h2", {}, title, " ", quoted(paper.pithNumber ?? "")),
    ...paper.equivocations.map(({ kind, signerId, eventType, target, eventIds }) => element("div", { class: "cause" },
      element("b", { class: "bad" }, kind === "fork" ? "fork" : "double supersede"), " by ", quoted(signerId), ": ",
      `${eventIds.length} conflicting `, quoted(eventType), " events of ", quoted(target),
      ". All stay valid, and show that their signer said two things in one place.")),
    graphOf(paper));
}

function say(text) {
  status.textContent = text;
}

choose.addEventListener("change", async () => {
  await take([...choose.files]);
  choose.value = "";
});
forget.addEventListener("click", () => {
  documents = [];
  keys = [];
  asked++;
  say("");
  check();
  choose.focus();
});
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) drop.classList.remove("over");
});
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  await take([...event.dataTransfer.files]);
});

/** A document that the page brings along, as a report of the command does. */
async function start() {
  const { result } = await ask("ed25519", {});
  if (!result) {
    say("This browser has no Ed25519, so it cannot check signatures: use one of 2025 or later, or the command, pithmerge verify.");
    choose.disabled = true;
    return;
  }
  const brought = document.getElementById("document");
  if (brought !== null) {
    const bytes = Uint8Array.from(atob(brought.textContent.trim()), (character) => character.charCodeAt(0));
    documents.push({ name: brought.dataset.name, bytes });
  }
  await check();
}

start().catch((error) => say(`This page does not work here: ${String(error.message).slice(0, 300)}`));

// SPDX-License-Identifier: MIT
// node instrument.mjs SOURCES TARGET: a copy of the modules in SOURCES, and a list of their mutants,
// mutants.json: what of which module's text is replaced by what. TARGET-covered is the same program,
// which notes the mutants whose text is run.

import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseSync } from "@babel/core";
import { Instrumenter } from "@stryker-mutator/instrumenter";
import { OWN_MUTATORS, freeTexts } from "./mutators.mjs";

/** They carry requests and answers, which the kit's own tests and `smoke` look at, or are the page's: no
 * rule is in them. */
const LEFT_ALONE = ["pithmerge.mjs", "answers.mjs"];
const LEFT_ALONE_IN = "page/";

const SILENT = { debug() {}, info() {}, warn: console.error, isDebugEnabled: () => false };
const OPTIONS = { plugins: null, excludedMutations: [], ignorers: [freeTexts] };

const [sources, target] = process.argv.slice(2);
await mkdir(target, { recursive: true });
const covered = `${target}-covered`;
for (const folder of [target, covered]) await cp(sources, folder, { recursive: true });
await addOwnMutators();

const names = (await readdir(sources, { recursive: true })).filter((name) => name.endsWith(".mjs")).sort();
const files = await Promise.all(names.map(async (name) => (
  { name, mutate: isMutated(name), content: await readFile(join(sources, name), "utf8") }
)));
const { mutants, files: noting } = await new Instrumenter(SILENT).instrument(files, OPTIONS);
for (const { name, content } of noting) await writeFile(join(covered, name), quick(content));
const contents = new Map(files.map(({ name, content }) => [name, content]));
await writeFile(join(target, "mutants.json"), JSON.stringify(mutants.map(described), null, 1));

function isMutated(name) {
  return !LEFT_ALONE.includes(name) && !name.startsWith(LEFT_ALONE_IN);
}

/** Instrumented code whose mutants are never switched on, and noted in an array: what Stryker writes is too
 * slow for the long cases. */
function quick(content) {
  return content
    .replace(/stryMutAct_\w+\("\d+"\)/g, "false")
    .replace(/stryCov_\w+\(("\d+"(?:, *"\d+")*)\)/g, (_, ids) => (
      `(${ids.match(/\d+/g).map((id) => `globalThis.reachedMutants[${id}] = 1`).join(", ")})`));
}

/** Stryker's list of mutators is not part of its interface, so its version is pinned. */
async function addOwnMutators() {
  const entry = fileURLToPath(import.meta.resolve("@stryker-mutator/instrumenter"));
  const { allMutators } = await import(pathToFileURL(join(dirname(entry), "mutators", "mutate.js")));
  allMutators.push(...OWN_MUTATORS);
}

/** A mutant by its module and by the lines that it changes, as they are and as they become. */
function described({ id, fileName, location: { start, end }, mutatorName, replacement, status }) {
  const lines = contents.get(fileName).split("\n");
  const changed = lines.slice(start.line, end.line + 1);
  const head = changed[0].slice(0, start.column);
  const tail = changed.at(-1).slice(end.column);
  const from = offsetOf(lines, start);
  const to = offsetOf(lines, end);
  const text = spliced(contents.get(fileName), from, to, replacement, mutatorName);
  return {
    id,
    module: fileName,
    mutator: mutatorName,
    line: start.line + 1,
    before: inOneLine(changed.join("\n")),
    after: inOneLine(head + replacement + tail),
    from,
    to,
    text,
    ignored: status === "Ignored" || text === null,
  };
}

function offsetOf(lines, { line, column }) {
  return lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0) + column;
}

/** The replacement as it fits in: an expression in parentheses where they may stand; null if no way
 * leads to a program. */
function spliced(content, from, to, replacement, mutator) {
  const ways = mutator === "BlockStatement" ? [replacement] : [`(${replacement})`, replacement];
  return ways.find((text) => isProgram(content.slice(0, from) + text + content.slice(to))) ?? null;
}

function isProgram(text) {
  try {
    parseSync(text, { sourceType: "module", configFile: false, babelrc: false });
    return true;
  } catch {
    return false;
  }
}

function inOneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

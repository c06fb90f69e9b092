// SPDX-License-Identifier: MIT
// node instrument.mjs SOURCES TARGET: the modules in SOURCES with all their mutants in them, to be
// switched on by __STRYKER_ACTIVE_MUTANT__, and a list of the mutants, mutants.json.

import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Instrumenter } from "@stryker-mutator/instrumenter";
import { OWN_MUTATORS, freeTexts } from "./mutators.mjs";

/** They carry requests and answers, which the kit's own tests and `smoke` look at; no rule is in them. */
const LEFT_ALONE = ["pithmerge.mjs", "answers.mjs"];

const SILENT = { debug() {}, info() {}, warn: console.error, isDebugEnabled: () => false };
const OPTIONS = { plugins: null, excludedMutations: [], ignorers: [freeTexts] };

const [sources, target] = process.argv.slice(2);
await mkdir(target, { recursive: true });
await addOwnMutators();

const names = (await readdir(sources)).filter((name) => name.endsWith(".mjs")).sort();
const files = await Promise.all(names.map(async (name) => (
  { name, mutate: !LEFT_ALONE.includes(name), content: await readFile(join(sources, name), "utf8") }
)));
const { files: instrumented, mutants } = await new Instrumenter(SILENT).instrument(files, OPTIONS);
const contents = new Map(files.map(({ name, content }) => [name, content]));
for (const { name, content } of instrumented) await writeFile(join(target, name), content);
await writeFile(join(target, "mutants.json"), JSON.stringify(mutants.map(described), null, 1));

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
  return {
    id,
    module: fileName,
    mutator: mutatorName,
    line: start.line + 1,
    before: inOneLine(changed.join("\n")),
    after: inOneLine(head + replacement + tail),
    ignored: status === "Ignored",
  };
}

function inOneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}

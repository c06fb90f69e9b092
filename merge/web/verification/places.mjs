// SPDX-License-Identifier: MIT
// Rules 10.5 and 10.7: tables of places, and the rows that a document has by them.
//
// A table is made of lines, each about a path. A line is asked of the value that stands
// there, with the facts of its table (whatever the table's lines share), and says an outcome.

import { canonicalText } from "../canonical.mjs";
import { compareStrings, isObject } from "../values.mjs";

export const OK = "ok";
export const FAILED = "failed";
export const OPEN = "not checkable";
/** What a line is if its member is missing: the outcome that it has where null stands. */
export const ASKED = "asked";

export const okIf = (holds) => (holds ? OK : FAILED);
/** A line of which nothing can be said. */
export const open = () => OPEN;

const NO_RULE = "10.5";

/**
 * A line of a table.
 * @param path  such as `.mirrors[*].name`; the empty one is the place of the table itself
 * @param says  (value, facts, index) -> outcome; index: the last `[*]` on the way
 * @param missing  what it is where the member is missing; null for nothing
 */
export const line = (path, rule, says, missing = null) => ({ path, line: { rule, says, missing } });

/**
 * What stands at a path as a table of its own, with the facts that `factsOf` makes of it.
 * @param missing  [rule, outcome] where the member is missing; null for nothing
 */
export function inside(path, table, factsOf, missing = null) {
  return { path, table, factsOf, missing };
}

/** A table of lines and tables within. */
export function tableOf(...parts) {
  const root = makeNode();
  for (const part of parts) {
    const node = nodeAt(root, part.path);
    if (part.line) node.lines.push(part.line);
    else node.tables.push(part);
  }
  return root;
}

const makeNode = () => ({ lines: [], tables: [], members: new Map(), items: null });

function nodeAt(root, path) {
  let node = root;
  for (const step of path.match(/\.[^.[]+|\[\*\]/g) ?? []) {
    if (step === "[*]") {
      node = node.items ??= makeNode();
    } else {
      const name = step.slice(1);
      if (!node.members.has(name)) node.members.set(name, makeNode());
      node = node.members.get(name);
    }
  }
  return node;
}

/** Where in a table a walk is, and the facts of that table. */
const cursorAt = (node, facts) => ({ node, facts });

/** Rule 10.7: the rows `{ outcome, place, rule }` of a document by its table, in no order. */
export function rowsOf(document, table, facts) {
  const rows = [];
  addRows(rows, "$", document, [cursorAt(table, facts)], null);
  return rows;
}

/** Recursive, which is safe because tables are a few steps deep. */
function addRows(rows, place, value, given, index) {
  const cursors = withTables(value, given, index);
  let isNamed = false;
  for (const { node, facts } of cursors) {
    for (const { rule, says } of node.lines) {
      isNamed = true;
      rows.push({ outcome: says(value, facts, index), place, rule });
    }
  }
  const namesMembers = cursors.some(({ node }) => node.members.size > 0);
  const namesItems = cursors.some(({ node }) => node.items !== null);
  if ((namesMembers && !isObject(value)) || (namesItems && !Array.isArray(value))) {
    if (!isNamed) rows.push({ outcome: OPEN, place, rule: NO_RULE });
    return;
  }
  if (namesMembers) addMembers(rows, place, value, cursors, index);
  if (namesItems) {
    const below = cursors.filter(({ node }) => node.items !== null)
      .map(({ node, facts }) => cursorAt(node.items, facts));
    value.forEach((item, i) => addRows(rows, `${place}[${i}]`, item, below, i));
  }
}

/** The cursors at a value, with those into the tables that begin there. */
function withTables(value, cursors, index) {
  const all = [...cursors];
  for (const { node, facts } of all) {
    for (const { table, factsOf } of node.tables) all.push(cursorAt(table, factsOf(value, facts, index)));
  }
  return all;
}

function addMembers(rows, place, value, cursors, index) {
  for (const [name, member] of value) {
    const below = [];
    for (const { node, facts } of cursors) {
      if (node.members.has(name)) below.push(cursorAt(node.members.get(name), facts));
    }
    const at = `${place}${stepTo(name)}`;
    if (below.length === 0) rows.push({ outcome: OPEN, place: at, rule: NO_RULE });
    else addRows(rows, at, member, below, index);
  }
  for (const { node, facts } of cursors) {
    for (const [name, below] of node.members) {
      if (!value.has(name)) addMissing(rows, `${place}${stepTo(name)}`, below, facts, index);
    }
  }
}

/** Rule 10.7, number 2. */
function addMissing(rows, place, node, facts, index) {
  for (const { rule, says, missing } of node.lines) {
    if (missing === null) continue;
    rows.push({ outcome: missing === ASKED ? says(null, facts, index) : missing, place, rule });
  }
  for (const { table, factsOf, missing } of node.tables) {
    if (missing !== null) rows.push({ outcome: missing[1], place, rule: missing[0] });
    addMissing(rows, place, table, factsOf(null, facts, index), index);
  }
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const steps = new Map();

function stepTo(name) {
  if (!PLAIN_NAME.test(name)) return `[${canonicalText(name)}]`;
  if (!steps.has(name)) steps.set(name, `.${name}`);
  return steps.get(name);
}

/** Rule 10.7: rows sorted by place and rule; no two lines are about one place by one rule. */
export function inOrder(rows) {
  const isAstral = rows.some(({ place }) => /\p{Surrogate}|[\u{10000}-\u{10ffff}]/u.test(place));
  const compare = isAstral ? compareStrings : (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return [...rows].sort((a, b) => compare(a.place, b.place) || compare(a.rule, b.rule));
}

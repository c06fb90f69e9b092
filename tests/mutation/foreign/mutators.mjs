// SPDX-License-Identifier: MIT
// What Stryker's mutators leave alone, and what porters get wrong: numbers, the members and the
// order of lists (of a key, of a table), letters of another case, an argument left out.

import babel from "@babel/core";

const { types } = babel;

/** 3 -> 4, 2; 3n -> 4n, 2n. */
const number = {
  name: "Number",
  *mutate(path) {
    if (path.isNumericLiteral()) {
      yield types.numericLiteral(path.node.value + 1);
      if (path.node.value > 0) yield types.numericLiteral(path.node.value - 1);
    }
    if (path.isBigIntLiteral()) {
      yield types.bigIntLiteral(String(BigInt(path.node.value) + 1n));
      if (BigInt(path.node.value) > 0n) yield types.bigIntLiteral(String(BigInt(path.node.value) - 1n));
    }
  },
};

/** [a, b, c] -> [b, c], [a, c], [a, b]; [b, a, c], [a, c, b]: of a list of several. */
const list = {
  name: "List",
  *mutate(path) {
    if (!path.isArrayExpression() || path.node.elements.length < 2) return;
    const { elements } = path.node;
    for (let i = 0; i < elements.length; i++) {
      yield types.arrayExpression([...elements.slice(0, i), ...elements.slice(i + 1)]);
    }
    for (let i = 1; i < elements.length; i++) {
      yield types.arrayExpression([
        ...elements.slice(0, i - 1), elements[i], elements[i - 1], ...elements.slice(i + 1),
      ]);
    }
  },
};

/** "word" -> "Word": for who compares without regard to case, or writes otherwise than he reads. */
const letterCase = {
  name: "LetterCase",
  *mutate(path) {
    if (!path.isStringLiteral() || types.isImportDeclaration(path.parent)) return;
    if (types.isObjectProperty(path.parent) && path.parent.key === path.node) return;
    const { value } = path.node;
    const changed = value.charAt(0) === value.charAt(0).toUpperCase()
      ? value.toLowerCase() : value.charAt(0).toUpperCase() + value.slice(1);
    if (changed !== value) yield types.stringLiteral(changed);
  },
};

/** f(a, b) -> f(a): who forgets the bound, the radix, the other key. */
const argument = {
  name: "Argument",
  *mutate(path) {
    if (!path.isCallExpression() || path.node.arguments.length < 2) return;
    const shorter = types.cloneNode(path.node, false);
    shorter.arguments = path.node.arguments.slice(0, -1);
    yield shorter;
  },
};

/** !a is Stryker's; f(x) -> !f(x) in a condition is too. Left is `??` alone: a ?? b -> a. */
const fallback = {
  name: "Fallback",
  *mutate(path) {
    if (path.isLogicalExpression({ operator: "??" })) yield path.node.left;
  },
};

export const OWN_MUTATORS = [number, list, letterCase, argument, fallback];

const MESSAGES = ["Refused", "Error", "TypeError"];

/** The text of a refusal is free (CONFORMANCE.md), so there is nothing to kill in it. */
export const freeTexts = {
  shouldIgnore(path) {
    const { parent } = path;
    const isMessage =
      (types.isNewExpression(parent) && types.isIdentifier(parent.callee)
        && MESSAGES.includes(parent.callee.name))
      || (types.isCallExpression(parent) && types.isMemberExpression(parent.callee)
        && ((isNamed(parent.callee, "refuse") && path.key === 0)
          || (isNamed(parent.callee, "match") && path.key === 1)));
    return isMessage && path.listKey === "arguments" ? "the text of a refusal is free" : undefined;
  },
};

function isNamed(callee, name) {
  return types.isThisExpression(callee.object) && types.isIdentifier(callee.property, { name });
}

// SPDX-License-Identifier: MIT
// Elements of the page. All text of documents goes in as text, clipped, never as markup.

const LONGEST = 400;
const SVG = "http://www.w3.org/2000/svg";
/** What turns or hides what is around it: controls, marks of direction, joiners, lone surrogates. */
const MISLEADING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** How each verdict looks. */
export const TONES = { ok: "good", consistent: "unsure", failed: "bad", unsupported: "unsure", unreadable: "bad" };

/** A text of a document, made fit to be shown: clipped first, then without what misleads. */
export function shown(value) {
  const text = String(value);
  const clipped = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return clipped.replace(MISLEADING, (character) => (
    `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

/** An element with attributes and children; a string is text. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same of a picture. */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** A foreign text, apart from what is around it in direction, too. */
export const quoted = (value) => element("bdi", {}, shown(value));

export const code = (value) => element("code", {}, shown(value));

// SPDX-License-Identifier: MIT
// The picture of a graph, and its events in a table for who does not see it.

import { code, drawn, element, quoted, shown } from "./elements.mjs";
import { BOX, layOut } from "./layout.mjs";

const LONGEST_LABEL = 30;
const MOST_LISTED = 1000;

/** A section with the picture and the table of a paper's events. */
export function graphOf({ pithNumber, events, equivocations }) {
  const { boxes, links, left, width, height } = layOut(events, equivocations);
  const conflicting = new Set(equivocations.flatMap(({ eventIds }) => eventIds));
  const at = new Map(boxes.map((box) => [box.event.id, box]));
  const picture = drawn("svg", {
    class: "pith-graph", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `The graph of ${pithNumber}: ${events.length} events; the table below lists them`,
  });
  for (const { from, to, kind } of links) picture.append(line(at.get(from), at.get(to), kind));
  for (const box of boxes) picture.append(card(box, conflicting.has(box.event.id)));
  return element("div", {},
    element("figure", { class: "wide", tabindex: 0, role: "group", "aria-label": "The graph; it may be wider than the page" }, picture),
    left > 0 ? element("p", { class: "less" }, `${left} more events are not drawn.`) : null,
    listed(events, conflicting));
}

function line(from, to, kind) {
  const x1 = from.x + BOX.width / 2;
  const x2 = to.x + BOX.width / 2;
  const made = kind === "conflict"
    ? `M${from.x + BOX.width / 2} ${from.y + BOX.height} C${x1} ${from.y + BOX.height + 28} ${x2} ${to.y + BOX.height + 28} ${x2} ${to.y + BOX.height}`
    : `M${x1} ${from.y} C${x1} ${from.y - 20} ${x2} ${to.y + BOX.height + 20} ${x2} ${to.y + BOX.height}`;
  return drawn("path", {
    d: made, fill: "none", class: kind === "conflict" ? "line in-conflict" : "line",
    "stroke-width": kind === "conflict" ? 3 : 1.5, "stroke-dasharray": kind === "supersedes" ? "5 4" : null,
  }, drawn("title", {}, kind));
}

function card({ event, x, y }, inConflict) {
  const name = inConflict ? "conflict" : event.verdict;
  const label = (text, dy, extra = {}) => drawn("text", { x: x + 14, y: y + dy, "font-size": 12, ...extra }, short(text));
  return drawn("g", { class: name },
    drawn("title", {}, `${shown(event.id)}: ${standing(event, inConflict)}`),
    drawn("rect", { class: "box", x, y, width: BOX.width, height: BOX.height, rx: 6, "stroke-width": inConflict ? 3 : 1.5, "stroke-dasharray": event.verdict === "superseded" ? "6 4" : null }),
    drawn("rect", { class: "bar", x, y, width: 5, height: BOX.height, rx: 2 }),
    label(`${event.type ?? "no event"} of ${event.target ?? "?"}`, 18, { "font-weight": 600 }),
    label(`${event.signerId ?? "nobody"}, ${(event.createdAt ?? "").slice(0, 10)}`, 35),
    label(`${standing(event, inConflict)} · ${event.id.slice(7, 15)}`, 52));
}

function standing(event, inConflict) {
  const own = event.verdict === "rejected" ? `rejected: ${event.reason}` : event.verdict;
  return inConflict ? `${own}, in conflict` : own;
}

function short(text) {
  const clean = shown(text);
  return clean.length > LONGEST_LABEL ? `${clean.slice(0, LONGEST_LABEL - 1)}…` : clean;
}

function listed(events, conflicting) {
  const rows = events.slice(0, MOST_LISTED).map((event) => element("tr", {},
    element("td", {}, code(event.id)),
    element("td", { "data-name": "what" }, quoted(`${event.type ?? "no event"} of ${event.target ?? "?"}`)),
    element("td", { "data-name": "signer" }, quoted(event.signerId ?? "")),
    element("td", { "data-name": "created" }, quoted(event.createdAt ?? "")),
    element("td", { "data-name": "verdict" }, standing(event, conflicting.has(event.id)))));
  const heads = ["event", "what", "signer", "created", "verdict"];
  return element("details", {},
    element("summary", {}, events.length === 1 ? "1 event" : `${events.length} events`),
    element("table", { class: "rows" },
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", {}, head)))),
      element("tbody", {}, ...rows)),
    events.length > rows.length ? element("p", { class: "less" }, `${events.length - rows.length} more are not listed.`) : null);
}

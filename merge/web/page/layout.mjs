// SPDX-License-Identifier: MIT
// Where the events of a graph are drawn: time downwards, a lane for each who says what.

/** How many events are drawn; of more, those in conflicts with their neighbours, then the newest. */
export const MOST_DRAWN = 200;

export const BOX = { width: 250, height: 62, gapX: 26, gapY: 34, margin: 16 };

/**
 * @param events  of one paper: { id, type, target, signerId, createdAt, prevEvent, supersedes }
 * @param equivocations  { eventIds } each
 * @returns { boxes: [{ event, x, y }], links: [{ from, to, kind }], left, width, height }
 */
export function layOut(events, equivocations) {
  const drawn = chosen(events, equivocations);
  const byId = new Map(drawn.map((event) => [event.id, event]));
  const rows = rowsOf(drawn, byId);
  const lanes = new Map();
  const taken = new Set();
  const boxes = [];
  for (const event of [...drawn].sort((a, b) => compare(rows.get(a.id), rows.get(b.id))
    || compare(a.createdAt, b.createdAt) || compare(a.id, b.id))) {
    const lane = [event.type, event.target, event.signerId].join("\u0000");
    let column = lanes.get(lane) ?? lanes.size;
    if (!lanes.has(lane)) lanes.set(lane, column);
    const row = rows.get(event.id);
    while (taken.has(`${row} ${column}`)) column++;
    taken.add(`${row} ${column}`);
    boxes.push({
      event,
      x: BOX.margin + column * (BOX.width + BOX.gapX),
      y: BOX.margin + row * (BOX.height + BOX.gapY),
    });
  }
  const links = [];
  for (const { id, prevEvent, supersedes } of drawn) {
    if (byId.has(prevEvent)) links.push({ from: id, to: prevEvent, kind: "prev_event" });
    for (const other of supersedes) {
      if (byId.has(other) && other !== prevEvent) links.push({ from: id, to: other, kind: "supersedes" });
    }
  }
  for (const { eventIds } of equivocations) {
    const shown = eventIds.filter((id) => byId.has(id));
    for (let i = 1; i < shown.length; i++) links.push({ from: shown[i - 1], to: shown[i], kind: "conflict" });
  }
  return {
    boxes,
    links,
    left: events.length - drawn.length,
    width: Math.max(...boxes.map((box) => box.x + BOX.width), 0) + BOX.margin,
    height: Math.max(...boxes.map((box) => box.y + BOX.height), 0) + BOX.margin + (equivocations.length > 0 ? 18 : 0),
  };
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function chosen(events, equivocations) {
  if (events.length <= MOST_DRAWN) return events;
  const wanted = new Set(equivocations.flatMap(({ eventIds }) => eventIds).slice(0, MOST_DRAWN / 2));
  for (const event of events) {
    if (wanted.size >= MOST_DRAWN / 2) break;
    if (wanted.has(event.id) && event.prevEvent) wanted.add(event.prevEvent);
  }
  for (const event of [...events].sort((a, b) => compare(b.createdAt, a.createdAt) || compare(a.id, b.id))) {
    if (wanted.size >= MOST_DRAWN) break;
    wanted.add(event.id);
  }
  return events.filter((event) => wanted.has(event.id));
}

/** The row of each event: below all that it names. Without recursion, for a chain may be long. */
function rowsOf(events, byId) {
  const rows = new Map();
  const named = ({ prevEvent, supersedes }) => [prevEvent, ...supersedes].filter((id) => byId.has(id));
  const following = new Map(events.map(({ id }) => [id, []]));
  const open = new Map();
  for (const event of events) {
    const names = [...new Set(named(event))];
    open.set(event.id, names.length);
    for (const name of names) following.get(name).push(event);
  }
  const ready = events.filter(({ id }) => open.get(id) === 0);
  for (const { id } of ready) rows.set(id, 0);
  while (ready.length > 0) {
    const { id } = ready.pop();
    for (const event of following.get(id)) {
      rows.set(event.id, Math.max(rows.get(event.id) ?? 0, rows.get(id) + 1));
      open.set(event.id, open.get(event.id) - 1);
      if (open.get(event.id) === 0) ready.push(event);
    }
  }
  return rows;
}

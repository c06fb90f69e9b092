// SPDX-License-Identifier: MIT
// The rows of a report, folded: those of all items of a list by one line are one.

/** What the rules of rows are about, in a few words. */
const RULES = new Map([
  ["10", "a document"], ["2.2", "digests and names"], ["2.3", "names of keys"], ["2.4", "aliases"],
  ["2.5", "texts and their digests"], ["2.6", "digests of sections"], ["2.6a", "counts of findings"],
  ["2.8", "the snapshot repeats the record"], ["3.1", "signatures and keys"], ["3.4", "beside a signature"],
  ["3.5", "trust"], ["4.2", "an event is its content"], ["5.1", "validity of events"], ["5.1b", "receipts"],
  ["7.2", "equivocations"], ["8.1", "members of a state"], ["8.2", "digest of a state"], ["8.3", "counts"],
  ["8.4", "order of events"], ["8.5", "what is current"], ["8.6", "aliases of a state"], ["8.7", "rejected events"],
  ["10.1", "bundles"], ["10.2", "states alone"], ["10.3", "records"], ["10.3a", "status of a record"],
  ["10.5", "no rule says what it must be"], ["11.1", "form of evidence"], ["11.2", "events in evidence"],
  ["11.3", "which events"], ["11.4", "where they were found"], ["11.5", "whose keys"], ["11.6", "digest of evidence"],
  ["11.7", "versions"],
]);

/**
 * `{ failed, "not checkable", ok }`, each `{ rows, folded: [{ place, rule, about, count, first }] }`:
 * how many rows there are, and their places with `[*]` for what is an item of a list.
 */
export function folded(rows, most) {
  const outcomes = { failed: { rows: 0, groups: new Map() }, "not checkable": { rows: 0, groups: new Map() }, ok: { rows: 0, groups: new Map() } };
  for (const { outcome, place, rule } of rows) {
    const of = outcomes[outcome];
    of.rows++;
    const pattern = place.replace(/\[[0-9]+\]/g, "[*]");
    const name = `${pattern} ${rule}`;
    const group = of.groups.get(name);
    if (group) group.count++;
    else of.groups.set(name, { place: pattern, rule, about: RULES.get(rule) ?? "", count: 1, first: place });
  }
  return Object.fromEntries(Object.entries(outcomes).map(([outcome, { rows: count, groups }]) => (
    [outcome, { rows: count, lines: groups.size, folded: [...groups.values()].slice(0, most) }])));
}

// SPDX-License-Identifier: MIT
// Rules 2.4 and 8.6: the aliases that a document lists.

import { canonicalText } from "../canonical.mjs";
import { memberAt } from "../record.mjs";
import { compareTuples, isObject, isString } from "../values.mjs";
import { FAILED, OPEN, OK, inside, line, okIf, open, tableOf } from "./places.mjs";
import { agree, isThere, isTooDeep, listOf } from "./values.mjs";
import { cut } from "./dates.mjs";

/** Before it, short aliases came later than the record. */
const SHORT_ALIASES_SINCE = "2026-05-18T12:25:00Z";

const ALIASES = tableOf(
  line("", "10.5", open),
  line("", "2.4", outcomeOfList),
  line("[*].alias_kind", "2.4", outcomeOfKind, FAILED),
  line("[*].alias_value", "2.4", outcomeOfValue, FAILED),
  line("[*].created_at", "2.4", outcomeOfDate, FAILED),
);

/**
 * What stands at a path as a list of aliases. `aboutOf` makes of the facts around it
 * `{ isAsked, record, pithNumber, date, ownDate }`.
 */
export function aliasesAt(path, aboutOf) {
  return inside(path, ALIASES, (list, facts) => {
    const about = aboutOf(facts);
    return { ...about, items: listOf(list), values: about.isAsked ? valuesOf(about) : null };
  }, ["2.4", FAILED]);
}

/** Rule 2.4: kind -> value, as a record makes them; null if it makes none. */
function valuesOf({ record, pithNumber }) {
  const source = memberAt(record, "source");
  const isMade = isObject(source) && ["id", "version"].every((name) => source.has(name) && !isTooDeep(source.get(name)));
  if (!isMade || !isString(pithNumber)) return null;
  const asText = (value) => (isString(value) ? value : canonicalText(value));
  const id = asText(source.get("id"));
  const characters = [...pithNumber.slice(pithNumber.lastIndexOf(":") + 1)];
  const first = (count) => characters.slice(0, count).join("");
  return new Map([
    ["arxiv", id],
    ["arxiv_version", `${id}v${asText(source.get("version"))}`],
    ["doi", `10.48550/arxiv.${id}`],
    ["pith_short_12", first(12)],
    ["pith_short_16", first(16)],
    ["pith_short_8", first(8)],
  ]);
}

function outcomeOfList(list, { isAsked, values }) {
  if (!isAsked) return OPEN;
  if (!Array.isArray(list)) return FAILED;
  if (values === null) return OPEN;
  const pairs = list.map((item) => [memberAt(item, "alias_kind"), memberAt(item, "alias_value")])
    .filter((pair) => pair.every(isString));
  return okIf(ascends(pairs));
}

/** Whether tuples of strings ascend, none twice. */
export function ascends(tuples) {
  return tuples.every((tuple, i) => i === 0 || compareTuples(tuples[i - 1], tuple) < 0);
}

function outcomeOfKind(kind, { values, items }, index) {
  if (values === null || !values.has(kind)) return OPEN;
  return okIf(items[index].get("alias_value") === values.get(kind));
}

function outcomeOfValue(value, { items, ...facts }, index) {
  return outcomeOfKind(memberAt(items[index], "alias_kind"), { items, ...facts }, index);
}

function outcomeOfDate(value, { values, items, date, ownDate }, index) {
  const kind = memberAt(items[index], "alias_kind");
  if (values === null || !values.has(kind) || !isThere(date)) return OPEN;
  if (kind.startsWith("pith_short_") && isString(date) && date < SHORT_ALIASES_SINCE) return OPEN;
  if (!agree(cut(value), date)) return FAILED;
  return agree(value, date) || agree(value, ownDate) ? OK : OPEN;
}

/** Rule 8.6: whether a value is an alias. */
export function isAlias(value) {
  return isObject(value) && !isTooDeep(value)
    && ["alias_kind", "alias_value", "created_at"].every((name) => isString(value.get(name)));
}

/** Rule 8.6: whether a list is one that a state publishes. */
export function isPublishedList(list) {
  return Array.isArray(list) && list.every((alias) => isObject(alias)
    && ["alias_kind", "alias_value", "created_at"].every((name) => isString(alias.get(name))))
    && ascends(list.map((alias) => [alias.get("alias_kind"), alias.get("alias_value")]));
}

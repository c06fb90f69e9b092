// SPDX-License-Identifier: MIT
// Rules 2.5, 2.9, 2.9a: from arXiv's metadata to the canonical record.

import { utf8, hexOf } from "./bytes.mjs";
import { digestHex } from "./canonical.mjs";
import { submittedAt } from "./metadata-dates.mjs";
import { sha256 } from "./platform.mjs";
import { pithNumberOf } from "./record.mjs";
import { Refused, compareStrings, greatest, isObject, isString } from "./values.mjs";

// Rule 2.5. JavaScript's own `\s` and `trim` know U+FEFF as well, and not U+0085 and U+001C to U+001F.
const WHITE_SPACE = /[\p{White_Space}\u001c-\u001f]+/u;

const NEW_ID = /^([0-9]{2}(?:0[1-9]|1[0-2]))\.(?:[0-9]{4}|[0-9]{5})$/;
const OLD_ID = /^([a-z]+(?:-[a-z]+)*)(?:\.[A-Z]{2})?\/((?:9[1-9]|0[0-7])(?:0[1-9]|1[0-2])[0-9]{3})$/;
const CATEGORY = /^[a-z]+(?:-[a-z]+)*(?:\.[A-Za-z]+(?:-[a-z]+)*)?$/;
const VERSION = /^v?([1-9][0-9]{0,4})$/;

const TEXTS = ["id", "title", "abstract", "categories"];

/** Rules 2.1, 2.2, 2.9: what metadata, a JSON value, come to. */
export function numberOf(metadata) {
  const record = canonicalRecord(metadata);
  const digest = digestHex(record);
  return { record, digest, pithNumber: pithNumberOf(record, digest) };
}

/** Rule 2.9. */
function canonicalRecord(metadata) {
  checkMembers(metadata);
  const [primary, ...others] = categoriesOf(metadata.get("categories"));
  const versions = metadata.get("versions").map(versionOf);
  return new Map([
    ["schema_version", "1.0"],
    ["source", new Map([
      ["kind", "arxiv"],
      ["id", sourceId(metadata.get("id"))],
      ["version", BigInt(greatest(versions.map(({ number }) => number), 0))],
    ])],
    ["metadata", new Map([
      ["title_canon_sha256", textDigest(metadata.get("title"))],
      ["abstract_canon_sha256", textDigest(metadata.get("abstract"))],
      ["primary_cat", primary],
      ["cross_cats_sorted", [...new Set(others)].filter((each) => each !== primary).sort(compareStrings)],
      ["license", stripped(metadata.get("license") ?? "")],
      ["submitted_at", dateOfFirst(versions)],
    ])],
  ]);
}

/** Rule 2.9a: which members there are, and of which types. */
function checkMembers(metadata) {
  if (!isObject(metadata)) throw new Refused("metadata are an object");
  for (const name of TEXTS) {
    if (!isString(metadata.get(name))) throw new Refused(`${name} is missing, or no string`);
  }
  const license = metadata.get("license");
  if (license !== null && !isString(license)) throw new Refused("license is missing, or neither string nor null");
  if (!Array.isArray(metadata.get("versions"))) throw new Refused("versions is missing, or no list");
}

/** Rules 2.9, 2.9a: an old identifier without the class of its archive. */
function sourceId(text) {
  const ofMonth = NEW_ID.exec(text);
  if (ofMonth !== null) {
    const [, month] = ofMonth;
    // Months of one form compare as strings; the length says how many digits follow them.
    const length = month >= "1501" ? 10 : 9;
    if (month >= "0704" && text.length === length) return text;
  }
  const ofArchive = OLD_ID.exec(text);
  if (ofArchive === null) throw new Refused("id is no identifier");
  return `${ofArchive[1]}/${ofArchive[2]}`;
}

function categoriesOf(text) {
  const categories = stripped(text).split(WHITE_SPACE);
  if (!categories.every((each) => CATEGORY.test(each))) throw new Refused("categories holds one that is none");
  return categories;
}

/** Rule 2.9a: a version, its date a string of whatever form. */
function versionOf(value) {
  if (!isObject(value) || !isString(value.get("created"))) {
    throw new Refused("a version is an object with version and created");
  }
  const version = value.get("version");
  const found = isString(version) || typeof version === "bigint" ? VERSION.exec(String(version)) : null;
  if (found === null) throw new Refused("a version is 1 to 99999");
  return { number: Number(found[1]), created: value.get("created") };
}

function dateOfFirst(versions) {
  const dates = new Set(versions.filter(({ number }) => number === 1).map(({ created }) => created));
  if (dates.size !== 1) throw new Refused(`version 1 has ${dates.size} dates, not one`);
  const [date] = dates;
  return submittedAt(date, inSingleBlanks(date));
}

/** Rule 2.5. Lower case is Unicode's full mapping, the sigma at the end of a word with it. */
function textDigest(text) {
  return hexOf(sha256(utf8(inSingleBlanks(text.toLowerCase()))));
}

function inSingleBlanks(text) {
  return stripped(text).split(WHITE_SPACE).join(" ");
}

/** Character by character: a pattern for what stands at the end looks at every run anew. */
function stripped(text) {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.test(text[start])) start++;
  while (end > start && WHITE_SPACE.test(text[end - 1])) end--;
  return text.slice(start, end);
}

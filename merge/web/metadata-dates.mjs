// SPDX-License-Identifier: MIT
// Rule 2.9b: the dates of arXiv's versions.

import { isInstant } from "./event.mjs";
import { Refused } from "./values.mjs";
import { cut } from "./verification/dates.mjs";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const ZONES = new Map([
  ["gmt", "+00:00"], ["ut", "+00:00"], ["utc", "+00:00"], ["z", "+00:00"],
  ["est", "-05:00"], ["edt", "-04:00"], ["cst", "-06:00"], ["cdt", "-05:00"],
  ["mst", "-07:00"], ["mdt", "-06:00"], ["pst", "-08:00"], ["pdt", "-07:00"],
]);
// Not with the `u` flag, by which `i` lets a long s and the sign for kelvin pass.
const OF_RFC_2822 = new RegExp(
  "^(?:(?:mon|tue|wed|thu|fri|sat|sun), ?)?"
  + `([0-9]{1,2}) (${MONTHS.join("|")}) ([0-9]{2,4}) ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))? `
  + `(?:(${[...ZONES.keys()].join("|")})|([+-][0-9]{2})([0-9]{2}))$`,
  "i",
);
const OF_RFC_3339 = /^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9:.]+(?:Z|[+-][0-9:]+))$/;
const MOST_CHARACTERS = 100;

/**
 * A date as an instant in UTC. `date` is what was given, `text` the same without the white
 * space that says nothing.
 */
export function submittedAt(date, text) {
  if ([...date].length > MOST_CHARACTERS) throw new Refused("the date of version 1 is too long");
  const instant = cut(inRfc3339(text));
  if (!isInstant(instant)) throw new Refused("the date of version 1 is none");
  return instant;
}

/** A date of either form in the second; of neither, what is none there as well. */
function inRfc3339(text) {
  const other = OF_RFC_3339.exec(text);
  if (other !== null) return `${other[1]}T${other[2]}`;
  const parts = OF_RFC_2822.exec(text);
  if (parts === null) return "";
  const [, day, month, year, hour, minute, second, name, hours, minutes] = parts;
  const number = MONTHS.indexOf(month.toLowerCase()) + 1;
  const zone = name === undefined ? `${hours}:${minutes}` : ZONES.get(name.toLowerCase());
  return `${wholeYear(year)}-${twoDigits(number)}-${twoDigits(day)}`
    + `T${twoDigits(hour)}:${minute}:${second ?? "00"}${zone}`;
}

function wholeYear(digits) {
  const year = Number(digits);
  if (digits.length === 4) return digits;
  if (digits.length === 3) return String(year + 1900);
  return String(year + (year >= 50 ? 1900 : 2000));
}

function twoDigits(number) {
  return String(number).padStart(2, "0");
}

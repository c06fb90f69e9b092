// SPDX-License-Identifier: MIT
// Rule 10.3: dates cut to whole seconds.

import { isInstant } from "../event.mjs";
import { isString } from "../values.mjs";

const DATE = /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))$/;

/** A date cut to whole seconds, in UTC, with `Z`; anything else stays as it is. */
export function cut(value) {
  const parts = isString(value) ? DATE.exec(value) : null;
  if (parts === null) return value;
  const [, seconds, sign, hours, minutes] = parts;
  const local = `${seconds}Z`;
  if (!isInstant(local)) return value;
  if (sign === undefined) return local;
  const offset = (sign === "-" ? 1 : -1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  // Date.parse takes an instant that was looked at as what it is, in the years 0001 to 9999.
  const instant = new Date(Date.parse(local) + offset).toISOString().replace(".000Z", "Z");
  return isInstant(instant) ? instant : value;
}

// SPDX-License-Identifier: MIT
// Rule 10.3: dates cut to whole seconds.

import { isInstant } from "../event.mjs";
import { isString } from "../values.mjs";

const DATE = /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])$/;

/** A date cut to whole seconds, with `Z`; anything else stays as it is. */
export function cut(value) {
  const parts = isString(value) ? DATE.exec(value) : null;
  return parts !== null && isInstant(`${parts[1]}Z`) ? `${parts[1]}Z` : value;
}

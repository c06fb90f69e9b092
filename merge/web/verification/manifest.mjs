// SPDX-License-Identifier: MIT
// Rule 10.5: a mirror manifest, most of which no rule is about.

import { publicKeyAt } from "./blocks.mjs";
import { FAILED, OPEN, line, open, tableOf } from "./places.mjs";
import { ok, outcomeOfVersion } from "./versions.mjs";

const unruled = (path) => line(path, "10.5", open, OPEN);

export const MANIFEST = tableOf(
  line(".manifest_type", "10.5", ok, FAILED),
  line(".merge_version", "8.1", outcomeOfVersion, FAILED),
  ...["manifest_version", "generated_at", "mirrors", "notes"].map((name) => unruled(`.${name}`)),
  ...["name", "mirror_type", "base_url", "bundle_pattern", "state_pattern", "well_known_pattern", "public_key", "status"]
    .map((name) => unruled(`.mirrors[*].${name}`)),
  line(".mirrors[*].events_pattern", "10.5", open),
  publicKeyAt(".mirrors[*].public_key", { mayBeNull: true }),
);

/** The facts of a manifest. */
export const factsOfManifest = (_, keyring) => ({ keyring, isBroken: false });

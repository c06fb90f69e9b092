// SPDX-License-Identifier: MIT
// What runs beside the page, so that a large document does not freeze it.

import { answerTo } from "../answers.mjs";
import { utf8 } from "../bytes.mjs";
import { textInGivenOrder } from "../canonical.mjs";
import { check, reportText } from "./check.mjs";
import { hasEd25519, settled } from "./platform.mjs";

const TASKS = {
  /** A line of the conformance protocol, so that this engine can be tried like any other. */
  line: async ({ text }) => {
    const answer = await settled(() => answerTo(utf8(text)));
    return answer === null ? null : textInGivenOrder(answer);
  },
  report: (given) => settled(() => reportText(given)),
  check: (given) => settled(() => check(given)),
  ed25519: () => hasEd25519(),
};

self.addEventListener("message", async ({ data }) => {
  const { seq, task, ...given } = data;
  try {
    self.postMessage({ seq, result: await TASKS[task](given) });
  } catch (error) {
    self.postMessage({ seq, failed: String(error?.stack ?? error) });
  }
});

"""Instructions of a bundle, counted by valgrind: the same number however busy the machine is.

``python -m benchmarks.instructions``. What is counted is the difference between many times and few,
so that starting costs nothing. valgrind shows the program a processor without extensions for
SHA-256, which is an eighth of a verification there and next to nothing elsewhere.
"""

import os
import re
import subprocess
import sys

from benchmarks.bundle import NAME
from benchmarks.common import claim_of, print_heading
from pithmerge import Keyring, load_document, verify_document
from pithmerge.crypto import signature_is_valid
from pithmerge.fixtures import published

_FEW, _MANY = 10, 60
_COUNTING = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_COUNTED = re.compile(rb"I +refs: +([0-9,]+)")
_SIGNATURES = {"verify": 4, "merge": 3, "read": 4, "signature": 1}


def main() -> None:
    """Print what was counted; with a job and a number, do it so many times."""
    if len(sys.argv) == 3:
        return _do(sys.argv[1], int(sys.argv[2]))
    print_heading("the published bundle, in instructions")
    counts = {job: (_counted(job, _MANY) - _counted(job, _FEW)) // (_MANY - _FEW)
              for job in _SIGNATURES}  # fmt: skip
    for job, count in counts.items():
        ratio = count / (_SIGNATURES[job] * counts["signature"])
        print(f"{job:12} {count:12,}  / {_SIGNATURES[job]} signatures: {ratio:.2f}")
    return None


def _do(job: str, times: int) -> None:
    raw = published(NAME)
    claim = claim_of(load_document(raw).value["events"][0], Keyring.default())
    jobs = {
        "verify": lambda: verify_document(load_document(raw)).ok,
        "merge": lambda: load_document(raw).merge().to_json(),
        "read": lambda: load_document(raw),
        "signature": lambda: signature_is_valid(*claim),
    }
    # All of them first, so that nothing is done for the first time.
    for each in (*jobs.values(), *[jobs[job]] * times):
        each()


def _counted(job: str, times: int) -> int:
    words = [*_COUNTING, sys.executable, "-m", "benchmarks.instructions", job, str(times)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    ran = subprocess.run(words, check=True, capture_output=True, env=environment)
    found = _COUNTED.search(ran.stderr)
    assert found is not None, ran.stderr
    return int(found[1].replace(b",", b""))


if __name__ == "__main__":
    main()

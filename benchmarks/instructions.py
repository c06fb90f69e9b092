"""What things cost in instructions: the same on every machine of a kind, whoever else is at work.

Each job is done a few times and many times, in processes of their own under valgrind's cachegrind,
which has to be installed; the difference is what each takes. Signatures, which are loops without
branches, run more instructions a second than Python does: so a quotient of instructions is smaller
than one of times. What it is good for is one version beside another.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable

from benchmarks.bundle import NAME
from benchmarks.common import claim_of, print_heading
from benchmarks.event import _plain_script, _signedjson
from benchmarks.scale import NUMBER, SIGNERS, graph
from pithmerge import V1, Keyring, Merger, load_document, verify_document
from pithmerge.canon import read_json, read_value
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import Pending, judge
from pithmerge.crypto import signature_is_valid
from pithmerge.fixtures import published

Repeat = Callable[[int], object]
_FEW = 10


def main() -> None:
    """Print a line for each job; with ``--job NAME COUNT`` be the process that does it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", nargs=2, metavar=("NAME", "COUNT"))
    given = parser.parse_args()
    if given.job is not None:
        name, count = given.job
        _JOBS[name][1]()(int(count))
        return
    print_heading("instructions, and what that is in signatures")
    signature = 0.0
    for name, (many, _) in _JOBS.items():
        each = (_instructions(name, many) - _instructions(name, _FEW)) / (many - _FEW)
        signature = signature or each
        print(f"{name:45} {each:12,.0f}  {each / signature:8.3f}", flush=True)


def _instructions(name: str, count: int) -> int:
    command = (sys.executable, "-m", "benchmarks.instructions", "--job", name, str(count))
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    # Not to the null device: who may, replaces it by a file.
    with tempfile.TemporaryDirectory() as folder:
        output = f"--cachegrind-out-file={folder}/out"
        tool = ("valgrind", "--tool=cachegrind", "--cache-sim=no", output)
        done = subprocess.run(
            [*tool, *command], check=True, capture_output=True, text=True, env=environment
        )
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    assert found is not None
    return int(found[1].replace(",", ""))


def _repeated(job: Callable[[], object]) -> Repeat:
    return lambda count: [job() for _ in range(count)]


def _signature() -> Repeat:
    claim = claim_of(load_document(published(NAME)).value["events"][0], Keyring.default())
    return _repeated(lambda: signature_is_valid(*claim))


def _verified() -> Repeat:
    raw = published(NAME)
    return _repeated(lambda: verify_document(load_document(raw)).ok)


def _merged() -> Repeat:
    raw = published(NAME)
    return _repeated(lambda: load_document(raw).merge().to_json())


def _keyring() -> Keyring:
    return Keyring(tuple(signer.key for signer in SIGNERS))


def _judged() -> Repeat:
    (raw,) = graph(1)
    keyring = _keyring()

    def job() -> None:
        candidate = Candidate(read_value(raw), rules=V1, pith_number=NUMBER, keyring=keyring)
        verdict = judge(candidate, verify_signatures=True)
        assert isinstance(verdict, Pending)
        verdict.settled()

    return _repeated(job)


def _other(make: Callable[[dict[str, object]], Callable[[], object]]) -> Callable[[], Repeat]:
    def repeat() -> Repeat:
        value = read_json(graph(1)[0])
        left_out = ("content_sha256", "event_id", "signature")
        return _repeated(make({name: value[name] for name in value if name not in left_out}))

    return repeat


def _added(*, together: bool) -> Callable[[], Repeat]:
    def repeat() -> Repeat:
        events = graph(_MOST)
        merger = Merger(NUMBER, keyring=_keyring())
        if together:
            return lambda count: merger.add(events[:count])
        return lambda count: [merger.add([event]) for event in events[:count]]

    return repeat


_MOST = 500
_JOBS: dict[str, tuple[int, Callable[[], Repeat]]] = {
    "a signature": (210, _signature),
    "the published bundle, every check": (50, _verified),
    "the published bundle, merged to bytes": (50, _merged),
    "one event, from bytes to verdict": (110, _judged),
    "the same by signedjson": (110, _other(_signedjson)),
    "the same by json and cryptography": (110, _other(_plain_script)),
    "an event of a batch, added": (_MOST, _added(together=True)),
    "an event added by itself": (_MOST, _added(together=False)),
}


if __name__ == "__main__":
    main()

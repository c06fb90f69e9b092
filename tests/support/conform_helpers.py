"""Implementations with a fault each: ``python:tests.support.conform_helpers:NAME``, or as a command
``python -m tests.support.conform_helpers NAME [ARGUMENT]``.

Each is the reference but for what its docstring says.
"""

import atexit
import base64
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pithmerge.canon import MAX_DOCUMENT_DEPTH, canonical_json, digest, read_json
from pithmerge.conformance.reference import Reference, answer, merge_request, serve
from pithmerge.conformance.states import published_form

ROOT = Path(__file__).parents[2]
REFERENCE = "python:pithmerge.conformance.reference:answer"
HOSTILE_TEXT = "<script>alert('x')</script> \x1b[31mred\x07 \u202eright\u2066 \ufffe \u2028end"
"""What no page, document, terminal or line may take literally."""

Request = dict[str, Any]
Answer = dict[str, Any]


def function(name: str) -> str:
    """What ``--impl`` says for one of these."""
    return f"python:{__name__}:{name}"


def command(name: str, *arguments: object) -> str:
    """The same as a process of its own."""
    return " ".join([sys.executable, "-m", __name__, name, *map(str, arguments)])


def environment() -> dict[str, str]:
    """What a ``pithmerge`` needs to find these."""
    return {"PYTHONPATH": str(ROOT)}


# Answers that are something else.


def canonicalize_only(request: Request) -> Answer:
    """Its hello lists no merge."""
    return answer(request) | ({"ops": ["canonicalize"]} if request["cmd"] == "hello" else {})


def merge_only(request: Request) -> Answer:
    """Its hello lists merge alone."""
    return answer(request) | ({"ops": ["merge"]} if request["cmd"] == "hello" else {})


def _instead(result: Answer) -> Callable[[Request], Answer]:
    def respond(request: Request) -> Answer:
        if request["cmd"] == "hello":
            return answer(request)
        return {"seq": request["seq"], **result}

    return respond


refuses_everything = _instead({"result": {"refused": f"no {HOSTILE_TEXT}"}})
fails_always = _instead({"failed": {"message": HOSTILE_TEXT, "traceback": "none"}})
calls_it_unsupported = _instead({"unsupported": HOSTILE_TEXT})
accepts_everything = _instead(
    {
        "result": {
            "note": 2**70,
            "sha256": "?",
            "canonical_b64": "W10=",
            "state_b64": "W10=",
            "holds": True,
            "equivocations_b64": "W10=",
            "report_b64": "W10=",
            "canonical_record": {},
            "canonical_sha256": "?",
            "pith_number": "none",
        }
    }
)


def states_of_its_own(state: bytes) -> Callable[[Request], Answer]:
    """Whatever it is asked to merge, this is the state."""
    return _instead({"result": {"state_b64": base64.b64encode(state).decode()}})


hostile_state = states_of_its_own(HOSTILE_TEXT.encode())


def hostile_name(request: Request) -> Answer:
    """What it says of itself is written for the terminal, the page and the XML."""
    if request["cmd"] == "hello":
        about = dict.fromkeys(("name", "version", "language", "source"), HOSTILE_TEXT)
        return answer(request) | {"implementation": about}
    return fails_always(request)


# States that are wrong.


def _merging(merge: Callable[[Request], bytes]) -> Reference:
    return Reference(merge.__name__, merge_request=merge)


def _with_state(change: Callable[[Request, dict[str, Any]], None]) -> Reference:
    """The reference's states, changed, with the digest of what they became."""

    def merge(request: Request) -> bytes:
        state = read_json(merge_request(request), max_depth=MAX_DOCUMENT_DEPTH)
        change(request, state)
        del state["state_sha256"]
        state["state_sha256"] = digest(state, max_depth=MAX_DOCUMENT_DEPTH)
        return published_form(state)

    return Reference(change.__name__, merge_request=merge)


@_with_state
def wrong_reason(_request: Request, state: dict[str, Any]) -> None:
    """Every rejected event is called malformed."""
    for entry in state["invalid_events"]:
        entry["reason"] = "malformed_event"


@_merging
def first_come(request: Request) -> bytes:
    """What comes first counts twice as soon as there are two: its state depends on the order."""
    events = request["events_b64"]
    return merge_request({**request, "events_b64": events[:1] if len(events) > 1 else events})


@_merging
def counts_arrivals(request: Request) -> bytes:
    """An odd number of arrivals leaves a space at the end."""
    return merge_request(request) + b" " * (len(request["events_b64"]) % 2)


@_merging
def forgets(request: Request) -> bytes:
    """Of three events or more it knows but two."""
    events = sorted(set(request["events_b64"]))
    return merge_request({**request, "events_b64": events[:2] if len(events) > 2 else events})


@_with_state
def looks_away(request: Request, state: dict[str, Any]) -> None:
    """Of an odd number of arrivals it sees no conflict."""
    if len(request["events_b64"]) % 2:
        state["equivocations"] = []


@_merging
def dislikes_white_space(request: Request) -> bytes:
    """A line break in an event leaves a space at the end."""
    broken = any(b"\n" in base64.b64decode(event) for event in request["events_b64"])
    return merge_request(request) + b" " * broken


@_with_state
def offended(_request: Request, state: dict[str, Any]) -> None:
    """A rejected event makes it forget the aliases and call them something."""
    if state["invalid_events"]:
        state["current"]["source_aliases"] = [{"alias_kind": "offended"}]


@_with_state
def renames_targets(_request: Request, state: dict[str, Any]) -> None:
    """Each merge makes the targets of corrections longer."""
    for entry in state["current"]["corrections"]:
        entry["target"] += "'"


@_with_state
def one_more(_request: Request, state: dict[str, Any]) -> None:
    """It counts an event that there is not, always."""
    state["event_count"] += 1


_answered = 0


@_merging
def unsteady(request: Request) -> bytes:
    """Every other merge ends in a space."""
    global _answered  # noqa: PLW0603
    _answered += 1
    return merge_request(request) + b" " * (_answered % 2)


@_merging
def ends_in_a_space(request: Request) -> bytes:
    """Every merge ends in a space."""
    return merge_request(request) + b" "


@_merging
def dislikes_some(request: Request) -> bytes:
    """One in sixteen of what it is asked leaves a space at the end, always the same ones."""
    disliked = digest(request["events_b64"]).startswith("0")
    return merge_request(request) + b" " * disliked


@_merging
def time_zone(request: Request) -> bytes:
    """Its states end in a space in Kathmandu."""
    return merge_request(request) + b" " * (os.environ.get("TZ") == "Asia/Kathmandu")


def believes_in_claims(request: Request) -> Answer:
    """What is not checkable is ok to it."""
    reply = answer(request)
    if request.get("op") != "verify":
        return reply
    report = json.loads(base64.b64decode(reply["result"]["report_b64"]))
    for row in report["rows"]:
        if row["outcome"] == "not checkable":
            row["outcome"] = "ok"
    data = canonical_json(report)
    return {**reply, "result": {"report_b64": base64.b64encode(data).decode()}}


def sees_all(request: Request) -> Answer:
    """Its views hold what was created later as well."""
    return answer({**request, "op": "merge"} if request.get("op") == "view" else request)


def counts_on(request: Request) -> Answer:
    """The version of its records is one too high."""
    reply = answer(request)
    if request.get("op") != "number" or "refused" in reply["result"]:
        return reply
    record = json.loads(json.dumps(reply["result"]["canonical_record"]))
    record["source"]["version"] += 1
    return {**reply, "result": {**reply["result"], "canonical_record": record}}


BY_LAW = {
    "permutation": first_come,
    "idempotence": counts_arrivals,
    "union": counts_arrivals,
    "monotone_validity": forgets,
    "monotone_evidence": looks_away,
    "resigning": dislikes_white_space,
    "rejected_is_inert": offended,
    "fixpoint": renames_targets,
    "determinism": unsteady,
    "view": sees_all,
    "agreement": one_more,
    "verification": believes_in_claims,
    "numbering": counts_on,
}
"""For each law an implementation that breaks it."""


# Processes that do not live long.


def every_tenth(request: Request) -> Answer:
    """It ends at every tenth request."""
    if request.get("seq", 1) % 10 == 0:
        print("the tenth", file=sys.stderr, flush=True)
        os._exit(7)
    return answer(request)


def ends_at_once(request: Request) -> Answer:
    """It ends at the first request to run, and starts again."""
    if request["cmd"] != "hello":
        os._exit(7)
    return answer(request)


def dies_for_good(request: Request) -> Answer:
    """It ends at the first request to run, and does not start again."""
    seen = Path(sys.argv[2])
    if request["cmd"] == "hello" and not seen.exists():
        seen.touch()
        return answer(request)
    sys.exit(f"gone {HOSTILE_TEXT}")


def hangs(request: Request) -> Answer:
    """It answers hello, and nothing else, and not even the end of its input ends it. A file has its
    process id as soon as it was asked."""
    if request["cmd"] != "hello":
        started = Path(sys.argv[2])
        unfinished = started.with_name("unfinished")
        unfinished.write_text(str(os.getpid()))
        unfinished.rename(started)
        time.sleep(600)
    return answer(request)


def hangs_each(request: Request) -> Answer:
    """The same, with a file of its own in a folder: its process id, and in it that of who asks."""
    if request["cmd"] != "hello":
        own = Path(sys.argv[2]) / str(os.getpid())
        own.with_suffix(".unfinished").write_text(str(os.getppid()))
        own.with_suffix(".unfinished").rename(own)
        time.sleep(600)
    return answer(request)


def hangs_when_it_is_asked_again(request: Request) -> Answer:
    """It refuses the first merge, and hangs at the next as `hangs` does."""
    if request["cmd"] != "hello" and request["seq"] > 1:
        return hangs(request)
    return refuses_everything(request)


def ends_its_parent(request: Request) -> Answer:
    """Asked for anything, it kills the process that it is asked by."""
    if request["cmd"] != "hello":
        os.kill(os.getppid(), signal.SIGKILL)
    return answer(request)


def starts_once(request: Request) -> Answer:
    """Only the first start of it in a folder answers."""
    with suppress(FileExistsError):
        (Path(sys.argv[2]) / "started").open("x").close()
        return answer(request)
    sys.exit("it runs already")


def outstays(request: Request) -> Answer:
    """It does not exit after bye."""
    atexit.register(time.sleep, 600)
    return canonicalize_only(request)


def exits_with_3(request: Request) -> Answer:
    """Its exit code after bye is 3."""
    atexit.register(os._exit, 3)
    return canonicalize_only(request)


if __name__ == "__main__":
    serve(globals()[sys.argv[1]], sys.stdin.buffer, sys.stdout.buffer)

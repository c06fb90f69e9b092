"""A state that has everything, to be edited and judged; written with the standard library alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pithmerge import merge
from pithmerge.building import build_event, build_record_created
from pithmerge.conformance.protocol import encode_b64
from pithmerge.conformance.verdicts import Judgement, judge_answer
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    NUMBER,
    RECORD,
    REGISTRY,
    day,
    digest_of,
    json_bytes,
)

Edit = Callable[[dict[str, Any]], None]


def _events() -> list[Any]:
    """A record, two snapshots in conflict, an author's words, and two events that are not valid."""
    payload = {"note": [1, {"ü": "é\n"}], "number": 1.0, "small": 1e-7, "great": 2**70}
    words = build_event(
        AUTHOR,
        "author_attestation",
        pith_number=NUMBER,
        target="a/b",
        payload=payload,
        created_at=day(3),
    )
    snapshots = [
        build_event(
            REGISTRY,
            "graph_snapshot",
            pith_number=NUMBER,
            target="graph",
            payload={"graph_snapshot": {"n": n}},
            created_at=day(2),
        )
        for n in (1, 2)
    ]
    record = build_record_created(REGISTRY, RECORD, created_at=day(1))
    return [record, *snapshots, words, [], {**words, "target": "c", "signature": None}]


STATE = merge(_events(), keyring=KEYRING).to_json()
LIST_OF_INVALID = json.loads(STATE)["invalid_events"]
IN_FULL = {
    "state_b64": encode_b64(STATE),
    **{
        name: json.loads(STATE)[name]
        for name in ("state_sha256", "invalid_events", "equivocations", "applied_event_ids")
    },
}
BY_DIGEST = {name: value for name, value in IN_FULL.items() if name != "state_b64"}
EITHER = pytest.mark.parametrize("expect", [IN_FULL, BY_DIGEST], ids=["in full", "by digest"])


def judged(found: bytes, expect: dict[str, Any]) -> Judgement:
    answer = {"seq": 1, "result": {"state_b64": encode_b64(found)}}
    return judge_answer(answer, "merge", expect)


def edited(edit: Edit, *, sealed: bool = True) -> bytes:
    """The state after an edit, with the digest that it then has or with its old one."""
    state = json.loads(STATE)
    edit(state)
    if sealed:
        body = {name: value for name, value in state.items() if name != "state_sha256"}
        state = {name: value for name, value in state.items() if name != "state_sha256"}
        state["state_sha256"] = digest_of(body)
    return json_bytes(state)


def other_order(value: Any) -> Any:
    """The members of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: other_order(value[name]) for name in reversed(value)}
    return [other_order(item) for item in value] if isinstance(value, list) else value

"""The hunt on views and on metadata: what is drawn, and what a finding says."""

import json
import random
from typing import Any

import pytest

from pithmerge.conformance import specification
from pithmerge.conformance.law_of_metadata import told
from pithmerge.conformance.protocol import decode_b64
from pithmerge.conformance.questions import Inputs, answer_of_number, op_of_inputs
from pithmerge.conformance.reach import Reach
from pithmerge.conformance.reference import answer
from pithmerge.conformance.verdicts import Verdict
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.metadata import BYTES_OF_METADATA, metadata_of
from pithmerge.spec.canonical_json import Refused, read_document
from pithmerge.spec.metadata import canonical_record
from tests.support import conform_helpers as faulty
from tests.support.hunting import found, verdicts

DRAWN = 1500


def drawn() -> list[bytes]:
    random_ = random.Random(1)
    return [metadata_of(Choices(random_.randbytes(BYTES_OF_METADATA))) for _ in range(DRAWN)]


def why_refused(data: bytes) -> str:
    """The rule that refuses metadata; nothing if a record follows."""
    try:
        canonical_record(read_document(data))
    except Refused as refused:
        return str(refused)
    return ""


def test_of_zero_bytes_comes_a_plain_paper() -> None:
    record = canonical_record(json.loads(metadata_of(Choices(b""))))
    assert record["source"] == {"kind": "arxiv", "id": "0704.0001", "version": 1}


def test_what_is_drawn_is_of_every_kind() -> None:
    whys = [why_refused(data) for data in drawn()]
    assert 0.3 < whys.count("") / DRAWN < 0.8
    kinds = (
        *("1.4", "missing", "is no string", "license is neither", "versions is no list"),
        *("identifier", "categories", "a version", "date of v1 is missing, or there are two"),
        *("no date of RFC", "no real instant", "out of the years", "up to 23 hours"),
    )
    for kind in kinds:
        assert any(kind in why for why in whys), kind


def test_no_more_bytes_are_taken_than_are_drawn() -> None:
    for seed in range(200):
        data = random.Random(seed).randbytes(BYTES_OF_METADATA)
        assert metadata_of(Choices(data)) == metadata_of(Choices(data + b"\xff" * 99))


def test_a_record_that_differs_is_shown_with_its_metadata() -> None:
    finding = found(faulty.counts_on, "numbering")
    assert finding is not None
    assert finding.detail == "at $.canonical_record.source.version: expected 1, found 2"
    assert finding.lines[:4] == (
        "at $.canonical_record.source.version",
        "expected   1",
        "found      2",
        "           ^",
    )
    assert finding.lines[4].startswith(r'of "{\"id\": \"0704.0001\", \"title\"')
    [case] = finding.cases
    assert (case.op, case.because, case.twin) == ("number", ("2.9",), None)
    assert decode_b64(case.inputs["metadata_b64"], "") == metadata_of(Choices(b""))


def found_plain() -> Inputs:
    finding = found(faulty.counts_on, "numbering")
    assert finding is not None
    return finding.cases[0].inputs


def test_what_must_be_refused_is_saved_with_its_twin() -> None:
    plain = found_plain()

    def accepts(request: dict[str, Any]) -> dict[str, Any]:
        said = answer(request)
        refused = request["cmd"] == "run" and "refused" in said["result"]
        return answer({**request, **plain}) if refused else said

    finding = found(accepts, "numbering")
    assert finding is not None
    assert finding.detail == "it makes a record of metadata from which none follows"
    refused, twin = finding.cases
    assert "refused" in refused.expect
    assert refused.twin == twin.id
    assert "pith_number" in twin.expect
    assert verdicts(accepts, finding) == [Verdict.FAIL, Verdict.PASS]


def test_who_is_right_is_not_known_where_the_two_of_pithmerge_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(specification, "answer", lambda _: {"result": {"refused": ""}})
    finding = found(answer, "numbering")
    assert finding is not None
    assert finding.law == "specification"
    assert "please report it (it refuses metadata from which a record follows)" in finding.detail


def test_a_view_that_holds_too_much_is_shown_with_its_instant() -> None:
    finding = found(faulty.sees_all, "view")
    assert finding is not None
    merged, viewed = finding.cases
    assert (merged.op, viewed.op) == ("merge", "view")
    assert merged.because == viewed.because == ("8.9",)
    [instant] = [line for line in finding.lines if line.startswith("as of ")]
    assert instant == f"as of {viewed.inputs['as_of']}"
    assert [line.partition(" of: ")[0] for line in finding.lines[-2:]] == ["merge 1", "view 2"]
    assert verdicts(faulty.sees_all, finding) == [Verdict.PASS, Verdict.FAIL]


def test_what_an_answer_is_kept_as() -> None:
    assert answer_of_number(None) == b"null"
    result = {"pith_number": "n", "more": 1, "canonical_record": {"b": 1, "a": 1}}
    kept = answer_of_number({**result, "canonical_sha256": "s"})
    assert kept == b'{"canonical_record":{"a":1,"b":1},"canonical_sha256":"s","pith_number":"n"}'
    assert told(b"null", kept) == "it makes a record of metadata from which none follows"
    assert told(kept, b"null") == "it refuses metadata from which a record follows"


def test_what_is_asked_is_told_by_what_there_is() -> None:
    members = ("document_b64", "metadata_b64", "as_of", "events_b64")
    assert [op_of_inputs({name: ""}) for name in members] == ["verify", "number", "view", "merge"]


def test_metadata_reach_no_rule_of_a_merge() -> None:
    reach = Reach()
    reach.look_at(found_plain())
    assert (reach.sets, reach.documents) == (0, 0)

"""The rows of a report are made when somebody reads them, and say what was counted."""

import copy
import json
import pickle
from typing import Any

import pytest

from pithmerge import DocumentError, Outcome, Report, load_document, verify_document
from tests.support.paper import BUNDLE_FILE, STATE_FILE, failed_rows, json_bytes, real_report_of

BUNDLE = json.loads(BUNDLE_FILE.read_bytes())


def report(path: Any = BUNDLE_FILE) -> Report:
    return verify_document(load_document(path))


def test_what_is_read_first_and_what_last_is_the_same() -> None:
    assert report().to_dict() == report().to_dict()
    one, other = report(), report()
    assert one.signed == ("$",)
    assert other.checks == one.checks
    assert one == other
    assert one != report(STATE_FILE)
    assert one != "a report"
    assert other.unsigned == ()


@pytest.mark.parametrize("read", [True, False])
def test_copies_say_the_same(read: bool) -> None:
    one = report()
    if read:
        assert one.checks
    for other in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert other.to_dict() == one.to_dict()


def test_it_is_frozen() -> None:
    one = report()
    for name in ("checks", "name", "other"):
        with pytest.raises(AttributeError, match="frozen"):
            setattr(one, name, ())
    with pytest.raises(AttributeError, match="has no attribute 'other'"):
        _ = one.other  # type: ignore[attr-defined]
    match one:
        case Report(_, kind, number):
            assert (kind, number) == (one.kind, one.pith_number)
    assert isinstance(hash(real_report_of([])), int)


def test_a_document_that_was_changed_since_is_told() -> None:
    document = load_document(BUNDLE_FILE)
    one = verify_document(document)
    document.value["short_pith_number"] = "pith:XXXXXXXX"
    assert one.ok
    with pytest.raises(DocumentError, match="changed after it was verified"):
        _ = one.checks
    assert one.count(Outcome.FAILED) == 0
    assert one.with_outcome(Outcome.FAILED) == ()


def test_aliases_are_in_order_by_kind_and_value_not_by_both_together() -> None:
    """SPEC 2.4."""
    beside = [
        {"alias_kind": kind, "alias_value": value, "created_at": "2026-05-18T12:25:00Z"}
        for kind, value in (("z b", "c"), ("z", "b c"))
    ]
    aliases = [*BUNDLE["source_aliases"], *beside]
    assert "$.source_aliases (which, in order)" in failed_rows(
        real_report_of({**BUNDLE, "source_aliases": aliases})
    )
    in_order = [*BUNDLE["source_aliases"], *beside[::-1]]
    assert "$.source_aliases (which, in order)" not in failed_rows(
        real_report_of({**BUNDLE, "source_aliases": in_order})
    )
    assert json_bytes(aliases) != json_bytes(in_order)

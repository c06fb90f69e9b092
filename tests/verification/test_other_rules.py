"""A document is verified by the rules that its ``merge_version`` names, v1's or others."""

import json
from dataclasses import replace
from typing import Any, Final

import pytest

from pithmerge import V1, DocumentVerdict, Report, merge
from pithmerge.building import sign_bundle
from pithmerge.core.rules import EventTypeRule, Rules
from pithmerge.verification import Check
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    REGISTRY,
    bundle_of,
    day,
    event,
    failed_rows,
    graph_snapshot,
    record_created,
    report_of,
)

OTHER: Final[Rules] = replace(V1, merge_version="other").with_event_type(
    EventTypeRule("dataset_link", "dataset_links", exclusive=True)
)
EVENTS: Final = (
    record_created(),
    graph_snapshot(),
    event("dataset_link", AUTHOR, created_at=day(7)),
    event("dataset_link", AUTHOR, created_at=day(8)),
)


@pytest.fixture(autouse=True)
def others_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "pithmerge.documents.KNOWN", {each.merge_version: each for each in (V1, OTHER)}
    )


def state(rules: Rules) -> Any:
    return json.loads(merge(EVENTS, keyring=KEYRING, rules=rules).to_json())


def test_a_lone_state() -> None:
    assert report_of(state(OTHER)).verdict is DocumentVerdict.CONSISTENT
    assert report_of(state(V1)).verdict is DocumentVerdict.CONSISTENT


def test_a_bundle() -> None:
    bundle = {**bundle_of(*EVENTS), "merge_version": "other", "state": state(OTHER)}
    report = report_of(sign_bundle(bundle, REGISTRY, signed_at=day(30)))
    assert (report.verdict, failed_rows(report)) == (DocumentVerdict.OK, [])


@pytest.mark.parametrize(("written", "named"), [(V1, "other"), (OTHER, V1.merge_version)])
def test_a_state_under_the_name_of_other_rules_fails(written: Rules, named: str) -> None:
    report: Report = report_of({**state(written), "merge_version": named})
    failed: list[Check] = [row for row in report.checks if row.outcome == "failed"]
    assert "$ (members)" in [row.what for row in failed]

"""What a report comes to: ok, consistent, failed, unsupported, unreadable (SPEC 10)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pithmerge import (
    Check,
    DocumentError,
    DocumentKind,
    DocumentVerdict,
    Keyring,
    Outcome,
    Report,
    load_document,
    verify_document,
)
from pithmerge.building import Signer, build_bundle, sign_bundle
from pithmerge.documents import document_of
from pithmerge.verification import unreadable_report
from tests.support.lone_states import state_of
from tests.support.paper import (
    AUTHOR,
    BUNDLE_FILE,
    KEYRING,
    MANIFEST_FILE,
    RECORD_FILE,
    REGISTRY,
    STATE_FILE,
    bundle_of,
    day,
    event,
    failed_rows,
    graph_snapshot,
    json_bytes,
    number_record,
    real_report_of,
    record_created,
    report_of,
    row_of,
)

OK, FAILED, NOT_CHECKABLE = Outcome.OK, Outcome.FAILED, Outcome.NOT_CHECKABLE
MIRROR = Signer(b"m" * 32, "mirror-1", "mirror.example", "mirror")


def with_rows(kind: DocumentKind, *outcomes: Outcome) -> Report:
    return Report("document", kind, None, tuple(Check("$", "SPEC 10", each) for each in outcomes))


class TestVerdicts:
    @pytest.mark.parametrize("kind", DocumentKind)
    def test_of_rows(self, kind: DocumentKind) -> None:
        signed = kind in (DocumentKind.BUNDLE, DocumentKind.EVENTS, DocumentKind.EVIDENCE)
        good = DocumentVerdict.OK if signed else DocumentVerdict.CONSISTENT
        assert with_rows(kind, OK, NOT_CHECKABLE).verdict is good
        assert with_rows(kind, OK, NOT_CHECKABLE).ok
        for bad in ((), (NOT_CHECKABLE,), (OK, FAILED), (FAILED, NOT_CHECKABLE)):
            assert with_rows(kind, *bad).verdict is DocumentVerdict.FAILED
            assert not with_rows(kind, *bad).ok

    def test_of_what_cannot_be_read(self) -> None:
        report = unreadable_report("a.json", "a.json: it is no JSON")
        assert (report.verdict, report.ok, report.checks) == (DocumentVerdict.UNREADABLE, False, ())
        value = report.to_dict()
        assert (value["verdict"], value["ok"], value["kind"]) == ("unreadable", False, None)
        assert value["problem"] == "a.json: it is no JSON"

    @pytest.mark.parametrize(
        ("path", "verdict", "signed", "unsigned"),
        [
            (BUNDLE_FILE, "ok", ("$",), ()),
            (STATE_FILE, "consistent", ("$.current.canonical_record",), ("$",)),
            (RECORD_FILE, "consistent", ("$.canonical_record",), ("$",)),
            (MANIFEST_FILE, "consistent", (), ("$",)),
        ],
    )
    def test_of_published_documents(
        self, path: Any, verdict: str, signed: Any, unsigned: Any
    ) -> None:
        report = verify_document(load_document(path))
        assert (report.verdict, report.ok) == (verdict, True)
        assert (report.signed, report.unsigned) == (signed, unsigned)
        assert report.to_dict()["verdict"] == verdict

    @pytest.mark.parametrize(
        ("change", "signed"),
        [
            (lambda bundle: bundle.update(more=1), ("$.events[0]", "$.events[1]")),
            (lambda bundle: bundle["events"][0].update(more=1), ("$.events[1]",)),
            (lambda bundle: bundle["bundle_signature"].update(bundle_sha256="0" * 64), None),
            (lambda bundle: bundle["bundle_signature"].update(key_id="another"), None),
            (lambda bundle: bundle.pop("bundle_signature"), None),
            (lambda bundle: bundle.pop("events"), ()),
        ],
    )
    def test_of_a_forged_bundle_what_is_signed_is_what_verifies(
        self, change: Callable[[Any], None], signed: Any
    ) -> None:
        bundle = json.loads(BUNDLE_FILE.read_bytes())
        change(bundle)
        report = verify_document(document_of(bundle))
        signed = ("$.events[0]", "$.events[1]") if signed is None else signed
        assert (report.verdict, report.signed, report.unsigned) == ("failed", signed, ("$",))

    def test_of_a_list_each_event_is_signed_by_itself(self) -> None:
        events = json.loads(BUNDLE_FILE.read_bytes())["events"]
        for values, signed in (
            (events, ("$",)),
            ([*events, {}], ("$[0]", "$[1]")),
            ([{**events[0], "signature": None}, events[1]], ("$[1]",)),
            ([{}], ()),
            ([], ()),
        ):
            report = verify_document(document_of(values))
            unsigned = () if signed == ("$",) else ("$",)
            assert (report.signed, report.unsigned) == (signed, unsigned)

    def test_of_a_state_that_shows_another_record_than_the_signed_one_nothing_is(self) -> None:
        state = json.loads(STATE_FILE.read_bytes())
        state["current"]["canonical_record"]["more"] = 1
        report = verify_document(document_of(state))
        assert (report.verdict, report.signed) == ("failed", ())

    def test_of_documents_without_a_record_nothing_is_signed(self) -> None:
        assert report_of(state_of(event())).signed == ()
        assert report_of(number_record()).signed == ("$.canonical_record",)


@pytest.mark.parametrize("path", [BUNDLE_FILE, STATE_FILE, MANIFEST_FILE])
class TestAnotherMergeVersion:
    def test_is_unsupported_and_says_which_are_known(self, path: Any) -> None:
        value = {**json.loads(path.read_bytes()), "merge_version": "pith-open-graph-merge-v0"}
        report = real_report_of(value)
        assert (report.verdict, report.ok) == (DocumentVerdict.UNSUPPORTED, False)
        (row,) = report.checks
        assert (row.what, row.outcome) == ("$.merge_version", NOT_CHECKABLE)
        assert row.stated == "pith-open-graph-merge-v0"
        for text in (str(report.problem), str(row.why)):
            assert "pith-open-graph-merge-v0" in text
            assert "pith-open-graph-merge-v1" in text

    def test_that_is_no_text_fails(self, path: Any) -> None:
        for version in (None, 1, ["pith-open-graph-merge-v1"]):
            report = real_report_of({**json.loads(path.read_bytes()), "merge_version": version})
            assert report.verdict is DocumentVerdict.FAILED
            assert "$.merge_version" in failed_rows(report)


TYPES = {
    "bundle_type": "pith_open_graph_bundle",
    "state_type": "pith_open_graph_state",
    "record_type": "pith_number_record",
    "manifest_type": "pith_mirror_manifest",
}


@pytest.mark.parametrize("other", TYPES)
@pytest.mark.parametrize("member", TYPES)
def test_a_document_is_of_one_kind(member: str, other: str) -> None:
    for value in (TYPES[other], f"{TYPES[other]} ", None, 5):
        document = {member: TYPES[member], other: value}
        if member == other:
            continue
        with pytest.raises(DocumentError, match=f"{member} and {other}|{other} and {member}"):
            load_document(json_bytes(document))


BUILT_AT = day(30)


class TestWhoSignsABundle:
    WHAT = "$.bundle_signature (its signer)"

    def bundle_by(self, signer: Signer, built_at: Any = BUILT_AT) -> dict[str, Any]:
        bundle = build_bundle(
            [record_created(), graph_snapshot()], REGISTRY, built_at=day(30), keyring=KEYRING
        )
        return sign_bundle({**bundle, "built_at": built_at}, signer, signed_at=day(30))

    def keyring(self, signer: Signer, **window: str) -> Keyring:
        entries = [key.to_entry() for key in KEYRING.keys if key != signer.key]
        return Keyring.empty().with_entries([*entries, {**signer.key.to_entry(), **window}])

    def test_a_registry(self) -> None:
        report = report_of(self.bundle_by(REGISTRY))
        assert report.verdict == "ok"
        row = row_of(report, self.WHAT)
        assert (row.outcome, row.stated, row.why) == (OK, "pith_registry", None)

    def test_a_mirror_which_is_said(self) -> None:
        report = report_of(self.bundle_by(MIRROR), self.keyring(MIRROR))
        assert report.verdict == "ok"
        row = row_of(report, self.WHAT)
        assert (row.outcome, row.stated) == (OK, "mirror")
        assert "mirror.example" in str(row.why)

    def test_nobody_else(self) -> None:
        report = report_of(self.bundle_by(AUTHOR))
        assert failed_rows(report) == [self.WHAT]
        assert row_of(report, self.WHAT).stated == "author"

    @pytest.mark.parametrize(
        ("window", "built_at", "outcome"),
        [
            ({}, day(30), OK),
            ({}, "yesterday", NOT_CHECKABLE),
            ({}, None, NOT_CHECKABLE),
            ({"valid_from": day(30)}, day(30), OK),
            ({"valid_until": day(30)}, day(30), OK),
            ({"valid_from": day(31)}, day(30), FAILED),
            ({"valid_until": day(29)}, day(30), FAILED),
            ({"valid_until": day(29)}, "yesterday", FAILED),
        ],
    )
    def test_in_the_window_of_its_key(
        self, window: dict[str, str], built_at: Any, outcome: Outcome
    ) -> None:
        keyring = self.keyring(MIRROR, **window)
        report = report_of(self.bundle_by(MIRROR, built_at), keyring)
        row = row_of(report, "$.built_at")
        assert (row.rule, row.outcome) == ("SPEC 3.5", outcome)
        assert report.ok is (outcome is not FAILED)

    def test_a_key_that_nobody_trusts(self) -> None:
        report = report_of(self.bundle_by(MIRROR))
        assert failed_rows(report) == ["$.bundle_signature.signature_b64"]
        assert row_of(report, "$.built_at").outcome is NOT_CHECKABLE


class TestEventsThatNoRuleCovers:
    """SPEC 10.4: integrity events and challenges may come."""

    STATE = "$.state (merged anew, byte by byte)"

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ({"event_type": "pith.integrity.v1"}, "pith.integrity.v1"),
            ({"schema_version": "2.0"}, "mirror_hint"),
            ({"event_id": 7, "signer": None}, "mirror_hint"),
        ],
    )
    def test_are_named_as_the_likely_cause(self, change: dict[str, Any], named: str) -> None:
        strange = {**event("mirror_hint"), **change}
        bundle = bundle_of(record_created(), graph_snapshot())
        bundle = {**bundle, "events": [*bundle["events"], strange]}
        report = report_of(sign_bundle(bundle, REGISTRY, signed_at=day(30)))
        row = row_of(report, self.STATE)
        assert row.outcome is FAILED
        assert "the likely cause: $.events[2]" in str(row.why)
        assert named in str(row.why)
        assert "SPEC 10.4" in str(row.why)

    def test_are_not_named_where_there_are_none(self) -> None:
        bundle = bundle_of(record_created(), graph_snapshot())
        bundle = {**bundle, "events": [*bundle["events"], event()]}
        report = report_of(sign_bundle(bundle, REGISTRY, signed_at=day(30)))
        row = row_of(report, self.STATE)
        assert row.outcome is FAILED
        assert "likely" not in str(row.why)


class TestBundlesOfTheRegistryThatListOtherAliases:
    def bundle_with(self, aliases: list[dict[str, Any]]) -> Report:
        return report_of(
            build_bundle(
                [record_created(), graph_snapshot()],
                REGISTRY,
                built_at=day(30),
                keyring=KEYRING,
                source_aliases=aliases,
            )
        )

    def test_kinds_may_be_missing_and_others_may_come(self) -> None:
        aliases = bundle_of(record_created())["source_aliases"]
        assert [alias["alias_kind"] for alias in aliases][2] == "doi"
        strange = {"alias_kind": "zenodo", "alias_value": "1", "created_at": day(9)}
        for some in (aliases[:2] + aliases[3:], [*aliases, strange], [strange], aliases[5:]):
            report = self.bundle_with(some)
            assert report.verdict == "ok"
            assert row_of(report, "$.source_aliases").outcome is NOT_CHECKABLE

    def test_a_value_that_a_rule_makes_is_checked(self) -> None:
        aliases = bundle_of(record_created())["source_aliases"]
        aliases[2]["alias_value"] = "10.48550/arxiv.2613.00002"
        report = self.bundle_with(aliases)
        assert failed_rows(report) == ["$.source_aliases[2].alias_value (doi)"]

"""Reason codes about forms, digests and payloads (SPEC 5.1), and what the table says as a whole.

The ways to each code, and what stands right beside them. That each code has a scenario, and what
its state says, is tested in `test_scenarios`; the order of the rows in `test_table_order`;
signatures in `test_reasons_signatures`, records in `test_reasons_records`, ``prev_event`` in
`test_reasons_parents`; events of which several copies are given in `test_reasons_copies`.
"""

import json
from typing import Any

import pytest

from fixtures.generators.cast import NUMBER, OTHER_NUMBER, RECORD, day
from pithmerge import Keyring, Reason, merge
from pithmerge.building import build_record_created
from pithmerge.core.rules import V1
from pithmerge.fixtures import synthetic, synthetic_names
from pithmerge.fixtures.signers import AUTHOR, KEYRING, REGISTRY, STRANGER
from pithmerge.spec.digests import digest
from pithmerge.spec.validity import ROWS_OF_SIGNATURES
from tests.support.reasons_of import (
    ABSENT,
    HEX,
    HINT,
    NO_OBJECTS,
    NO_STRINGS,
    NOBODY,
    RECORD_CREATED,
    SNAPSHOT,
    cases,
    edited,
    reason_of,
    receipt_by,
    shown,
    signed,
    with_payload,
)

SIGNER = HINT["signer"]

# malformed_event


@pytest.mark.parametrize("value", [None, True, False, 0, -1, 1.5, "", "text", [], [HINT]])
def test_what_is_no_object_is_malformed(value: Any) -> None:
    assert reason_of(value) == "malformed_event"


NOT_OF_ITS_FORM = cases(
    ("event_type", [*NO_STRINGS, ""]),
    ("target", [*NO_STRINGS, ""]),
    ("schema_version", [*NO_STRINGS, ""]),
    (
        "subject_pith_number",
        [
            *NO_STRINGS,
            "",
            NUMBER.lower(),
            NUMBER.upper(),
            f"{NUMBER}\n",
            f" {NUMBER}",
            f"{NUMBER}A",
            NUMBER[:-1],
            NUMBER.replace("2026", "226"),
            NUMBER.replace("2026", "12026"),
            NUMBER.replace("2026", "-026"),
            NUMBER.replace("2026", "٢٠٢٦"),
            NUMBER.replace("2026", "２０２６"),
            *(f"{NUMBER[:-1]}{character}" for character in "0189a=İＡ"),
            NUMBER.removeprefix("pith:"),
        ],
    ),
    ("payload", NO_OBJECTS),
    ("signer", NO_OBJECTS),
    *(
        ("signer", [edited(SIGNER, {name: value}) for value in [*NO_STRINGS, ""]])
        for name in ("signer_id", "signer_type", "key_id", "public_key_fingerprint")
    ),
    (
        "created_at",
        [
            *NO_STRINGS,
            "",
            "2026-03-02",
            "2026-03-02T12:00:00",
            "2026-03-02T12:00:00Z\n",
            " 2026-03-02T12:00:00Z",
            "2026-03-02 12:00:00Z",
            "2026-03-02t12:00:00Z",
            "2026-03-02T12:00:00z",
            "2026-03-02T12:00:00+00:00",
            "2026-03-02T12:00:00.0Z",
            "2026-03-02T12:00:00,5Z",
            "2026-03-02T12:00Z",
            "2026-3-02T12:00:00Z",
            "26-03-02T12:00:00Z",
            "12026-03-02T12:00:00Z",
            "-2026-03-02T12:00:00Z",
            "0000-03-02T12:00:00Z",
            "2026-00-02T12:00:00Z",
            "2026-13-02T12:00:00Z",
            "2026-03-00T12:00:00Z",
            "2026-03-32T12:00:00Z",
            "2026-04-31T12:00:00Z",
            "2026-02-29T12:00:00Z",
            "1900-02-29T12:00:00Z",
            "2100-02-29T12:00:00Z",
            "2024-02-30T12:00:00Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02T12:60:00Z",
            "2016-12-31T23:59:60Z",
            "2026-W10-1T12:00:00Z",
            "20260302T120000Z",
            "２０２６-03-02T12:00:00Z",
            "2026-03-02T12:00:0٠Z",
        ],
    ),
    (
        "supersedes",
        [
            ABSENT,
            None,
            True,
            "",
            NOBODY,
            {},
            {NOBODY: NOBODY},
            [None],
            [7],
            [[]],
            [[NOBODY]],
            [""],
            [NOBODY, NOBODY],
            [NOBODY, f"sha256:{HEX}", NOBODY],
            [NOBODY, ""],
        ],
    ),
    ("prev_event", [ABSENT, False, 0, "", [], [NOBODY], {}]),
    *(
        case
        for bad in (
            HEX,
            f"sha256:{HEX.upper()}",
            f"SHA256:{HEX}",
            f"sha256:{HEX[:-1]}",
            f"sha256:{HEX}0",
            f"sha256:{HEX}\n",
            f" sha256:{HEX}",
            f"sha256:{HEX[:-1]}g",
            f"sha256:{HEX[:-1]}٣",
            f"sha512:{HEX}",
            "sha256:",
        )
        for case in (("prev_event", [bad]), ("supersedes", [[bad]]))
    ),
)


@pytest.mark.parametrize(("member", "value"), NOT_OF_ITS_FORM, ids=shown)
def test_content_member_missing_or_not_of_its_form(member: str, value: Any) -> None:
    assert reason_of(signed(HINT, {member: value})) == "malformed_event"


@pytest.mark.parametrize(
    ("member", "value"),
    cases(
        ("target", [" ", "\n", "\0", "\U0001f600"]),
        ("payload", [{}, {"": None}]),
        ("signer", [{**SIGNER, "name": None, "more": {}}]),
        (
            "created_at",
            [
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59Z",
                "2024-02-29T12:00:00Z",
                "2000-02-29T12:00:00Z",
                "1582-10-10T12:00:00Z",
            ],
        ),
        ("supersedes", [[NOBODY], [NOBODY, f"sha256:{HEX}"]]),
        ("a_member_of_another_time", [None, 1.5, {"kept": "and digested"}]),
    ),
    ids=shown,
)
def test_content_member_of_its_form(member: str, value: Any) -> None:
    assert reason_of(signed(HINT, {member: value})) is None


def test_unknown_member_is_digested() -> None:
    changed = {**signed(HINT, {"extra": 1}), "extra": 2}
    assert reason_of(changed) == "content_hash_mismatch"


# What events name: unsupported_schema_version to event_id_mismatch


@pytest.mark.parametrize("value", ["2.0", "1", "1.0.0", "1.1", "01.0", "1.0 ", "1.0\n", "１.0"])
def test_unsupported_schema_version(value: str) -> None:
    assert reason_of(signed(HINT, {"schema_version": value})) == "unsupported_schema_version"


@pytest.mark.parametrize(
    "value", ["mirror_hints", "Mirror_Hint", "mirror-hint", "mirror_hint ", "record", "none", " "]
)
def test_unknown_event_type(value: str) -> None:
    assert reason_of(signed(HINT, {"event_type": value})) == "unknown_event_type"


@pytest.mark.parametrize("value", [OTHER_NUMBER, NUMBER.replace("2026", "2025")])
def test_subject_mismatch(value: str) -> None:
    assert reason_of(signed(HINT, {"subject_pith_number": value})) == "subject_mismatch"
    assert reason_of(HINT, pith_number=value) == "subject_mismatch"


@pytest.mark.parametrize(
    "value",
    [*NO_STRINGS, "", HEX, HINT["content_sha256"].upper(), HINT["event_id"]],
    ids=shown,
)
def test_content_hash_mismatch(value: Any) -> None:
    assert reason_of(edited(HINT, {"content_sha256": value})) == "content_hash_mismatch"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("event_type", "correction"),
        ("target", "elsewhere"),
        ("payload", {"says": "something else"}),
        ("signer", {**SIGNER, "note": None}),
        ("created_at", day(3)),
        ("supersedes", [NOBODY]),
        ("prev_event", NOBODY),
        ("extra", None),
    ],
)
def test_content_that_was_changed_after_signing(member: str, value: Any) -> None:
    assert reason_of({**HINT, member: value}) == "content_hash_mismatch"


@pytest.mark.parametrize(
    "value",
    [*NO_STRINGS, "", NOBODY, HINT["content_sha256"], HINT["event_id"].upper()],
    ids=shown,
)
def test_event_id_mismatch(value: Any) -> None:
    assert reason_of(edited(HINT, {"event_id": value})) == "event_id_mismatch"


# payload_invalid


@pytest.mark.parametrize("value", NO_OBJECTS, ids=shown)
def test_payload_invalid(value: Any) -> None:
    payload = edited(SNAPSHOT["payload"], {"graph_snapshot": value})
    assert reason_of(signed(SNAPSHOT, {"payload": payload}, REGISTRY)) == "payload_invalid"


@pytest.mark.parametrize("value", [{}, {"graph_snapshot": None}, {"any": [1.5]}])
def test_payload_with_any_snapshot_object(value: Any) -> None:
    payload = {"graph_snapshot": value}
    assert reason_of(signed(SNAPSHOT, {"payload": payload}, REGISTRY)) is None


# SPEC 5.1a

ABOUT_SIGNATURES = {row.__name__ for row in ROWS_OF_SIGNATURES}


@pytest.mark.parametrize("name", [name for name in synthetic_names() if name.startswith("reason-")])
def test_the_rows_about_signatures_are_skipped_without_signature_checking(name: str) -> None:
    given = json.loads(synthetic(name))
    reason = name.removeprefix("reason-").removesuffix(".json")
    *others, bad = given["events"]
    keyring = Keyring.empty().with_entries(given["keys"])
    found = reason_of(bad, *others, keyring=keyring, verify_signatures=False)
    # The parent of prev_event_invalid has lost its signature, which is no fault now.
    assert found == (None if reason in {*ABOUT_SIGNATURES, "prev_event_invalid"} else reason)


def test_nothing_of_a_signature_is_looked_at_without_signature_checking() -> None:
    for value in (ABSENT, None, 0, "text", [], {}, {"signature_b64": None}):
        assert reason_of(edited(HINT, {"signature": value}), verify_signatures=False) is None
    record = signed(RECORD_CREATED, {"signer": AUTHOR.as_member()}, AUTHOR)
    assert reason_of(record, verify_signatures=False) is None
    assert reason_of(HINT, keyring=Keyring.empty(), verify_signatures=False) is None


def test_receipt_is_checked_without_signature_checking() -> None:
    for bad in (receipt_by(AUTHOR), receipt_by(STRANGER), receipt_by(REGISTRY, HEX)):
        event = with_payload({"receipt": bad})
        assert reason_of(event, verify_signatures=False) == "receipt_invalid"
    assert reason_of(RECORD_CREATED, verify_signatures=False) is None
    empty = Keyring.empty()
    assert reason_of(RECORD_CREATED, keyring=empty, verify_signatures=False) == "receipt_invalid"


def test_state_says_whether_signatures_were_checked() -> None:
    assert merge([HINT], keyring=KEYRING).signatures_verified is True
    assert merge([HINT], keyring=KEYRING, verify_signatures=False).signatures_verified is False


# SPEC 5.4, 8.7


def test_rejected_events_are_named_by_their_computed_identity() -> None:
    content = {"anything": [1, 2.5, None], "é": "\U0001f600"}
    values: list[Any] = [
        {**HINT, "event_id": NOBODY},
        {**content, "event_id": NOBODY, "content_sha256": HEX, "signature": {}},
        {},
        None,
        "text",
        1.0,
        1,
        [content],
    ]
    state = merge(values, pith_number=NUMBER, keyring=KEYRING)
    found = [x.event_id for x in state.invalid_events]
    assert found == sorted(
        [
            HINT["event_id"],
            f"sha256:{digest(content)}",
            f"sha256:{digest({})}",
            f"sha256:{digest(None)}",
            f"sha256:{digest('text')}",
            f"sha256:{digest(1.0)}",
            f"sha256:{digest(1)}",
            f"sha256:{digest([content])}",
        ]
    )
    assert NOBODY not in found


def test_every_reason_has_its_row_and_explains_itself() -> None:
    assert V1.reasons == tuple(Reason)
    assert [V1.rank(reason) for reason in Reason] == list(range(len(Reason)))
    assert [V1.explanation(reason) for reason in Reason] == [each.explanation for each in Reason]
    assert len({reason.explanation for reason in Reason}) == len(Reason)
    names = [name for name in synthetic_names() if name.startswith("reason-")]
    assert names == sorted(f"reason-{reason}.json" for reason in Reason)


def test_events_about_another_paper_are_valid_in_its_graph() -> None:
    other = edited(RECORD, {"source": edited(RECORD["source"], {"version": 2})})
    created = build_record_created(REGISTRY, other, created_at=day(1))
    assert reason_of(created) == "subject_mismatch"
    assert reason_of(created, pith_number=OTHER_NUMBER) is None

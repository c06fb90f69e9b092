"""Reason codes about records and their receipts: SPEC 5.1 and 5.1b."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fixtures.generators.cast import NUMBER, RECORD, day, record_created
from pithmerge.building import number_of
from pithmerge.crypto import SignedMessage
from pithmerge.fixtures.signers import AUTHOR, REGISTRY, REGISTRY_NEXT, STRANGER, keyring_of
from pithmerge.spec.digests import digest
from tests.support.reasons_of import (
    ABSENT,
    BLOCK_MEMBERS,
    HEX,
    HINT,
    NO_STRINGS,
    PAYLOAD,
    RECORD_CREATED,
    UNSUPPORTED,
    cases,
    edited,
    not_canonical,
    reason_of,
    receipt_by,
    shown,
    signed,
    with_payload,
    with_receipt,
)

# record_mismatch


@pytest.mark.parametrize(
    "member",
    [
        "canonical_record",
        "canonical_sha256",
        "source_kind",
        "source_id",
        "source_version",
        "receipt",
    ],
)
@pytest.mark.parametrize("value", [ABSENT, None, True, 7, "text", [], ["text"], {}], ids=shown)
def test_payload_of_a_record_with_a_wrong_member(member: str, value: Any) -> None:
    assert reason_of(with_payload({member: value})) == "record_mismatch"


@pytest.mark.parametrize(
    ("member", "value"),
    cases(
        ("canonical_sha256", [HEX, PAYLOAD["canonical_sha256"].upper(), f"sha256:{HEX}"]),
        ("source_kind", ["ArXiv", "arxiv "]),
        ("source_id", ["2613.00002", "2613.00001v1", 2613.00001]),
        ("source_version", [2, 1.0, True, "1", [1], 10**30]),
        ("receipt", [edited(PAYLOAD["receipt"], {"canonical_sha256": HEX})]),
        ("receipt", [edited(PAYLOAD["receipt"], {"canonical_sha256": ABSENT})]),
        ("receipt", [edited(PAYLOAD["receipt"], {"canonical_sha256": None})]),
        ("canonical_record", [{**RECORD, "extra": None}]),
    ),
    ids=shown,
)
def test_payload_of_a_record_that_disagrees(member: str, value: Any) -> None:
    assert reason_of(with_payload({member: value})) == "record_mismatch"


def created_of(record: Any, subject: str, **members: Any) -> dict[str, Any]:
    """A ``record_created`` event of any canonical record, its digests and receipt right."""
    canonical_sha256 = digest(record)
    block = REGISTRY.block(canonical_sha256, SignedMessage.RECEIPT, signed_at=day(1))
    payload = {
        "canonical_record": record,
        "canonical_sha256": canonical_sha256,
        "receipt": {**block, "canonical_sha256": canonical_sha256},
        "source_kind": "arxiv",
        "source_id": "2613.00001",
        "source_version": 1,
        **members,
    }
    content = {"payload": payload, "subject_pith_number": subject}
    return signed(RECORD_CREATED, content, REGISTRY)


def number(record: Any, year: str = "2026") -> str:
    """The number that a record has but for its year (SPEC 2.2), in the naive way."""
    bits = f"{int(digest(record), 16):0256b}"
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return f"pith:{year}:" + "".join(alphabet[int(bits[i : i + 5], 2)] for i in range(0, 130, 5))


def test_created_of_makes_valid_events() -> None:
    assert reason_of(created_of(RECORD, NUMBER)) is None


METADATA, SOURCE = RECORD["metadata"], RECORD["source"]


@pytest.mark.parametrize(
    "record",
    [
        None,
        True,
        1.0,
        "text",
        [],
        [RECORD],
        {},
        edited(RECORD, {"metadata": ABSENT}),
        *(edited(RECORD, {"metadata": value}) for value in (None, 7, "text", [], [METADATA], {})),
        *(
            edited(RECORD, {"metadata": edited(METADATA, {"submitted_at": value})})
            for value in (ABSENT, None, 2026, ["2026"], "", "202", "2025-01-02T03:04:05Z", " 2026")
        ),
        edited(RECORD, {"source": ABSENT}),
        *(edited(RECORD, {"source": value}) for value in (None, 7, "text", [], [SOURCE], {})),
    ],
    ids=shown,
)
def test_record_from_which_no_number_or_source_comes(record: Any) -> None:
    subject = number(record)
    assert reason_of(created_of(record, subject), pith_number=subject) == "record_mismatch"


def test_subject_of_a_record() -> None:
    record = edited(RECORD, {"extra": 1})
    assert reason_of(created_of(record, NUMBER)) == "record_mismatch"
    other_year = NUMBER.replace("2026", "2025")
    assert reason_of(created_of(RECORD, other_year), pith_number=other_year) == "record_mismatch"
    own = number(record)
    assert reason_of(created_of(record, own), pith_number=own) is None


@pytest.mark.parametrize("year", ["0000", "9999", "1991"])
@pytest.mark.parametrize("rest", ["", "-01-02T03:04:05Z", "5", " is not looked at"])
def test_year_of_a_record_is_four_characters(year: str, rest: str) -> None:
    record = edited(RECORD, {"metadata": edited(METADATA, {"submitted_at": f"{year}{rest}"})})
    subject = number(record, year)
    assert number_of(record) == subject
    assert reason_of(created_of(record, subject), pith_number=subject) is None


VERSIONS = [1, 1.0, True, "1", None, 2, [1], {"1": 1}, 10**30]


@pytest.mark.parametrize(("said", "meant"), list(itertools.product(VERSIONS, VERSIONS)), ids=shown)
def test_two_values_agree_iff_their_canonical_bytes_are_equal(said: Any, meant: Any) -> None:
    record = edited(RECORD, {"source": edited(SOURCE, {"version": meant})})
    subject = number(record)
    agree = json.dumps(said) == json.dumps(meant)
    reason = reason_of(created_of(record, subject, source_version=said), pith_number=subject)
    assert reason == (None if agree else "record_mismatch")


@pytest.mark.parametrize("member", ["kind", "id", "version"])
def test_missing_is_not_null(member: str) -> None:
    without = edited(RECORD, {"source": edited(SOURCE, {member: ABSENT})})
    null = edited(RECORD, {"source": edited(SOURCE, {member: None})})
    for record, payload_value, reason in (
        (without, None, "record_mismatch"),
        (without, ABSENT, "record_mismatch"),
        (null, ABSENT, "record_mismatch"),
        (null, None, None),
    ):
        made = created_of(record, number(record))
        payload = edited(made["payload"], {f"source_{member}": payload_value})
        asked = signed(made, {"payload": payload}, REGISTRY)
        assert reason_of(asked, pith_number=number(record)) == reason


# receipt_invalid


RECEIPT = PAYLOAD["receipt"]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *cases(*((name, NO_STRINGS) for name in BLOCK_MEMBERS)),
        *cases(("signature_b64", not_canonical(RECEIPT["signature_b64"]))),
        *UNSUPPORTED,
        *cases(
            ("signed_message", ["", "open_graph_event_sha256_bytes", "bundle_sha256_bytes"]),
            ("public_key_fingerprint", ["", AUTHOR.key.fingerprint, STRANGER.key.fingerprint]),
            ("public_key_fingerprint", [REGISTRY.key.fingerprint.upper()]),
            ("key_id", ["", AUTHOR.key_id, REGISTRY_NEXT.key_id]),
        ),
    ],
    ids=shown,
)
def test_receipt_with_a_wrong_member(member: str, value: Any) -> None:
    assert reason_of(with_receipt({member: value})) == "receipt_invalid"


@pytest.mark.parametrize(
    "receipt",
    [
        receipt_by(AUTHOR),
        receipt_by(STRANGER),
        receipt_by(REGISTRY, HEX),
        receipt_by(replace(REGISTRY, seed=AUTHOR.seed)),
        {**receipt_by(AUTHOR), "public_key_fingerprint": REGISTRY.key.fingerprint},
        {**receipt_by(REGISTRY), "signature_b64": HINT["signature"]["signature_b64"]},
    ],
)
def test_receipt_that_the_registry_did_not_sign(receipt: Any) -> None:
    assert reason_of(with_payload({"receipt": receipt})) == "receipt_invalid"


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"signed_at": ""},
        {"signed_at": "2099-01-01", "first_computed_at": None, "last_reissued_at": 7},
        {"kind": ABSENT, "receipt_version": ABSENT, "more": [1.5]},
        {"signer_type": "author"},
    ],
)
def test_receipt_whose_other_members_do_not_count(members: Mapping[str, Any]) -> None:
    assert reason_of(with_receipt(members)) is None


def test_receipt_outlives_the_key_that_signed_it() -> None:
    """SPEC 5.1b: any pith_registry key of the keyring counts, and no window applies to it."""
    by_new_key = record_created(day(5), REGISTRY_NEXT)
    rotated = {**by_new_key["payload"], "receipt": receipt_by(REGISTRY)}
    event = signed(by_new_key, {"payload": rotated}, REGISTRY_NEXT)
    expired = replace(REGISTRY.key, valid_until="2020-01-01T00:00:00Z")
    other_name = replace(REGISTRY.key, signer_id="former.example")
    for old_key in (REGISTRY.key, expired, other_name):
        assert reason_of(event, keyring=keyring_of(old_key, REGISTRY_NEXT.key)) is None
    demoted = replace(REGISTRY.key, signer_type="former_registry")
    for keyring in (keyring_of(demoted, REGISTRY_NEXT.key), keyring_of(REGISTRY_NEXT.key)):
        assert reason_of(event, keyring=keyring) == "receipt_invalid"


def test_rows_of_a_record_ask_nothing_of_other_types() -> None:
    """A payload that would fail in a record, or in a snapshot, is no matter in a hint."""
    wrong = {**PAYLOAD, "canonical_sha256": HEX, "receipt": None, "graph_snapshot": None}
    assert reason_of(signed(HINT, {"payload": wrong})) is None
    assert reason_of(with_payload({"graph_snapshot": None})) is None

"""Building and signing (SPEC 2, 3, 4, 10.1), and the names of records: `pithmerge.core.numbers`."""

import base64
import hashlib
import json
from typing import Any

import pytest
from nacl.signing import VerifyKey

from pithmerge import EventType, MergeError, PithmergeError, Reason, merge
from pithmerge.building import (
    Signer,
    build_canonical_record,
    build_receipt,
    build_record_created,
    build_record_payload,
    number_of,
    sign_event,
)
from pithmerge.core.numbers import (
    pith_number_of,
    title_digest,
)
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from tests.support.paper import (
    AUTHOR,
    BUNDLE_FILE,
    FORGER,
    KEYRING,
    NUMBER,
    RECORD,
    REGISTRY,
    day,
    digest_of,
    event,
    graph_snapshot,
    record_created,
)

BUNDLE = json.loads(BUNDLE_FILE.read_bytes())
CONTENT = [name for name in event() if name not in UNDIGESTED_MEMBERS]


def verifies(block: dict[str, Any], signed_digest: str, signer: Signer) -> bool:
    """Whether a signature verifies, by PyNaCl alone."""
    key = VerifyKey(signer.key.public_key)
    signature = base64.b64decode(block["signature_b64"], validate=True)
    return key.verify(bytes.fromhex(signed_digest), signature) == bytes.fromhex(signed_digest)


class TestEvents:
    @pytest.mark.parametrize("event_type", EventType)
    def test_a_built_event_is_valid(self, event_type: EventType) -> None:
        built = record_created()
        if event_type is not EventType.RECORD_CREATED:
            built = event(event_type, payload={"graph_snapshot": {}})
        state = merge([built], keyring=KEYRING)
        assert state.applied_event_ids == (built["event_id"],)
        assert state.applied_events[0].event_type == event_type

    def test_it_has_the_members_of_a_published_one(self) -> None:
        for built, published in zip(
            (record_created(), graph_snapshot()), BUNDLE["events"], strict=True
        ):
            assert set(built) == set(published)
            assert set(built["signature"]) == set(published["signature"])
            assert list(built["signer"]) == list(published["signer"])
            assert list(built["payload"]) == list(published["payload"])
        receipt = BUNDLE["events"][0]["payload"]["receipt"]
        assert set(record_created()["payload"]["receipt"]) == set(receipt) - {"builder_version"}

    def test_its_members_stand_in_the_order_of_a_published_one(self) -> None:
        for built, published in zip(
            (record_created(), graph_snapshot()), BUNDLE["events"], strict=True
        ):
            assert list(built) == list(published)
            assert list(sign_event(built, REGISTRY, signed_at=day(1))) == list(published)
            assert list(sign_event(published, REGISTRY, signed_at=day(1))) == list(published)

    def test_members_beyond_the_known_ones_stand_with_the_content(self) -> None:
        content = {name: event()[name] for name in CONTENT}
        noted = sign_event({**content, "note": 1.0}, AUTHOR, signed_at=day(1))
        assert list(noted) == [
            *(name for name in CONTENT if name != "schema_version"),
            "note",
            "signature",
            "content_sha256",
            "schema_version",
            "event_id",
        ]
        assert noted["content_sha256"] == digest_of({**content, "note": 1.0})

    def test_its_digest_and_signature_are_those_of_its_content(self) -> None:
        built = event(payload={"é": [1e-7, 2**64]})
        content_sha256 = digest_of({name: built[name] for name in CONTENT})
        assert built["content_sha256"] == content_sha256
        assert built["event_id"] == f"sha256:{content_sha256}"
        assert verifies(built["signature"], content_sha256, AUTHOR)

    def test_it_says_what_it_was_given(self) -> None:
        links = {"supersedes": (f"sha256:{'0' * 64}",), "prev_event": f"sha256:{'1' * 64}"}
        built = event(EventType.MIRROR_HINT, AUTHOR, day(3), payload={"a": 1}, **links)
        assert built["event_type"] == "mirror_hint"
        assert type(built["event_type"]) is str
        assert built["subject_pith_number"] == NUMBER
        assert built["payload"] == {"a": 1}
        assert built["supersedes"] == [f"sha256:{'0' * 64}"]
        assert built["prev_event"] == f"sha256:{'1' * 64}"
        assert built["created_at"] == built["signature"]["signed_at"] == day(3)
        assert built["schema_version"] == "1.0"
        assert built["signer"] == {
            "signer_id": "author.example",
            "signer_type": "author",
            "key_id": "author-1",
            "public_key_fingerprint": hashlib.sha256(AUTHOR.key.public_key).hexdigest()[:32],
        }

    def test_the_date_of_the_signature_is_no_part_of_it(self) -> None:
        one, other = event(), event(signed_at=day(30))
        assert other["signature"]["signed_at"] == day(30)
        assert one["signature"]["signature_b64"] == other["signature"]["signature_b64"]
        assert one["event_id"] == other["event_id"]

    def test_the_content_may_be_anything(self) -> None:
        """Tests want to sign wrong events."""
        built = sign_event({"payload": None, "note": 1.0}, AUTHOR, signed_at="")
        assert list(built) == ["payload", "note", "signature", "content_sha256", "event_id"]
        assert built["content_sha256"] == digest_of({"payload": None, "note": 1.0})
        assert [entry.reason for entry in merge([built], pith_number=NUMBER).invalid_events] == [
            Reason.MALFORMED_EVENT
        ]

    @pytest.mark.parametrize(
        ("signer", "reason"),
        [
            (FORGER, Reason.SIGNER_MISMATCH),
            (REGISTRY, Reason.SIGNER_MISMATCH),
            (
                Signer(FORGER.seed, AUTHOR.key_id, AUTHOR.signer_id, "author"),
                Reason.SIGNER_MISMATCH,
            ),
        ],
    )
    def test_the_wrong_signer(self, signer: Signer, reason: Reason) -> None:
        content = {name: event()[name] for name in CONTENT}
        forged = sign_event(content, signer, signed_at=day(1))
        assert forged["signer"] == AUTHOR.as_member()
        assert [each.reason for each in merge([forged], keyring=KEYRING).invalid_events] == [reason]

    def test_the_wrong_key_under_the_right_name(self) -> None:
        content = {name: event()[name] for name in CONTENT}
        forged = sign_event(content, FORGER, signed_at=day(1))
        block = {
            **forged["signature"],
            "key_id": AUTHOR.key_id,
            "public_key_fingerprint": AUTHOR.key.fingerprint,
        }
        (rejected,) = merge([{**forged, "signature": block}], keyring=KEYRING).invalid_events
        assert rejected.reason is Reason.SIGNATURE_INVALID

    def test_a_whole_event_can_be_signed_anew(self) -> None:
        again = sign_event(event(), AUTHOR, signed_at=day(30))
        assert again["event_id"] == event()["event_id"]

    def test_what_has_no_canonical_form_is_not_signed(self) -> None:
        for payload in ({"a": float("nan")}, {"a": "\ud800"}, {1: 2}):
            with pytest.raises(PithmergeError):
                event(payload=payload)  # type: ignore[arg-type]

    def test_a_signer_does_not_show_its_private_key(self) -> None:
        assert AUTHOR.seed.hex() not in repr(AUTHOR)
        assert repr(AUTHOR.seed) not in repr(AUTHOR)


class TestReceiptsAndRecords:
    def test_a_receipt_signs_the_digest_of_the_record(self) -> None:
        payload = build_record_payload(RECORD, REGISTRY, signed_at=day(1))
        assert payload["canonical_sha256"] == digest_of(RECORD)
        assert payload["receipt"]["canonical_sha256"] == digest_of(RECORD)
        assert payload["receipt"]["signed_message"] == "canonical_sha256_bytes"
        assert verifies(payload["receipt"], digest_of(RECORD), REGISTRY)
        assert payload["receipt"] == build_receipt(digest_of(RECORD), REGISTRY, signed_at=day(1))

    def test_a_built_record_recomputes_to_a_published_one(self) -> None:
        published = BUNDLE["canonical_record"]
        metadata = published["metadata"]
        built = build_canonical_record(
            arxiv_id="2606.01509",
            version=1,
            submitted_at=metadata["submitted_at"],
            primary_cat="cs.LG",
            title_canon_sha256=title_digest(
                "ProbMoE: Differentiable Probabilistic Routing for Mixture-of-Experts"
            ),
            abstract_canon_sha256=metadata["abstract_canon_sha256"],
            cross_cats=["cs.AI"],
            license_url=metadata["license"],
        )
        assert built == published
        assert json.dumps(built) == json.dumps(published)
        assert number_of(built) == BUNDLE["pith_number"]

    def test_cross_categories_are_sorted(self) -> None:
        record = build_canonical_record(
            arxiv_id="1",
            version=1,
            submitted_at="2026",
            primary_cat="a",
            title_canon_sha256="",
            abstract_canon_sha256="",
            cross_cats=("math.LO", "cs.LO", "cs.AI"),
        )
        assert record["metadata"]["cross_cats_sorted"] == ["cs.AI", "cs.LO", "math.LO"]
        assert record["metadata"]["license"] == ""

    @pytest.mark.parametrize(
        "record",
        [
            {},
            {"metadata": None},
            {"metadata": []},
            {"metadata": "2026"},
            {"metadata": {}},
            {"metadata": {"submitted_at": None}},
            {"metadata": {"submitted_at": 2026}},
        ],
        ids=str,
    )
    def test_without_a_date_there_is_no_number(self, record: dict[str, Any]) -> None:
        assert pith_number_of(record, digest_of(record)) is None
        with pytest.raises(MergeError, match=r"no metadata\.submitted_at"):
            number_of(record)
        with pytest.raises(MergeError, match=r"no metadata\.submitted_at"):
            build_record_created(REGISTRY, record, created_at=day(1))

    def test_what_is_no_record_has_no_number(self) -> None:
        for value in (None, 5, "record", []):
            assert pith_number_of(value, "0" * 64) is None

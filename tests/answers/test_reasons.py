"""Each of the 20 reasons, explained on its own fixture: the values, the cause, the remedy."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from pithmerge import Explanation, Keyring, Reason, explain
from pithmerge.answers.gathering import EventVerdict
from pithmerge.core.judging import RowOutcome
from pithmerge.core.vocabulary import BUNDLE_TYPE

SYNTHETIC: Final = Path(__file__).parents[2] / "fixtures" / "synthetic"
HINT: Final = "sha256:767f2b1fec7e6a5fae31240f9c4bda4ee2669a7f16bb33e8cde93bc8041aae19"
OTHER: Final = "sha256:b1091c8595cdb1b63769dd961f1856fb4136e5f4411a675d3aa6b97efbcd274f"
HINT_SHA256, OTHER_SHA256 = (each.removeprefix("sha256:") for each in (HINT, OTHER))
ARCHIVE: Final = (
    'fingerprint "d8618688fc8e2b002bdafab0fbd79571", key_id "test-archive", signer '
    '"archive.example" of type "storage_provider"'
)
STRANGER: Final = (
    'fingerprint "314e9088abb71dee3b7657db71238ba9", key_id "test-stranger", signer '
    '"stranger.example" of type "pith_registry"'
)
SIGN_ANEW: Final = (
    f"a new signature over the digest {HINT_SHA256} by the key of {ARCHIVE}; or get the event "
    "again from its source"
)
NOTHING: Final = "nothing: its digests are of this content; "

EXPLAINED: Final[dict[Reason, tuple[str, str]]] = {
    Reason.MALFORMED_EVENT: (
        '$.created_at is "2026-02-29T12:00:00Z": it is a real instant, written '
        "YYYY-MM-DDTHH:MM:SSZ",
        "nothing: its signer has to make and sign it anew, in the form of SPEC 4.1",
    ),
    Reason.UNSUPPORTED_SCHEMA_VERSION: (
        'schema_version is "2.0", the version of these rules is "1.0"',
        'a newer pithmerge, if rules are published that know the schema_version "2.0"; under '
        "these nothing",
    ),
    Reason.UNKNOWN_EVENT_TYPE: (
        'event_type is "peer_review": pith-open-graph-merge-v1 knows record_created, '
        "graph_snapshot, author_attestation, timestamp_anchor, storage_attestation, "
        "citation_signature, replication_record, correction, mirror_hint",
        'a newer pithmerge, if rules are published that know the event_type "peer_review"; under '
        "these nothing",
    ),
    Reason.SUBJECT_MISMATCH: (
        'subject_pith_number is "pith:2026:FKHIANL2HMWFI2VZX467GH7F7R", the number of this graph '
        'is "pith:2026:WUMFPBU7HNGOT6HI3BPF3TOFJ4"',
        'nothing here: it belongs to a document about "pith:2026:FKHIANL2HMWFI2VZX467GH7F7R"',
    ),
    Reason.CONTENT_HASH_MISMATCH: (
        f'content_sha256 is "{OTHER_SHA256}", the digest of its content is "{HINT_SHA256}"',
        f"the content_sha256 {HINT_SHA256}, which nothing signs: the content is the one that its "
        "event_id names; get the event again from its source",
    ),
    Reason.EVENT_ID_MISMATCH: (
        f'event_id is "{OTHER}", the id of its content is "{HINT}"',
        f"the event_id {HINT}, which nothing signs; get the event again from its source",
    ),
    Reason.SIGNATURE_MISSING: (
        "signature is missing: an event carries a signature block",
        "its signature: get the event from a document that shows it, such as a bundle",
    ),
    Reason.SIGNATURE_MALFORMED: (
        'signature.signature_b64 is "69dLwylf7WtwOQSvaZ78u4NG+uR6F1yy3FioLMAm6NOFz5yUn7WUoJZsmhTAgu'
        'oj0XJlvnVqLWQYugSF5UkuDR==": it is the padded, canonical base64 of 64 bytes',
        SIGN_ANEW,
    ),
    Reason.SIGNATURE_UNSUPPORTED: (
        'signature.algorithm is "ed25519ph", the known one is "ed25519"',
        f"{SIGN_ANEW}; or a newer pithmerge, if rules are published that know this one",
    ),
    Reason.SIGNER_MISMATCH: (
        'signature.key_id is "test-author", signer.key_id is "test-archive"',
        "the block with the key_id and the fingerprint of its signer, whose signature it is: it "
        "was changed after it was signed; get the event again from its source",
    ),
    Reason.UNKNOWN_KEY: (
        f"no key is known for {STRANGER}",
        f"the public key of {STRANGER}: ask the signer for it, and name it by --key",
    ),
    Reason.SIGNER_NOT_RECOGNIZED: (
        'signer.signer_id is "registry.example", the keyring\'s signer_id for that key is '
        '"archive.example"',
        'nothing, if the keyring is right that the key is of "archive.example": its holder speaks '
        "for somebody else; if it is wrong, a key file that says fingerprint "
        '"d8618688fc8e2b002bdafab0fbd79571", key_id "test-archive", signer "registry.example" of '
        'type "storage_provider"',
    ),
    Reason.KEY_NOT_VALID: (
        "created_at 2026-03-02T12:00:01Z is after valid_until 2026-03-02T12:00:00Z of key "
        "test-archive",
        "a new event, dated and signed while the key is valid; or a key file whose valid_from and "
        "valid_until, if that is the truth, include 2026-03-02T12:00:01Z",
    ),
    Reason.NOT_AUTHORIZED: (
        'signer.signer_type is "author", the type of who creates records is "pith_registry"',
        "nothing: only a pith_registry creates records, and one has to sign it",
    ),
    Reason.SIGNATURE_INVALID: (
        'signature_b64 "zDg77kR1/9gyzrOFlwGJZnl4W5bZi5C8pTaV0GNGyiRTnRsSZzp/AKUIi61eh64yXARg/DnUvL9'
        f'cn1/qXmGUCw==" does not verify over the digest {HINT_SHA256} with key test-archive, '
        "fingerprint d8618688fc8e2b002bdafab0fbd79571",
        SIGN_ANEW,
    ),
    Reason.RECORD_MISMATCH: (
        "payload.source_version is 1.0, canonical_record.source.version is 1",
        f"{NOTHING}the registry has to sign a record that agrees with itself",
    ),
    Reason.RECEIPT_INVALID: (
        'payload.receipt, of key_id "test-author" and fingerprint '
        '"4269cccb3d14998bef1b0942c7001462": its key is not that of a pith_registry',
        f"{NOTHING}a pith_registry has to sign a receipt, and the event with it",
    ),
    Reason.PAYLOAD_INVALID: (
        "payload.graph_snapshot is null: a graph_snapshot is an object",
        f"{NOTHING}its signer has to sign one with a graph_snapshot",
    ),
    Reason.PREV_EVENT_MISSING: (
        f"prev_event {OTHER} is not among the events given",
        f"the event {OTHER}: give also a document that holds it",
    ),
    Reason.PREV_EVENT_INVALID: (
        f"prev_event {HINT} is rejected: signature_missing: signature is null: an event carries a "
        "signature block",
        f"{HINT} has to be valid, and for that: its signature: get the event from a document that "
        "shows it, such as a bundle",
    ),
}
CAUSES: Final[dict[Reason, dict[str, str | None]]] = {
    Reason.PREV_EVENT_MISSING: {"event_id": OTHER, "reason": None},
    Reason.PREV_EVENT_INVALID: {"event_id": HINT, "reason": "signature_missing"},
}


def explained(events: list[Any], scenario: dict[str, Any]) -> tuple[Explanation, ...]:
    """The events of a scenario in a bundle of its paper, under its keyring."""
    bundle = {
        "bundle_type": BUNDLE_TYPE,
        "pith_number": scenario["pith_number"],
        "events": events,
    }
    keys = [
        {name: value for name, value in key.items() if value is not None}
        for key in scenario["keys"]
    ]
    keyring = Keyring.empty().with_entries(keys)
    return explain(json.dumps(bundle).encode(), keyring=keyring)


def test_every_reason_is_here() -> None:
    assert list(EXPLAINED) == list(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_on_its_fixture(reason: Reason) -> None:
    scenario = json.loads((SYNTHETIC / f"reason-{reason}.json").read_text("utf-8"))
    (explanation,) = [
        each for each in explained(scenario["events"], scenario) if each.reason == reason
    ]
    why, remedy = EXPLAINED[reason]
    assert (explanation.why, explanation.remedy) == (why, remedy)
    assert explanation.verdict is EventVerdict.REJECTED
    assert explanation.event_id in [
        each["event_id"] for each in scenario["state"]["invalid_events"]
    ]
    told = explanation.to_dict()
    assert told["cause"] == CAUSES.get(reason)
    assert [row["reason"] for row in told["rows"]] == list(Reason)
    place = list(Reason).index(reason)
    assert told["rows"][place] == {"reason": str(reason), "outcome": "failed", "detail": why}
    before = {row["outcome"] for row in told["rows"][:place]}
    after = {row["outcome"] for row in told["rows"][place + 1 :]}
    assert before <= {"passed", "skipped"}
    assert after <= {"not reached", "skipped"}
    for row in told["rows"]:
        assert (row["detail"] is None) is (row["outcome"] == "not reached")
    # Its twin passes the same row, and what it has there is said as well.
    twin = scenario["twin"]
    for each in explained(twin["events"], {**scenario, **twin}):
        assert each.reason is None
        assert each.remedy is None
        assert each.why is None
        assert {row.outcome for row in each.rows} <= {RowOutcome.PASSED, RowOutcome.SKIPPED}

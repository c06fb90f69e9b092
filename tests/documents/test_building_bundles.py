"""Building and signing bundles (SPEC 2.3, 3.1, 10.1)."""

import base64
import hashlib
import json
from typing import Any

import pytest
from nacl.signing import VerifyKey

from pithmerge import EventType, Keyring, MergeError
from pithmerge.building import (
    Signer,
    build_bundle,
    build_event,
    public_key_entry,
    sign_bundle,
)
from tests.support.paper import (
    AUTHOR,
    BUNDLE_FILE,
    KEYRING,
    REGISTRY,
    bundle_of,
    day,
    deep_event,
    digest_of,
    failed_rows,
    graph_snapshot,
    record_created,
    report_of,
)

BUNDLE = json.loads(BUNDLE_FILE.read_bytes())


def verifies(block: dict[str, Any], signed_digest: str, signer: Signer) -> bool:
    """Whether a signature verifies, by PyNaCl alone."""
    key = VerifyKey(signer.key.public_key)
    signature = base64.b64decode(block["signature_b64"], validate=True)
    return key.verify(bytes.fromhex(signed_digest), signature) == bytes.fromhex(signed_digest)


class TestBundles:
    def test_its_members_and_their_order_are_those_of_a_published_one(self) -> None:
        """Only the links are missing: a mirror that tests make has none."""
        bundle = bundle_of(record_created(), graph_snapshot())
        assert list(bundle) == [name for name in BUNDLE if name != "links"]
        assert list(bundle["bundle_signature"]) == list(BUNDLE["bundle_signature"])
        assert list(bundle["state"]) == list(BUNDLE["state"])
        assert list(bundle["state"]["current"]) == list(BUNDLE["state"]["current"])
        published = BUNDLE["public_keys"][0]
        assert list(bundle["public_keys"][0]) == [
            name for name in published if name not in ("url", "notes")
        ]

    def test_the_published_key_entry_is_that_of_its_key(self) -> None:
        (registry_key,) = Keyring.default().keys
        published = BUNDLE["public_keys"][0]
        assert public_key_entry(registry_key) == {
            name: published[name] for name in published if name not in ("url", "notes")
        }
        entry = public_key_entry(AUTHOR.key)
        assert base64.b64decode(entry["public_key_b64"]).hex() == entry["public_key_hex"]
        sha256 = hashlib.sha256(AUTHOR.key.public_key)
        assert entry["fingerprint_sha256_hex"] == sha256.hexdigest()[:32]
        assert (
            entry["fingerprint_sha256_b32_first128bits"]
            == (base64.b32encode(sha256.digest()).decode()[:26])
        )

    def test_its_signature_is_over_everything_else(self) -> None:
        bundle = bundle_of(record_created())
        block = bundle.pop("bundle_signature")
        assert block["bundle_sha256"] == digest_of(bundle)
        assert verifies(block, digest_of(bundle), REGISTRY)
        again = sign_bundle({**bundle, "bundle_signature": {"old": 1}}, REGISTRY, signed_at=day(30))
        assert again == {**bundle, "bundle_signature": block}

    def test_a_member_that_is_added_and_signed_is_fine(self) -> None:
        bundle = {**bundle_of(record_created()), "links": {"resolver": "https://mirror.example"}}
        assert failed_rows(report_of(bundle)) == [
            "$.bundle_signature.bundle_sha256",
            "$.bundle_signature.signature_b64",
        ]
        assert report_of(sign_bundle(bundle, REGISTRY, signed_at=day(1))).ok

    @pytest.mark.parametrize(
        "events",
        [
            [graph_snapshot()],
            [{**record_created(), "signature": None}, graph_snapshot()],
        ],
    )
    def test_it_needs_a_current_record(self, events: list[dict[str, Any]]) -> None:
        with pytest.raises(MergeError, match="a bundle needs a valid record_created event"):
            bundle_of(*events)

    def test_it_needs_one_number(self) -> None:
        with pytest.raises(MergeError, match="no event names a Pith Number"):
            bundle_of()
        stray = build_event(
            AUTHOR,
            EventType.CORRECTION,
            pith_number=f"pith:2026:{'A' * 26}",
            target="paper",
            payload={},
            created_at=day(1),
        )
        with pytest.raises(MergeError, match="several Pith Numbers"):
            bundle_of(record_created(), stray)

    def test_aliases_that_are_given_are_taken(self) -> None:
        aliases = bundle_of(record_created())["source_aliases"][:3]
        bundle = build_bundle(
            [record_created()],
            REGISTRY,
            built_at=day(1),
            keyring=KEYRING,
            source_aliases=aliases,
        )
        assert bundle["source_aliases"] == aliases
        assert report_of(bundle).ok

    def test_the_deepest_event_fits(self) -> None:
        assert report_of(bundle_of(record_created(), deep_event(128))).ok

"""Building and signing: events, records with their receipts, and bundles (SPEC 2, 3, 4, 10.1).

For mirrors, tests and the conformance harness. Nothing here reads a clock: every date is given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pithmerge.canon import MAX_DOCUMENT_DEPTH, digest
from pithmerge.core.merger import merge
from pithmerge.core.numbers import pith_number_of, short_pith_number
from pithmerge.core.vocabulary import (
    BUNDLE_TYPE,
    MERGE_VERSION,
    SCHEMA_VERSION,
    UNDIGESTED_MEMBERS,
    EventType,
)
from pithmerge.crypto import (
    REGISTRY_SIGNER_TYPE,
    Key,
    Keyring,
    SignedMessage,
    encode_base64,
    fingerprint_base32,
    public_key_of,
    sign,
)
from pithmerge.crypto.blocks import ALGORITHM, SIGNATURE_STATUS
from pithmerge.errors import MergeError
from pithmerge.showing import brief

__all__ = [
    "Signer",
    "build_bundle",
    "build_canonical_record",
    "build_event",
    "build_receipt",
    "build_record_created",
    "build_record_payload",
    "number_of",
    "sign_bundle",
    "sign_event",
]


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the identity that it signs under.

    Attributes:
        seed: the private key: 32 raw bytes.
        key_id, signer_id, signer_type: what its events say of their signer.
    """

    seed: bytes = field(repr=False)
    key_id: str
    signer_id: str
    signer_type: str = REGISTRY_SIGNER_TYPE

    @property
    def key(self) -> Key:
        """The public key with this identity and an open window, for a keyring."""
        return Key(public_key_of(self.seed), self.key_id, self.signer_id, self.signer_type)

    def as_member(self) -> dict[str, str]:
        """The ``signer`` member of an event (SPEC 4.1)."""
        return {
            "signer_id": self.signer_id,
            "signer_type": self.signer_type,
            "key_id": self.key_id,
            "public_key_fingerprint": self.key.fingerprint,
        }

    def block(
        self, signed_digest: str, message: SignedMessage, *, signed_at: str
    ) -> dict[str, Any]:
        """A signature block over the 32 raw bytes of a digest in hex (SPEC 3.1, 4.1).

        Raises:
            MergeError: it is no digest.
        """
        try:
            signed = bytes.fromhex(signed_digest)
        except (TypeError, ValueError):
            raise MergeError(
                f"what is signed is a digest of 64 hex digits, not {brief(signed_digest)}: give "
                "pithmerge.canon.digest(value)"
            ) from None
        return {
            "signature_status": SIGNATURE_STATUS,
            "algorithm": ALGORITHM,
            "key_id": self.key_id,
            "public_key_fingerprint": self.key.fingerprint,
            "signature_b64": encode_base64(self._signature(signed)),
            "signed_message": str(message),
            "signed_at": signed_at,
        }

    def _signature(self, message: bytes) -> bytes:
        return sign(self.seed, message)


def sign_event(content: Mapping[str, Any], signer: Signer, *, signed_at: str) -> dict[str, Any]:
    """An event of that content, digested and signed (SPEC 3.1, 4.2), its members in the order of
    published events.

    Args:
        content: the content members; they are digested as they are, right or wrong. Of a whole
            event, the old digest, id and signature are left out.
        signer: who signs. The content's ``signer`` is not changed to agree.
        signed_at: goes into the block, outside the signature (SPEC 3.4).
    """
    _check(content, Mapping, "content")
    _check(signer, Signer, "signer")
    members = {name: content[name] for name in content if name not in UNDIGESTED_MEMBERS}
    content_sha256 = digest(members)
    # The registry writes schema_version after content_sha256; the rest of the content comes first.
    version = {name: members.pop(name) for name in ("schema_version",) if name in members}
    return {
        **members,
        "signature": signer.block(content_sha256, SignedMessage.EVENT, signed_at=signed_at),
        "content_sha256": content_sha256,
        **version,
        "event_id": f"sha256:{content_sha256}",
    }


def build_event(
    signer: Signer,
    event_type: str,
    *,
    pith_number: str,
    target: str,
    payload: Mapping[str, Any],
    created_at: str,
    supersedes: Sequence[str] = (),
    prev_event: str | None = None,
    signed_at: str | None = None,
) -> dict[str, Any]:
    """A signed event (SPEC 4). ``signed_at`` is ``created_at`` unless given.

        registry = Signer(seed, key_id="demo-1", signer_id="registry.example")
        build_event(registry, "correction", pith_number=number, target="title",
            payload={"title": "…"}, created_at="2026-06-01T00:00:00Z")

    Raises:
        MergeError: an argument is of another type.
    """
    _check(signer, Signer, "signer")
    _check(payload, Mapping, "payload")
    _check(supersedes, (list, tuple), "supersedes")
    content = {
        "event_type": str(event_type),
        "subject_pith_number": pith_number,
        "target": target,
        "payload": dict(payload),
        "signer": signer.as_member(),
        "created_at": created_at,
        "supersedes": list(supersedes),
        "prev_event": prev_event,
        "schema_version": SCHEMA_VERSION,
    }
    return sign_event(content, signer, signed_at=signed_at or created_at)


def _check(value: Any, kind: type | tuple[type, ...], name: str) -> None:
    """Refuse what would be built into something else than the caller means.

    Raises:
        MergeError: it is of another type.
    """
    if not isinstance(value, kind):
        asked = _ASKED[kind]
        raise MergeError(f"{name} must be {asked}, not a {type(value).__name__}")


_ASKED: Final[Mapping[Any, str]] = {
    Mapping: "an object (a dict)",
    (list, tuple): "a list",
    Signer: "a Signer, pithmerge.building.Signer(seed, key_id, signer_id)",
    Key: "a Key, signer.key",
}


def build_canonical_record(
    *,
    arxiv_id: str,
    version: int,
    submitted_at: str,
    primary_cat: str,
    title_canon_sha256: str,
    abstract_canon_sha256: str,
    cross_cats: Iterable[str] = (),
    license_url: str = "",
) -> dict[str, Any]:
    """A ``canonical_record`` in the registry's form (SPEC 2.2).

    Raises:
        MergeError: ``cross_cats`` is no list.
    """
    if isinstance(cross_cats, str) or not isinstance(cross_cats, Iterable):
        raise MergeError(
            f"cross_cats must be a list of categories, not a {type(cross_cats).__name__}: put a "
            "single one into a list"
        )
    return {
        "source": {"id": arxiv_id, "kind": "arxiv", "version": version},
        "metadata": {
            "license": license_url,
            "primary_cat": primary_cat,
            "submitted_at": submitted_at,
            "cross_cats_sorted": sorted(cross_cats),
            "title_canon_sha256": title_canon_sha256,
            "abstract_canon_sha256": abstract_canon_sha256,
        },
        "schema_version": SCHEMA_VERSION,
    }


def build_receipt(canonical_sha256: str, signer: Signer, *, signed_at: str) -> dict[str, Any]:
    """A receipt over a record's digest (SPEC 3.1, 5.1b)."""
    _check(signer, Signer, "signer")
    return {
        "kind": "pith_receipt",
        **signer.block(canonical_sha256, SignedMessage.RECEIPT, signed_at=signed_at),
        "receipt_version": "0.3",
        "canonical_sha256": canonical_sha256,
        "first_computed_at": signed_at,
        "last_reissued_at": signed_at,
    }


def build_record_payload(
    canonical_record: Mapping[str, Any], signer: Signer, *, signed_at: str
) -> dict[str, Any]:
    """The payload of a ``record_created`` event, its receipt signed by ``signer`` (SPEC 10.3).

    Raises:
        MergeError: the record has no ``source`` with ``kind``, ``id`` and ``version``.
    """
    _check(canonical_record, Mapping, "canonical_record")
    canonical_sha256 = digest(dict(canonical_record))
    source = canonical_record.get("source")
    if not isinstance(source, Mapping) or not {"kind", "id", "version"} <= set(source):
        raise MergeError(
            "the canonical record has no source with kind, id and version: make one by "
            "build_canonical_record"
        )
    return {
        "canonical_record": dict(canonical_record),
        "canonical_sha256": canonical_sha256,
        "receipt": build_receipt(canonical_sha256, signer, signed_at=signed_at),
        "source_kind": source["kind"],
        "source_id": source["id"],
        "source_version": source["version"],
        "attestation_state": "computed",
    }


def build_record_created(
    signer: Signer, canonical_record: Mapping[str, Any], *, created_at: str, **links: Any
) -> dict[str, Any]:
    """A signed ``record_created`` event of a canonical record (SPEC 4.4, 10.3).

    Args:
        signer: signs the event and the receipt.
        canonical_record: see `build_canonical_record`.
        created_at: of the event.
        links: ``supersedes``, ``prev_event`` and ``signed_at`` as in `build_event`.
    """
    return build_event(
        signer,
        EventType.RECORD_CREATED,
        pith_number=number_of(canonical_record),
        target="record",
        payload=build_record_payload(canonical_record, signer, signed_at=created_at),
        created_at=created_at,
        **links,
    )


def number_of(canonical_record: Mapping[str, Any]) -> str:
    """The Pith Number of a canonical record (SPEC 2.2).

    Raises:
        MergeError: it has no ``metadata.submitted_at``.
    """
    _check(canonical_record, Mapping, "canonical_record")
    number = pith_number_of(canonical_record, digest(dict(canonical_record)))
    if number is None:
        raise MergeError("the canonical record has no metadata.submitted_at to take the year of")
    return number


def build_bundle(
    events: Sequence[Mapping[str, Any]],
    signer: Signer,
    *,
    built_at: str,
    keyring: Keyring,
    source_aliases: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """A signed bundle of the events of one graph, with their merged state (SPEC 10.1).

    Args:
        events: signed events; a current ``record_created`` must be among them.
        signer: signs the bundle.
        built_at: when, as ``YYYY-MM-DDTHH:MM:SSZ``.
        keyring: whom the merge trusts.
        source_aliases: None derives them (SPEC 8.6).

    Raises:
        MergeError: the events have no current record, or no single number.
    """
    _check(signer, Signer, "signer")
    state = merge(events, keyring=keyring, source_aliases=source_aliases).to_dict()
    current = state["current"]
    if current["record_created"] is None:
        raise MergeError("a bundle needs a valid record_created event that is not superseded")
    payload = current["record_created"]["payload"]
    bundle = {
        "bundle_type": BUNDLE_TYPE,
        "bundle_version": "1.0",
        "pith_number": state["pith_number"],
        "short_pith_number": short_pith_number(state["pith_number"]),
        "canonical_record": current["canonical_record"],
        "canonical_sha256": payload["canonical_sha256"],
        "source": current["canonical_record"]["source"],
        "source_aliases": current["source_aliases"],
        "events": [dict(event) for event in events],
        "timestamp_proofs": [],
        "mirror_hints": [],
        "public_keys": [public_key_entry(signer.key)],
        "merge_version": MERGE_VERSION,
        "built_at": built_at,
        "state": state,
    }
    return sign_bundle(bundle, signer, signed_at=built_at)


def sign_bundle(bundle: Mapping[str, Any], signer: Signer, *, signed_at: str) -> dict[str, Any]:
    """The bundle with a fresh ``bundle_signature`` (SPEC 3.1, 10.1)."""
    _check(bundle, Mapping, "bundle")
    _check(signer, Signer, "signer")
    body = {name: value for name, value in bundle.items() if name != "bundle_signature"}
    bundle_sha256 = digest(body, max_depth=MAX_DOCUMENT_DEPTH)
    block = signer.block(bundle_sha256, SignedMessage.BUNDLE, signed_at=signed_at)
    return {**body, "bundle_signature": {**block, "bundle_sha256": bundle_sha256}}


def public_key_entry(key: Key) -> dict[str, Any]:
    """An entry of ``public_keys`` as the registry writes it (SPEC 2.3)."""
    _check(key, Key, "key")
    return {
        "key_id": key.key_id,
        "algorithm": ALGORITHM,
        "format": "raw",
        "public_key_b64": encode_base64(key.public_key),
        "public_key_hex": key.public_key.hex(),
        "fingerprint_sha256_b32_first128bits": fingerprint_base32(key.public_key),
        "fingerprint_sha256_hex": key.fingerprint,
        "rotates_at": None,
    }

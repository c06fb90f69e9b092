"""What the rows of SPEC 5.1 compare, for a trace: what stands where, and what the rule asks.

One function a row of `pithmerge.core.rows`. They are asked when somebody wants to know why, and of
events that passed the rows before; so they may be slow. Of a row that fails at least one comparison
does not hold; of one that passes, all do.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pithmerge.canon import sha256_hex
from pithmerge.core import rows
from pithmerge.core.event import form_problems
from pithmerge.core.numbers import pith_number_of
from pithmerge.crypto import REGISTRY_SIGNER_TYPE, SignedMessage
from pithmerge.crypto.blocks import ALGORITHM, BLOCK_MEMBERS, SIGNATURE_STATUS
from pithmerge.crypto.ed25519 import signature_is_valid

if TYPE_CHECKING:
    from pithmerge.core.candidate import Candidate

MISSING: Final = msgspec.UNSET
"""Found where there is nothing; null is a value."""


class Comparison(msgspec.Struct, frozen=True):
    """One thing that a row looked at.

    Attributes:
        where: the path in the event: ``$.signer.key_id``.
        holds: whether it is as the row asks.
        found: what stands there; `MISSING` if nothing does.
        asked: what the row asks for: the value of what `of` names, or a clause about a form.
        of: whose value is asked for, as a path or in words; None where a form is.
    """

    where: str
    holds: bool
    found: Any
    asked: Any
    of: str | None = None


def form(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``malformed_event``: each member that is not of its form."""
    problems = [
        Comparison(where, False, found, asked)
        for where, found, asked in form_problems(candidate.value)
    ]
    return iter(problems or [Comparison("$", True, "an event", "all content members")])


def schema_version(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``unsupported_schema_version``."""
    asked = candidate.rules.schema_version
    yield _same("$.schema_version", candidate.value, asked, "the version of these rules")


def event_type(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``unknown_event_type``."""
    known = [each.name for each in candidate.rules.event_types]
    found = candidate.value["event_type"]
    asked = f"{candidate.rules.merge_version} knows {', '.join(known)}"
    yield Comparison("$.event_type", found in known, found, asked)


def subject(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``subject_mismatch``."""
    found = candidate.value["subject_pith_number"]
    asked = found if candidate.pith_number is None else candidate.pith_number
    yield _same("$.subject_pith_number", candidate.value, asked, "the number of this graph")


def content_sha256(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``content_hash_mismatch``."""
    asked = candidate.content_sha256
    yield _same("$.content_sha256", candidate.value, asked, "the digest of its content")


def event_id(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``event_id_mismatch``."""
    yield _same("$.event_id", candidate.value, candidate.identity, "the id of its content")


def signature(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``signature_missing``."""
    found = candidate.value.get("signature", MISSING)
    there = found is not MISSING and found is not None
    asked = "an event carries a signature block"
    yield Comparison("$.signature", there, "a value" if there else found, asked)


def signature_form(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``signature_malformed``."""
    block = candidate.value["signature"]
    if not isinstance(block, dict):
        yield Comparison("$.signature", False, block, "a signature block is an object")
        return
    strings = True
    for name in BLOCK_MEMBERS:
        found = block.get(name, MISSING)
        if not isinstance(found, str):
            strings = False
            yield Comparison(f"$.signature.{name}", False, found, "it is a string")
    if strings:
        yield Comparison(
            "$.signature.signature_b64",
            candidate.signature is not None,
            block["signature_b64"],
            "it is the padded, canonical base64 of 64 bytes",
        )


def signature_scheme(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``signature_unsupported``."""
    block = candidate.value["signature"]
    for name, asked in (
        ("signature_status", SIGNATURE_STATUS),
        ("algorithm", ALGORITHM),
        ("signed_message", str(SignedMessage.EVENT)),
    ):
        yield _same(f"$.signature.{name}", block, asked, "the known one")


def signer_of_block(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``signer_mismatch``."""
    block, signer = candidate.value["signature"], candidate.value["signer"]
    for name in ("key_id", "public_key_fingerprint"):
        yield _same(f"$.signature.{name}", block, signer[name], f"$.signer.{name}")


def key(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``unknown_key``."""
    fingerprint = candidate.value["signer"]["public_key_fingerprint"]
    known = candidate.key is not None
    asked = "the keyring holds a key of that fingerprint"
    yield Comparison("$.signer.public_key_fingerprint", known, fingerprint, asked)


def signer_of_key(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``signer_not_recognized``."""
    for name in ("key_id", "signer_id", "signer_type"):
        found = candidate.value["signer"][name]
        asked = getattr(candidate.key, name, MISSING)
        of = f"the keyring's {name} for that key"
        yield Comparison(f"$.signer.{name}", found == asked, found, asked, of)


def window(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``key_not_valid``."""
    found = candidate.value["created_at"]
    valid_from = getattr(candidate.key, "valid_from", None)
    valid_until = getattr(candidate.key, "valid_until", None)
    key_id = candidate.value["signer"]["key_id"]
    if valid_from is not None:
        of = f"valid_from of key {key_id}"
        yield Comparison("$.created_at", valid_from <= found, found, valid_from, of)
    if valid_until is not None:
        of = f"valid_until of key {key_id}"
        yield Comparison("$.created_at", found <= valid_until, found, valid_until, of)


def authority(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``not_authorized``."""
    signer = candidate.value["signer"]
    of = "the type of who creates records"
    yield _same("$.signer.signer_type", signer, REGISTRY_SIGNER_TYPE, of)


def signed_digest(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``signature_invalid``."""
    claim = rows.signature_claim(candidate)
    holds = claim is not None and signature_is_valid(*claim)
    fingerprint = candidate.value["signer"]["public_key_fingerprint"]
    asked = f"key {fingerprint} signs {candidate.content_sha256}"
    found = candidate.value["signature"]["signature_b64"]
    yield Comparison("$.signature.signature_b64", holds, found, asked)


def record(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``record_mismatch``."""
    payload = candidate.value["payload"]
    where = "$.payload"
    if "canonical_record" not in payload:
        yield Comparison(f"{where}.canonical_record", False, MISSING, "a record is created by it")
        return
    record_ = payload["canonical_record"]
    canonical_sha256 = sha256_hex(candidate.record_json)
    digest = f"the digest of {where}.canonical_record"
    yield _same(f"{where}.canonical_sha256", payload, canonical_sha256, digest)
    receipt_ = payload.get("receipt", MISSING)
    yield _same(f"{where}.receipt.canonical_sha256", receipt_, canonical_sha256, digest)
    number = pith_number_of(record_, canonical_sha256)
    found = candidate.value["subject_pith_number"]
    if number is None:
        asked = "the record names no year that makes it one (SPEC 2.2)"
        yield Comparison("$.subject_pith_number", False, found, asked)
    else:
        of = f"the number of {where}.canonical_record"
        yield Comparison("$.subject_pith_number", found == number, found, number, of)
    source = record_.get("source", MISSING) if isinstance(record_, dict) else MISSING
    for places in rows.SOURCE_STATED_TWICE:
        name = places[1][-1]
        found = payload.get(f"source_{name}", MISSING)
        stated = source.get(name, MISSING) if isinstance(source, dict) else MISSING
        there = found is not MISSING and stated is not MISSING
        holds = there and candidate.json.agree(*places)
        of = f"{where}.canonical_record.source.{name}"
        yield Comparison(f"{where}.source_{name}", holds, found, stated, of)


def receipt(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``receipt_invalid``."""
    problem = rows.receipt_problem(candidate)
    found = "a receipt that verifies" if problem is None else problem
    asked = f"it verifies under a {REGISTRY_SIGNER_TYPE} key of the keyring"
    yield Comparison("$.payload.receipt", problem is None, found, asked)


def snapshot(candidate: "Candidate") -> Iterator[Comparison]:
    """Of ``payload_invalid``."""
    found = candidate.value["payload"].get("graph_snapshot", MISSING)
    holds = isinstance(found, dict)
    found = "an object" if holds else found
    yield Comparison("$.payload.graph_snapshot", holds, found, "a graph_snapshot is an object")


def _same(where: str, parent: Any, asked: Any, of: str) -> Comparison:
    """The comparison of a member, named last in ``where``, with the value of another thing."""
    name = where.rpartition(".")[2]
    found = parent.get(name, MISSING) if isinstance(parent, dict) else MISSING
    return Comparison(where, type(found) is type(asked) and found == asked, found, asked, of)

# ruff: noqa: E501 - tables
"""What each kind of document states, place by place: the tables of SPEC 10.5, kept as data.

Checks speak for the places that have something to hold. For those that nothing holds, and for
members that nobody knows, `pithmerge.verification.unsaid` writes a row from these tables. So no
place goes without one.
"""

from functools import cache
from typing import Final, NamedTuple

from pithmerge.documents import DocumentKind


class Place(NamedTuple):
    """A place, and what the rows about it mean.

    Attributes:
        where: its path; ``[*]`` is any index. Its row speaks for all below it, unless the table
            has places below it.
        rule: of SPEC.md.
        ok, failed, not_checkable: when a row comes to that; empty if none ever does.
        missing: what its absence is: ``failed``, ``not checkable`` (a row says so), or nothing.
    """

    where: str
    rule: str
    ok: str
    failed: str
    not_checkable: str
    missing: str

    @property
    def is_free(self) -> bool:
        """Whether nothing holds it, so that no check speaks for it."""
        return not self.ok and not self.failed


PARTS: Final = {
    "aliases": """
 | 2.4 | sorted by kind and value, none twice | no list, not sorted | which kinds are listed | failed
[*].alias_kind | 2.4 | with its value | | no rule derives its kind |
[*].alias_value | 2.4 | what 2.4 makes of the record | anything else | no rule derives its kind |
[*].created_at | 2.4 | the record's date | another second | short aliases of early numbers; another fraction of the second |
""",
    "receipt": """
 | 5.1b | it verifies | it does not | | failed
.canonical_sha256 | 2.2 | the record's digest | another | | failed
.signature_status | 5.1b | the receipt verifies | it does not | | failed
.algorithm | 5.1b | the receipt verifies | it does not | | failed
.key_id | 5.1b | the receipt verifies | it does not | | failed
.public_key_fingerprint | 5.1b | the receipt verifies | it does not | | failed
.signature_b64 | 5.1b | the receipt verifies | it does not | | failed
.signed_message | 5.1b | the receipt verifies | it does not | | failed
.signed_at | 3.4 | | | it stands beside the signature, not under it | failed
.kind | 3.4 | | | it stands beside the signature, not under it | not checkable
.builder_version | 3.4 | | | it stands beside the signature, not under it | not checkable
.receipt_version | 3.4 | | | it stands beside the signature, not under it | not checkable
.first_computed_at | 3.4 | | | it stands beside the signature, not under it | not checkable
.last_reissued_at | 3.4 | | | it stands beside the signature, not under it | not checkable
""",
    "signature": """
 | 3.1 | it verifies | it does not | | failed
.signature_status | 3.1 | the signature verifies | it does not | | failed
.algorithm | 3.1 | the signature verifies | it does not | | failed
.key_id | 3.1 | the signature verifies | it does not | | failed
.public_key_fingerprint | 3.1 | the signature verifies | it does not | | failed
.signature_b64 | 3.1 | the signature verifies | it does not | | failed
.signed_message | 3.1 | the signature verifies | it does not | | failed
.signed_at | 3.4 | | | it stands beside the signature, not under it | failed
""",
    "public key": """
 | 2.3 | its names agree | they do not | the keyring does not hold it | failed
.key_id | 3.5 | the keyring's for this key | that of another key | the keyring does not hold the key | failed
.public_key_b64 | 3.1 | 32 bytes that the names beside it agree with | no 32 bytes | | failed
.public_key_hex | 2.3 | the same bytes | others | | not checkable
.fingerprint_sha256_hex | 2.3 | the key's | another | | not checkable
.fingerprint_sha256_b32_first128bits | 2.3 | the key's | another | | not checkable
.algorithm | 10.5 | | | no rule says what it must be | not checkable
.format | 10.5 | | | no rule says what it must be | not checkable
.rotates_at | 10.5 | | | no rule says what it must be | not checkable
.url | 10.5 | | | no rule says what it must be | not checkable
.notes | 10.5 | | | no rule says what it must be | not checkable
""",
    "snapshot": """
 | 5.1 | an object | anything else | | failed
.source | 10.1 | the record's | another | there is no record |
.paper.title | 2.5 | it has the record's digest | it has not | |
.paper.abstract_excerpt | 2.5 | it has the record's digest | | it has not: it may be cut short |
.paper.license | 2.8 | the record's, null being "" | another | it is no text |
.paper.primary_cat | 2.8 | the record's | another | it is no text |
.paper.cross_cats | 2.8 | the record's as a set | another set | it is no list of texts; one stands twice |
.paper.submitted_at | 2.8 | the record's | another | it is no text |
.paper.headline | 10.5 | | | no rule says what it must be |
.paper.authors_text | 10.5 | | | no rule says what it must be |
.claims.count | 2.6 | as many as its items | another count | there is no list of items |
.claims.items | 2.6 | | | what a claim must be is not published |
.claims.snapshot_sha256 | 2.6 | the digest | another | the section is not empty |
.integrity.detectors_run | 2.6 | snapshot_sha256 holds | it does not | findings_count is not as many as are listed |
.integrity.findings | 2.6 | snapshot_sha256 holds | it does not | |
.integrity.summary.critical | 2.6a | as many as are listed, or stand | another count | no count |
.integrity.summary.advisory | 2.6a | as many as are listed, or stand | another count | no count |
.integrity.summary.informational | 2.6a | as many as are listed, or stand | another count | no count |
.integrity.summary.by_detector | 2.6a | {} without findings | a count that is neither what is listed nor what stands | anything else |
.integrity.clean | 2.6a | true without findings | true while a critical finding stands | anything else |
.integrity.endpoint | 10.5 | | | no rule says what it must be |
.integrity.available | 10.5 | | | no rule says what it must be |
.integrity.snapshot_sha256 | 2.6 | the digest | another | |
.references.count | 2.6 | | | what it counts is not listed, or in a sample |
.references.sample | 2.6 | | | it is a sample |
.references.resolved_work | 2.6 | | | what it counts is not listed, or in a sample |
.references.internal_anchors | 2.6 | | | what it counts is not listed, or in a sample |
.references.snapshot_sha256 | 2.6 | the digest | another | the section is not empty |
.formal_canon.evidence_count | 2.6 | | | what it counts is not listed, or in a sample |
.formal_canon.snapshot_sha256 | 2.6 | the digest | another | the section is not empty |
.author_claims.count | 2.6 | | | what it counts is not listed, or in a sample |
.author_claims.strong_count | 2.6 | | | what it counts is not listed, or in a sample |
.author_claims.snapshot_sha256 | 2.6 | the digest | another | the section is not empty |
.verdict | 10.5 | | | no rule says what it must be |
.builder_version | 10.5 | | | no rule says what it must be |
""",
    "event": """
 | 5.1 | it is valid | it is not | | failed
.event_type | 5.1 | the event is valid | it is not | | failed
.subject_pith_number | 5.1 | the event is valid | it is not | | failed
.target | 5.1 | the event is valid | it is not | | failed
.payload.canonical_record | 5.1 | digest, number and receipt hold | one does not | |
.payload.canonical_sha256 | 5.1 | the record's digest | another | |
.payload.receipt = receipt
.payload.source_kind | 5.1 | the record's | another | |
.payload.source_id | 5.1 | the record's | another | |
.payload.source_version | 5.1 | the record's | another | |
.payload.attestation_state | 10.5 | | | no rule says what it must be |
.payload.graph_snapshot = snapshot
.payload.verdict_id | 10.5 | | | no rule says what it must be |
.payload | 5.1 | the event is valid | it is not | | failed
.signer | 5.1 | the event is valid | it is not | | failed
.created_at | 5.1 | the event is valid | it is not | | failed
.supersedes | 5.1 | the event is valid | it is not | | failed
.prev_event | 5.1 | the event is valid | it is not | | failed
.schema_version | 5.1 | the event is valid | it is not | | failed
.content_sha256 | 4.2 | the digest of the content | another | | failed
.event_id | 4.2 | the content's | another | | failed
.signature = signature
""",
}
"""Tables that stand in those of `KINDS`, as `` = name``."""

KINDS: Final = {
    DocumentKind.BUNDLE: """
$.bundle_type | 10.1 | pith_open_graph_bundle | | | failed
$.bundle_version | 10.5 | | | no rule says what it must be |
$.pith_number | 2.2 | the record's | another | | failed
$.short_pith_number | 2.2 | the record's | another | | failed
$.canonical_record | 10.1 | that of the events | another | | failed
$.canonical_sha256 | 2.2 | the record's digest | another | | failed
$.source | 10.1 | the record's | another | | failed
$.source_aliases = aliases
$.events[*] = event
$.timestamp_proofs | 10.5 | | | no rule says what it must be |
$.mirror_hints | 10.5 | | | no rule says what it must be |
$.public_keys[*] = public key
$.merge_version | 8.1 | a known one | missing, no text | |
$.built_at | 3.5 | in the window of the bundle's key | outside | no instant, and the window is open |
$.links | 10.5 | | | no rule says what it must be |
$.state | 10.1 | byte for byte what its events merge to | anything else | | failed
$.bundle_signature.bundle_sha256 | 10.1 | the digest of all else | another | | failed
$.bundle_signature = signature
""",
    DocumentKind.EVENTS: """
$ | 10.5 | its events hold | one does not | which events there are, in which order |
$[*] = event
""",
    DocumentKind.STATE: """
$.state_type | 8.1 | pith_open_graph_state | another | | failed
$.state_version | 8.1 | 1.0 | another | | failed
$.pith_number | 2.2 | the record's | another | there is no record | failed
$.merge_version | 8.1 | a known one | missing, no text | | failed
$.event_count | 8.3 | the two counts together | another | | failed
$.valid_event_count | 8.3 | as many as are applied | another | | failed
$.invalid_event_count | 8.3 | as many as are listed | another | | failed
$.equivocation_count | 8.3 | as many as are listed | another | | failed
$.current.canonical_record | 8.5 | that of record_created | another | | failed
$.current.source_aliases = aliases
$.current.graph_snapshots | 10.2 | ids recompute, and the state comes out of a merge | what is shown contradicts itself | links are hidden; that its signer said so is a claim | failed
$.current.author_attestations | 10.2 | the same | the same | the same | failed
$.current.timestamp_anchors | 10.2 | the same | the same | the same | failed
$.current.storage_attestations | 10.2 | the same | the same | the same | failed
$.current.citation_signatures | 10.2 | the same | the same | the same | failed
$.current.replication_records | 10.2 | the same | the same | the same | failed
$.current.corrections | 10.2 | the same | the same | the same | failed
$.current.mirror_hints | 10.2 | the same | the same | the same | failed
$.current.record_created | 10.2 | the same, and its receipt verifies | the same, or it does not | the same | failed
$.equivocations | 7.2 | what is shown conflicts | what is shown disproves it, or is not accused | an event of it is not shown | failed
$.invalid_events | 8.7 | sorted, of known reasons, none applied | anything else | they are not shown | failed
$.applied_event_ids | 8.4 | in the order of 8.4 | what is shown stands in another order | an event is not shown | failed
$.state_sha256 | 8.2 | the digest of all else | another | | failed
""",
    DocumentKind.RECORD: """
$.record_type | 10.3 | pith_number_record | | | failed
$.schema_url | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.pith_number | 2.2 | the record's | another | | failed
$.short_pith_number | 2.2 | the record's | another | | failed
$.schema_version | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.canonical_sha256 | 2.2 | the record's digest | another | | failed
$.source | 10.1 | the record's | another | | failed
$.attestation_state | 10.3 | | | it goes into an event whose id is not shown | not checkable
$.paper | 10.3 | the snapshot's | another | | not checkable
$.verification_status | 10.3a | what the snapshot and the state project | another | no rule projects the member | failed
$.canonical_record | 2.2 | digest, number and receipt hold | one does not | | failed
$.receipt = receipt
$.graph_snapshot = snapshot
$.graph_snapshot | 10.3 | | | no digest of it is shown: nothing signs it | failed
$.aliases = aliases
$.events | 10.3 | | | no record with events of its own is known | not checkable
$.event_summary | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.paper_claims | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.inbound_citations | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.formal_canon | 10.3 | what it repeats is the snapshot's | it is not | | not checkable
$.formal_canon.evidence_count | 10.3 | the snapshot's | another | the snapshot has none, or it is null | not checkable
$.formal_canon.sample | 10.5 | | | it is a sample | not checkable
$.formal_canon.anchors | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.links | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.agent_actions | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.created_at | 10.3 | | | only its second is compared, with the aliases' | failed
$.updated_at | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
""",
    DocumentKind.MANIFEST: """
$.manifest_type | 10.5 | pith_mirror_manifest | | | failed
$.manifest_version | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.generated_at | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.merge_version | 8.1 | a known one | missing, no text | | failed
$.mirrors | 10.5 | | | which mirrors are listed, in which order, is its own business | not checkable
$.mirrors[*].name | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.mirrors[*].mirror_type | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.mirrors[*].base_url | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.mirrors[*].bundle_pattern | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.mirrors[*].state_pattern | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.mirrors[*].well_known_pattern | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.mirrors[*].events_pattern | 10.5 | | | no rule says what it must be, and nothing signs it |
$.mirrors[*].public_key = public key
$.mirrors[*].public_key | 10.5 | | | a mirror need not show a key, and nothing signs it | not checkable
$.mirrors[*].status | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.notes | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
""",
    DocumentKind.EVIDENCE: """
$.evidence_type | 11.1 | pith_equivocation_evidence | | | failed
$.evidence_version | 11.1 | a known one | missing, no text | | failed
$.merge_version | 8.1 | a known one | missing, no text | | failed
$.pith_number | 2.2 | a Pith Number | anything else | | failed
$.equivocations | 11.7 | exactly those of its events, in their order | anything else | | failed
$.events | 11.3 | sorted, none twice, none superfluous | anything else | | failed
$.events[*].event_b64 | 11.2 | canonical base64 of a valid event | anything else | what stands beside its content is not signed | failed
$.events[*].found | 11.4 | | it is not of its form | where it was found is for whoever has that file to look at | failed
$.keys | 11.5 | those that its events name, and trusted | others, or not | | failed
$.evidence_sha256 | 11.6 | the digest of all else | another | | failed
""",
}
"""The tables of the kinds: place, rule, when ok, when failed, when not checkable, if missing."""


@cache
def places_of(kind: DocumentKind) -> tuple[Place, ...]:
    """The places of a kind of document, those of its parts included."""
    return tuple(_read(KINDS[kind], ""))


@cache
def required_members(kind: DocumentKind) -> tuple[str, ...]:
    """The members of a document of a kind whose absence fails, in its order."""
    wanted = {
        place.where.split(".")[1]: None
        for place in places_of(kind)
        if place.missing == "failed" and "." in place.where and "[*]" not in place.where
    }
    return (*wanted, "events") if kind is DocumentKind.BUNDLE else tuple(wanted)


def _read(table: str, below: str) -> list[Place]:
    places: list[Place] = []
    for line in table.strip("\n").splitlines():
        where, is_part, name = line.partition(" = ")
        if is_part:
            places.extend(_read(PARTS[name], below + where))
            continue
        cells = [cell.strip() for cell in line.split(" |")]
        cells += [""] * (6 - len(cells))
        where, rule, *rest = cells
        places.append(Place(below + where, f"SPEC {rule}", *rest))
    return places


_HEAD: Final = """| place | rule | ok | failed | not checkable | if missing |
|---|---|---|---|---|---|
"""


def as_markdown() -> str:
    """The tables as SPEC 10.5 shows them."""
    titles = [(kind.with_article.capitalize(), table) for kind, table in KINDS.items()]
    titles += [(f"What stands in these as *{name}*", table) for name, table in PARTS.items()]
    return "\n".join(f"{title}:\n\n{_HEAD}{_rows(table)}" for title, table in titles)


def _rows(table: str) -> str:
    return "".join(f"| {' | '.join(_cells(line))} |\n" for line in table.strip("\n").splitlines())


def _cells(line: str) -> list[str]:
    where, is_part, name = line.partition(" = ")
    if is_part:
        return [f"`{where}`", "", f"*{name}*", "", "", ""]
    cells = [cell.strip() for cell in line.split(" |")]
    where = f"`{cells[0]}`" if cells[0] else "itself"
    return [where, *cells[1:], *[""] * (6 - len(cells))]

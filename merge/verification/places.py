# ruff: noqa: E501 - tables
"""What each kind of document states, place by place: the tables of SPEC 10.5, kept as data.

Checks speak for the places that have something to hold. For those that nothing holds, and for
members that nobody knows, `pithmerge.verification.unsaid` writes a row from these tables. So no
place goes without one.
"""

import re
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
        missing: what its absence is: ``failed``, ``not checkable`` (a row says so), ``asked`` (the
            same as of null there), or nothing.
        like: the path of the line whose outcome it has, if it has none of its own.
    """

    where: str
    rule: str
    ok: str
    failed: str
    not_checkable: str
    missing: str
    like: str | None = None

    @property
    def is_free(self) -> bool:
        """Whether nothing holds it, so that no check speaks for it."""
        return not self.ok and not self.failed


PARTS: Final = {
    "aliases": """
 | 10.5 | | | which kinds are listed |
 | 2.4 | sorted by kind and value, none twice | no list; not sorted | no rule makes one |
[*].alias_kind | 2.4 | as `[*].alias_value` | | | failed
[*].alias_value | 2.4 | what 2.4 makes of the record | another | no rule makes one of its kind | failed
[*].created_at | 2.4 | the record's date | another second | short aliases of early numbers; another fraction of the second | failed
""",
    "receipt": """
 | 5.1b | it verifies | it does not | its record is not asked |
.canonical_sha256 | 2.2 | the record's digest | another | its record is not asked | asked
.signature_status | 5.1b | as itself | | | asked
.algorithm | 5.1b | as itself | | | asked
.key_id | 5.1b | as itself | | | asked
.public_key_fingerprint | 5.1b | as itself | | | asked
.signature_b64 | 5.1b | as itself | | | asked
.signed_message | 5.1b | as itself | | | asked
.signed_at | 3.4 | | | it stands beside the signature, not under it |
.kind | 3.4 | | | it stands beside the signature, not under it | not checkable
.builder_version | 3.4 | | | it stands beside the signature, not under it | not checkable
.receipt_version | 3.4 | | | it stands beside the signature, not under it | not checkable
.first_computed_at | 3.4 | | | it stands beside the signature, not under it | not checkable
.last_reissued_at | 3.4 | | | it stands beside the signature, not under it | not checkable
""",
    "signature": """
 | 3.1 | it verifies | it does not | the event is not well-formed | failed
.signature_status | 3.1 | as itself | | | asked
.algorithm | 3.1 | as itself | | | asked
.key_id | 3.1 | as itself | | | asked
.public_key_fingerprint | 3.1 | as itself | | | asked
.signature_b64 | 3.1 | as itself | | | asked
.signed_message | 3.1 | as itself | | | asked
.signed_at | 3.4 | | | it stands beside the signature, not under it |
""",
    "public key": """
 | 3.1 | as `.public_key_b64` | | null in a mirror |
.key_id | 3.5 | the keyring's for this key | that of another key | the keyring does not hold the key | asked
.public_key_b64 | 3.1 | the base64 of 32 bytes | anything else | | failed
.public_key_hex | 2.3 | the same bytes | others | there are no bytes | not checkable
.fingerprint_sha256_hex | 2.3 | the key's | another | there is no key | not checkable
.fingerprint_sha256_b32_first128bits | 2.3 | the key's | another | there is no key | not checkable
.algorithm | 10.5 | | | no rule says what it must be | not checkable
.format | 10.5 | | | no rule says what it must be | not checkable
.rotates_at | 10.5 | | | no rule says what it must be | not checkable
.url | 10.5 | | | no rule says what it must be | not checkable
.notes | 10.5 | | | no rule says what it must be | not checkable
""",
    "snapshot": """
.source | 10.1 | the record's | another | there is no record |
.paper.title | 2.5 | it has the record's digest | it has not | the record has none |
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
.integrity.detectors_run | 2.6a | each `findings_count` is as many as are listed | | it is not: some may be rescinded |
.integrity.detectors_run | 2.6 | as `.integrity.snapshot_sha256` | | |
.integrity.findings | 2.6 | as `.integrity.snapshot_sha256` | | |
.integrity.summary.critical | 2.6a | as many as are listed, or stand | another count | no count |
.integrity.summary.advisory | 2.6a | as many as are listed, or stand | another count | no count |
.integrity.summary.informational | 2.6a | as many as are listed, or stand | another count | no count |
.integrity.summary.by_detector | 2.6a | {} without findings | a count that is neither what is listed nor what stands | anything else |
.integrity.clean | 2.6a | true without findings | true while a critical finding stands | anything else |
.integrity.endpoint | 10.5 | | | no rule says what it must be |
.integrity.available | 10.5 | | | no rule says what it must be |
.integrity.snapshot_sha256 | 2.6 | the digest | another | the snapshot is not asked |
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
    "payload": """
.canonical_record | 2.2 | `record_mismatch` does not fail | it does | the event is no well-formed `record_created` |
.canonical_sha256 | 2.2 | as `.canonical_record` | | |
.receipt = receipt
.source_kind | 2.2 | as `.canonical_record` | | |
.source_id | 2.2 | as `.canonical_record` | | |
.source_version | 2.2 | as `.canonical_record` | | |
.attestation_state | 10.5 | | | no rule says what it must be |
.graph_snapshot = snapshot
.verdict_id | 10.5 | | | no rule says what it must be |
""",
    "event": """
 | 5.1 | it is valid | it is not | the events cannot be had |
.event_type | 5.1 | as itself | | | failed
.subject_pith_number | 5.1 | as itself | | | failed
.target | 5.1 | as itself | | | failed
.payload = payload
.payload | 5.1 | as itself | | | failed
.signer | 5.1 | as itself | | | failed
.created_at | 5.1 | as itself | | | failed
.supersedes | 5.1 | as itself | | | failed
.prev_event | 5.1 | as itself | | | failed
.schema_version | 5.1 | as itself | | | failed
.content_sha256 | 4.2 | the digest of the content | another | the event is not well-formed | failed
.event_id | 4.2 | the content's | another | the event is not well-formed | failed
.signature = signature
""",
    "entry": """
 | 10.2 | | | its signature is not shown: it is a claim |
 | 5.1 | what is shown of it is valid | it is not | its links are hidden |
.event_id | 4.2 | it recomputes | it does not, and `applied_event_ids` is no list | its links are hidden |
.target | 5.1 | as itself | | |
.created_at | 5.1 | as itself | | |
.signer | 5.1 | as itself | | |
.payload = payload
.payload | 5.1 | as itself | | |
""",
}
"""Tables that stand in those of `KINDS`, as `` = name``."""

KINDS: Final = {
    DocumentKind.BUNDLE: """
$.bundle_type | 10.1 | pith_open_graph_bundle | | |
$.bundle_version | 10.5 | | | no rule says what it must be |
$.pith_number | 2.2 | the record's | another | there is no record | failed
$.short_pith_number | 2.2 | the record's | another | there is no record | failed
$.canonical_record | 10.1 | that of the events | another | the events cannot be had | failed
$.canonical_sha256 | 2.2 | the record's digest | another | there is no record | failed
$.source | 10.1 | the record's | another | there is no record | failed
$.source_aliases = aliases | failed
$.events[*] = event
$.timestamp_proofs | 10.5 | | | no rule says what it must be |
$.mirror_hints | 10.5 | | | no rule says what it must be |
$.public_keys[*] = public key
$.merge_version | 8.1 | a known one | no text | | failed
$.built_at | 3.5 | in the window of the bundle's key | outside | its key is not held; no instant, and the window is open | asked
$.links | 10.5 | | | no rule says what it must be |
$.state | 8.2 | its `state_sha256` is the digest of all else | it is not | it is no object |
$.state | 10.1 | byte for byte what its events merge to | anything else | the events cannot be had | failed
$.bundle_signature.bundle_sha256 | 10.1 | the digest of all else | another | | failed
$.bundle_signature | 10.1 | by a registry's or a mirror's key | by another | its key is not held |
$.bundle_signature = signature
""",
    DocumentKind.EVENTS: """
$ | 10.5 | | | which events there are, in which order |
$[*] = event
""",
    DocumentKind.STATE: """
$ | 10.2 | what is shown merges to it | to another | more is hidden than rejected events |
$ | 8.1 | the members of 8.1, in their order | others | |
$.state_type | 8.1 | pith_open_graph_state | | |
$.state_version | 8.1 | 1.0 | another | | failed
$.pith_number | 2.2 | the record's | another; without a record, none | there is no record | failed
$.merge_version | 8.1 | a known one | no text | | failed
$.event_count | 8.3 | the two counts together | another | | failed
$.valid_event_count | 8.3 | as many as are applied | another | | failed
$.invalid_event_count | 8.3 | as many as are listed | another | | failed
$.equivocation_count | 8.3 | as many as are listed | another | | failed
$.current | 10.2 | | | superseded events are not shown |
$.current | 8.5 | all applied, once, in order, none superseded | anything else | | failed
$.current.canonical_record | 8.5 | that of record_created | another | | failed
$.current.source_aliases | 8.6 | sorted aliases, none twice | anything else | |
$.current.source_aliases = aliases | failed
$.current.graph_snapshots[*] = entry
$.current.author_attestations[*] = entry
$.current.timestamp_anchors[*] = entry
$.current.storage_attestations[*] = entry
$.current.citation_signatures[*] = entry
$.current.replication_records[*] = entry
$.current.corrections[*] = entry
$.current.mirror_hints[*] = entry
$.current.record_created = entry
$.equivocations | 7.2 | of its form and order, and none is missing | anything else | | failed
$.equivocations[*] | 7.2 | what is shown conflicts | what is shown disproves it | an event or a link of it is not shown |
$.invalid_events | 8.7 | there are none | not sorted, of known reasons, or applied | they are not shown | failed
$.applied_event_ids | 8.4 | what is shown stands in the order of 8.4 | it does not | | failed
$.state_sha256 | 8.2 | the digest of all else | another | | failed
""",
    DocumentKind.RECORD: """
$ | 5.1 | the two events that follow from it are valid | one is not | they cannot be had |
$.record_type | 10.3 | pith_number_record | | |
$.schema_url | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.pith_number | 2.2 | the record's | another | there is no record | failed
$.short_pith_number | 2.2 | the record's | another | there is no record | failed
$.schema_version | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.canonical_sha256 | 2.2 | the record's digest | another | there is no record | failed
$.source | 10.1 | the record's | another | there is no record | failed
$.attestation_state | 10.3 | | | it goes into an event whose id is not shown | not checkable
$.paper | 10.3 | the snapshot's | another | | not checkable
$.verification_status | 10.3a | what the snapshot and the state project | another; no object | no rule projects a member, or one is missing | failed
$.canonical_record | 2.2 | an object | anything else | | failed
$.receipt = receipt | failed
$.graph_snapshot = snapshot
$.graph_snapshot | 10.3 | | | no digest of it is shown: nothing signs it | failed
$.aliases = aliases | failed
$.events | 10.3 | | | no record with events of its own is known | not checkable
$.event_summary | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.paper_claims | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.inbound_citations | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.formal_canon | 10.5 | | | no rule says what else it must be, and nothing signs it | not checkable
$.formal_canon.evidence_count | 10.3 | the snapshot's | another | the snapshot has none, or it is null | not checkable
$.formal_canon.sample | 10.5 | | | it is a sample | not checkable
$.formal_canon.anchors | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.links | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.agent_actions | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.created_at | 10.3 | | | only its second is compared, with the aliases' | failed
$.updated_at | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
""",
    DocumentKind.MANIFEST: """
$.manifest_type | 10.5 | pith_mirror_manifest | | |
$.manifest_version | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.generated_at | 10.5 | | | no rule says what it must be, and nothing signs it | not checkable
$.merge_version | 8.1 | a known one | no text | | failed
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
$ | 11.1 | the form of 11.1, 11.4 and 11.5 | another | |
$.evidence_type | 11.1 | pith_equivocation_evidence | | |
$.evidence_version | 11.7 | a known one | no text | | failed
$.merge_version | 8.1 | a known one | no text | | failed
$.pith_number | 2.2 | a Pith Number | anything else | | failed
$.equivocations | 7.2 | exactly those of its events, in their order | anything else | | failed
$.equivocations[*] | 7.2 | one of those of its events | anything else | |
$.events | 11.3 | sorted, none twice, none superfluous | anything else | | failed
$.events[*].event_b64 | 3.4 | | | what stands beside its content is not signed |
$.events[*].event_b64 | 5.1 | a valid event | another | there is no event, or no number |
$.events[*].event_b64 | 11.2 | the canonical base64 of an event | anything else | | failed
$.events[*].found | 11.4 | | | where it was found is for whoever has that file to look at | failed
$.keys | 11.5 | those that its events name | others | | failed
$.keys[*] | 3.5 | the keyring holds it | it does not | the list is not that of 11.5 |
$.evidence_sha256 | 11.6 | the digest of all else | another | | failed
""",
}
"""The tables of the kinds: place, rule, when ok, when failed, when not checkable, if missing.

Of several lines about one place `pithmerge.verification.unsaid` writes a row for the last.
"""


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
            name, _, missing = name.partition(" | ")
            part = _read(PARTS[name], below + where)
            # Of several lines about the part itself the last says what its absence is.
            last = max((i for i, each in enumerate(part) if each.where == below + where), default=0)
            if missing:
                part[last] = part[last]._replace(missing=missing)
            places.extend(part)
            continue
        cells = [cell.strip() for cell in line.split(" |")]
        cells += [""] * (6 - len(cells))
        where, rule, ok, failed, not_checkable, missing = cells
        named = _LIKE.fullmatch(ok)
        like = None if named is None else below + (named[1] or "")
        rule = f"SPEC {rule}"
        places.append(Place(below + where, rule, ok, failed, not_checkable, missing, like))
    return places


_LIKE: Final = re.compile("as (?:itself|`([^`]+)`)")
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
        name, _, missing = name.partition(" | ")
        return [f"`{where}`", "", f"*{name}*", "", "", missing]
    cells = [cell.strip() for cell in line.split(" |")]
    where = f"`{cells[0]}`" if cells[0] else "itself"
    return [where, *cells[1:], *[""] * (6 - len(cells))]

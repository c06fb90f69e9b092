"""The executable specification of pith-open-graph-merge-v1: SPEC.md, rule by rule, in plain Python.

It is there to be read beside SPEC.md, and to be asked what the rules say; where the two differ the
text rules. It is slow, shares no code with the reducer, and needs the standard library alone: who
calls it hands in the check of an Ed25519 signature (SPEC 3.2).

    from pithmerge import spec
    from pithmerge.crypto import signature_is_valid

    spec.merge(
        events, pith_number=None, keys=[spec.DEFAULT_KEY], signature_is_valid=signature_is_valid
    )

One module a section, one function a rule:

    canonical_json   1      which bytes, and which are no document
    digests          2      digests, numbers, aliases
    metadata         2.9    from arXiv's metadata to the record
    signatures       3, 4.1 what is signed, and the block around a signature
    keyring          3.5    whom to trust
    events           4      what an event is made of
    validity         5      which events are valid: a function a row of 5.1, named as its reason
    supersession     6
    equivocation     7
    state            8      from events to the published bytes
    evidence         11     proof of equivocations, for a third party to check

Of section 10, documents:

    documents        10.7   what a document is, and the report on it
    places           10.7   places, lines of tables, and the rows that they make
    tables           10.5   the tables, a line a line; `tables_within` has those that others use
    outcomes         10.8   what many lines ask; the other modules are named by what they speak of

Section 9, the laws, is in `pithmerge.conformance.laws`.
Inputs may be as long as they like: nothing recurses on them.
"""

from pithmerge.spec.canonical_json import Refused, canonical_bytes, read_document
from pithmerge.spec.digests import digest, pith_number
from pithmerge.spec.documents import report
from pithmerge.spec.evidence import proven
from pithmerge.spec.keyring import DEFAULT_KEY, Key, keyring_of, keys_of_file
from pithmerge.spec.metadata import canonical_record
from pithmerge.spec.signatures import SignatureCheck
from pithmerge.spec.state import as_of, merge

__all__ = [
    "DEFAULT_KEY",
    "Key",
    "Refused",
    "SignatureCheck",
    "as_of",
    "canonical_bytes",
    "canonical_record",
    "digest",
    "keyring_of",
    "keys_of_file",
    "merge",
    "pith_number",
    "proven",
    "read_document",
    "report",
]

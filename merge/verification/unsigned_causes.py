"""The failed rows of what nothing signed covers under their causes: lone states, records, manifests
(SPEC 10.2, 10.3, 10.6)."""

from typing import Any, Final

from pithmerge.canon import sha256_hex
from pithmerge.core.event import is_event_id
from pithmerge.crypto import REGISTRY_SIGNER_TYPE, SignedMessage
from pithmerge.crypto.blocks import block_problem
from pithmerge.showing import brief
from pithmerge.verification.causes import CauseCode
from pithmerge.verification.faults import Fault, block_verifies, unknown_key_fault
from pithmerge.verification.judging import Examination
from pithmerge.verification.rows import Check, at
from pithmerge.verification.sorting import Sorting, place_of, sort_missing

_BY_RECEIPT: Final = ("$.receipt", "$", "$.verification_status")
"""What follows from a receipt of a record that does not verify: the event that is derived of it."""


def sort_state(examination: Examination, sorting: Sorting) -> None:
    """Sort the failed rows of a lone state."""
    document = examination.document
    state = document.value
    sort_missing(document, sorting)
    computed = sha256_hex(document.json.without("state_sha256").canonical())
    if state.get("state_sha256") != computed:
        rows = sorting.left()
        if sorting.has(CauseCode.CUT_SHORT):
            sorting.take(CauseCode.CUT_SHORT, rows)
        elif _only_digest(rows):
            note = (
                "the state was changed after its digest was computed: all but state_sha256 is what "
                "its events and aliases merge to, so one of the aliases was changed, or the digest"
            )
            sorting.put(Fault(CauseCode.CONTENT_CHANGED, note), rows)
        else:
            note = (
                "the state was changed after its digest was computed: it states "
                f"{brief(state.get('state_sha256'), 80)}, and digests to {computed}"
            )
            sorting.put(Fault(CauseCode.CONTENT_CHANGED, note), rows)
        return
    version = Fault(CauseCode.ANOTHER_MERGE_VERSION, "it names no merge version")
    sorting.put(version, sorting.about("$.merge_version"))
    for code in (CauseCode.CUT_SHORT, CauseCode.ANOTHER_MERGE_VERSION):
        if sorting.has(code):
            sorting.take(code, sorting.left())
    created = at(state, "current", "record_created", "payload")
    receipt, digest = at(created, "receipt"), at(created, "canonical_sha256")
    if is_event_id(f"sha256:{digest}"):
        unknown = unknown_key_fault(receipt, SignedMessage.RECEIPT, digest, examination.keyring)
        if unknown is not None:
            sorting.put(unknown, [each for each in sorting.left() if _rests_on_receipt(each[1])])
    rows = sorting.left()
    if all(_is_contradiction(row) for _, row in rows):
        for index, row in rows:
            note = f"{place_of(row)}: {row.why}"
            sorting.put(Fault(CauseCode.CONTRADICTION, note), [(index, row)])
    elif rows:
        first = rows[0][1]
        note = (
            "the state has the digest that it states, and is none that a merge of its events "
            f"makes: {place_of(first)}: {first.why}"
        )
        sorting.put(Fault(CauseCode.STATE_NOT_OF_EVENTS, note), rows)


def _is_contradiction(row: Check) -> bool:
    return row.rule in ("SPEC 2.5", "SPEC 2.8") and ".payload.graph_snapshot." in row.what


def _rests_on_receipt(row: Check) -> bool:
    return row.what.startswith("$.current.record_created") or row.what.startswith("$ (merged anew")


def _only_digest(rows: list[tuple[int, Check]]) -> bool:
    """Whether all that fails is the state's own digest: merged anew all else came out."""
    whats = [row.what for _, row in rows]
    merged = [row for _, row in rows if row.what == "$ (merged anew, byte by byte)"]
    return (
        len(merged) == 1
        and set(whats) == {merged[0].what, "$.state_sha256"}
        and (merged[0].why or "").endswith(" $.state_sha256")
    )


def sort_record(examination: Examination, sorting: Sorting) -> None:
    """Sort the failed rows of a ``pith_number_record``."""
    document, keyring = examination.document, examination.keyring
    value = document.value
    sort_missing(document, sorting)
    receipt, record = value.get("receipt"), value.get("canonical_record")
    computed = sha256_hex(document.canonical(record))
    problem = block_problem(
        receipt, SignedMessage.RECEIPT, computed, keyring, signer_type=REGISTRY_SIGNER_TYPE
    )
    if "canonical_record" not in value:
        sorting.take(CauseCode.CUT_SHORT, sorting.left())
    elif problem is not None:
        stated = (at(receipt, "canonical_sha256"), value.get("canonical_sha256"))
        signed = [
            each for each in stated if block_verifies(receipt, SignedMessage.RECEIPT, each, keyring)
        ]
        unknown = unknown_key_fault(receipt, SignedMessage.RECEIPT, computed, keyring)
        if unknown is not None:
            sorting.put(unknown, sorting.about(*_BY_RECEIPT))
        elif signed or (computed not in stated and stated[0] == stated[1]):
            sorting.put(_changed_record(computed, stated[0], bool(signed)), sorting.left())
        else:
            note = f"the receipt of $.canonical_record is damaged: {problem}"
            sorting.put(Fault(CauseCode.SIGNATURE_DAMAGED, note), sorting.about(*_BY_RECEIPT))
    _sort_around(sorting)


def _changed_record(computed: str, stated: Any, is_signed: bool) -> Fault:
    signature = ", over which its signature verifies" if is_signed else ""
    note = (
        f"$.canonical_record was changed after it was signed: its receipt states "
        f"{brief(stated, 80)}{signature}, and it digests to {computed}"
    )
    return Fault(CauseCode.CONTENT_CHANGED, note)


def sort_manifest(examination: Examination, sorting: Sorting) -> None:
    """Sort the failed rows of a mirror manifest."""
    sort_missing(examination.document, sorting)
    for index, row in sorting.about("$.merge_version"):
        note = f"it names no merge version, but {brief(row.stated, 80)}"
        sorting.put(Fault(CauseCode.ANOTHER_MERGE_VERSION, note), [(index, row)])
    for index, row in sorting.left():
        if ".public_key." in row.what:
            note = f"{row.what}: {row.why}"
            sorting.put(Fault(CauseCode.KEY_UNKNOWN, note), [(index, row)])
    _sort_around(sorting)


def _sort_around(sorting: Sorting) -> None:
    """What is left: nothing signs it. Where parts are gone, it follows from that."""
    if sorting.has(CauseCode.CUT_SHORT):
        sorting.take(CauseCode.CUT_SHORT, sorting.left())
    for index, row in sorting.left():
        note = f"{place_of(row)}, which nothing signs: {row.why}"
        sorting.put(Fault(CauseCode.ALTERED_AROUND, note), [(index, row)])

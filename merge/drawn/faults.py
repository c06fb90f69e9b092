"""What can be wrong with an event: the faults of `pithmerge.drawn`.

Faults belong to one of three stages, each of which sees the work of the one before. Faults of the
*content* come before digest and signature, which are then right; faults of the *envelope* damage
the three members around the content (SPEC 4.2); faults of the *arrival* decide which inputs stand
for the event in the set.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from pithmerge.building import Signer, build_receipt, sign_event
from pithmerge.canon import digest
from pithmerge.core.reasons import Reason
from pithmerge.core.vocabulary import EventType
from pithmerge.crypto import SignedMessage
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.edits import (
    MALFORMED_BLOCK,
    MALFORMED_CONTENT,
    MISMATCHED_BLOCK,
    MISMATCHED_RECORD,
    MISSING,
    UNKNOWN_ID,
    UNSUPPORTED_BLOCK,
    Edit,
    edited,
    edits,
    spoiled_signature,
    within,
)
from pithmerge.drawn.instants import OUTSIDE, WINDOW
from pithmerge.drawn.signers import (
    AUTHOR,
    MIRROR,
    NAMESAKE,
    REGISTRY,
    STRANGER,
    WINDOWED_REGISTRY,
)
from pithmerge.drawn.values import Json, text


class Fault(StrEnum):
    """Something that goes wrong with an event.

    Attributes:
        reason: why an otherwise valid event with this fault alone is rejected (SPEC 5.1); None for
            the faults of arrival that reject nothing by themselves.
        event_type: the one type of event that can have this fault; None for any.
    """

    reason: Reason | None
    event_type: EventType | None

    def __new__(
        cls, name: str, reason: Reason | None = None, event_type: EventType | None = None
    ) -> "Fault":
        """A fault by that name."""
        fault = str.__new__(cls, name)
        fault._value_ = name
        fault.reason = reason
        fault.event_type = event_type
        return fault

    OUTSIDE_WINDOW = "outside_window", Reason.KEY_NOT_VALID
    NOT_AUTHORIZED = "not_authorized", Reason.NOT_AUTHORIZED, EventType.RECORD_CREATED
    UNKNOWN_KEY = "unknown_key", Reason.UNKNOWN_KEY
    UNRECOGNIZED_SIGNER = "unrecognized_signer", Reason.SIGNER_NOT_RECOGNIZED
    INVALID_RECEIPT = "invalid_receipt", Reason.RECEIPT_INVALID, EventType.RECORD_CREATED
    MISMATCHED_RECORD = "mismatched_record", Reason.RECORD_MISMATCH, EventType.RECORD_CREATED
    INVALID_PAYLOAD = "invalid_payload", Reason.PAYLOAD_INVALID, EventType.GRAPH_SNAPSHOT
    MISSING_PARENT = "missing_parent", Reason.PREV_EVENT_MISSING
    OTHER_SUBJECT = "other_subject", Reason.SUBJECT_MISMATCH
    UNKNOWN_TYPE = "unknown_type", Reason.UNKNOWN_EVENT_TYPE
    OTHER_SCHEMA = "other_schema", Reason.UNSUPPORTED_SCHEMA_VERSION
    MALFORMED_CONTENT = "malformed_content", Reason.MALFORMED_EVENT

    SPOILED_SIGNATURE = "spoiled_signature", Reason.SIGNATURE_INVALID
    FORGED_SIGNATURE = "forged_signature", Reason.SIGNATURE_INVALID
    STOLEN_SIGNATURE = "stolen_signature", Reason.SIGNATURE_INVALID
    MISMATCHED_SIGNER = "mismatched_signer", Reason.SIGNER_MISMATCH
    UNSUPPORTED_SIGNATURE = "unsupported_signature", Reason.SIGNATURE_UNSUPPORTED
    MALFORMED_SIGNATURE = "malformed_signature", Reason.SIGNATURE_MALFORMED
    MISSING_SIGNATURE = "missing_signature", Reason.SIGNATURE_MISSING
    WRONG_EVENT_ID = "wrong_event_id", Reason.EVENT_ID_MISMATCH
    WRONG_CONTENT_SHA256 = "wrong_content_sha256", Reason.CONTENT_HASH_MISMATCH

    RESIGNED_COPY = "resigned_copy"
    DAMAGED_COPY = "damaged_copy"
    REPEATED = "repeated"
    NO_OBJECT = "no_object", Reason.MALFORMED_EVENT
    NOT_GIVEN = "not_given"


@dataclass
class Draft:
    """An event on its way into an event set.

    Attributes:
        content: its content members (SPEC 4.2).
        signer: who signs it.
        event: the content, digested and signed.
        arrivals: the inputs that stand for the event in the set.
        identity: by what later events can name it, whatever is wrong with it (SPEC 5.4).
    """

    content: Json
    signer: Signer
    event: Json = field(default_factory=dict)
    arrivals: list[Any] = field(default_factory=list)
    identity: str = ""

    def sign(self) -> None:
        """Make the event from the content as it is now."""
        self.event = sign_event(self.content, self.signer, signed_at=WINDOW[0])

    def hand_to(self, signer: Signer) -> None:
        """Let somebody else say and sign it."""
        self.signer = signer
        self.content = {**self.content, "signer": signer.as_member()}


Damage = Callable[[Choices, Draft], None]


def finish(choices: Choices, draft: Draft, chosen: Collection[Fault]) -> None:
    """Take a draft through the three stages, with the faults that were chosen for it.

    Args:
        choices: some bytes for each fault: in which variant it occurs.
        draft: what becomes of an event.
        chosen: its faults.
    """
    _inflict(_CONTENT, choices, draft, chosen)
    draft.sign()
    draft.identity = draft.event["event_id"]
    _inflict(_ENVELOPE, choices, draft, chosen)
    draft.arrivals = [draft.event]
    _inflict(_ARRIVAL, choices, draft, chosen)


def _inflict(
    stage: Mapping[Fault, Damage], choices: Choices, draft: Draft, chosen: Collection[Fault]
) -> None:
    if chosen:
        for fault, damage in stage.items():
            if fault in chosen:
                damage(choices, draft)


def _in_content(*variants: Edit) -> Damage:
    def damage(choices: Choices, draft: Draft) -> None:
        draft.content = edited(draft.content, choices.pick(variants))

    return damage


def _in_event(*variants: Edit) -> Damage:
    def damage(choices: Choices, draft: Draft) -> None:
        draft.event = edited(draft.event, choices.pick(variants))

    return damage


def _signed_by(*signers: Signer) -> Damage:
    def damage(choices: Choices, draft: Draft) -> None:
        draft.hand_to(choices.pick(signers))

    return damage


def _unrecognized_signer(choices: Choices, draft: Draft) -> None:
    one = draft.signer
    by_key, by_id = replace(one, key_id="another"), replace(one, signer_id="another")
    draft.hand_to(choices.pick((by_key, by_id, replace(one, signer_type="another"))))


def _outside_window(choices: Choices, draft: Draft) -> None:
    draft.hand_to(WINDOWED_REGISTRY)
    draft.content["created_at"] = choices.pick(OUTSIDE)


def _invalid_receipt(choices: Choices, draft: Draft) -> None:
    payload = draft.content["payload"]
    signed_digest, receipt = payload["canonical_sha256"], payload["receipt"]
    what = choices.pick(("signer", "malformed", "unsupported", "signer", "signature", "stolen"))
    if what == "signer":
        other = replace(REGISTRY, key_id="another")
        signers = (AUTHOR, NAMESAKE, AUTHOR, NAMESAKE, STRANGER, other)
        signer = choices.pick(signers)
        receipt = build_receipt(signed_digest, signer, signed_at=WINDOW[0])
    elif what in ("malformed", "unsupported"):
        edit = choices.pick(MALFORMED_BLOCK if what == "malformed" else UNSUPPORTED_BLOCK)
        receipt = edited(receipt, edit)
    elif what == "signature":
        receipt = spoiled_signature(receipt, _bit(choices))
    else:
        receipt = build_receipt(UNKNOWN_ID[7:], REGISTRY, signed_at=WINDOW[0])
        receipt["canonical_sha256"] = signed_digest
    draft.content["payload"] = {**payload, "receipt": receipt}


_OF_WRONG_FORM: Final = tuple(
    edit for edit in MALFORMED_CONTENT if isinstance(edit.wrong, str) and len(edit.wrong) > 1
)
_CONFUSED: Final = tuple(edit for edit in MISMATCHED_RECORD if callable(edit.wrong))
"""What some languages hold to be equal."""


def _mismatched_record(choices: Choices, draft: Draft) -> None:
    edit = choices.pick((*MISMATCHED_RECORD, *_CONFUSED, *_CONFUSED))
    payload = edited(draft.content["payload"], edit)
    if edit.path[0] == "canonical_record" and choices.once_in(2):
        # Digest and receipt are those of the edited record: only its number gives it away.
        signed_digest = digest(payload.get("canonical_record"))
        payload["canonical_sha256"] = signed_digest
        payload["receipt"] = build_receipt(signed_digest, REGISTRY, signed_at=WINDOW[0])
    draft.content["payload"] = payload


def _bit(choices: Choices) -> int:
    """Which of `spoiled_signature`, of two bytes."""
    which = choices.number(2)
    return 512 if which % 4 == 3 else which // 4 % 512


def _spoiled_signature(choices: Choices, draft: Draft) -> None:
    block = spoiled_signature(draft.event["signature"], _bit(choices))
    draft.event = {**draft.event, "signature": block}


def _forged_signature(choices: Choices, draft: Draft) -> None:
    """By a key that the block does not name."""
    forger = choices.pick((STRANGER, REGISTRY, MIRROR))
    if forger.seed == draft.signer.seed:
        forger = AUTHOR
    _replace_signature(draft, forger, draft.event["content_sha256"])


def _stolen_signature(_choices: Choices, draft: Draft) -> None:
    """By the right key, of something else."""
    _replace_signature(draft, draft.signer, UNKNOWN_ID[7:])


def _replace_signature(draft: Draft, signer: Signer, signed_digest: str) -> None:
    block = signer.block(signed_digest, SignedMessage.EVENT, signed_at=WINDOW[0])
    signature = {**draft.event["signature"], "signature_b64": block["signature_b64"]}
    draft.event = {**draft.event, "signature": signature}


def _no_object(choices: Choices, draft: Draft) -> None:
    value = choices.pick(_NO_OBJECTS)
    draft.arrivals, draft.identity = [value], f"sha256:{digest(value)}"


def _repeated(choices: Choices, draft: Draft) -> None:
    draft.arrivals *= 2 + choices.below(2)


def _resigned_copy(choices: Choices, draft: Draft) -> None:
    """Beside the first one, or instead of it."""
    event = sign_event(draft.content, draft.signer, signed_at=text(choices))
    draft.arrivals = choices.pick((draft.arrivals, []))
    draft.arrivals = [*draft.arrivals, {**event, "signature": {**event["signature"], "note": None}}]


def _damaged_copy(choices: Choices, draft: Draft) -> None:
    copy = replace(draft)
    copy.sign()
    _ENVELOPE[choices.pick(tuple(_ENVELOPE))](choices, copy)
    draft.arrivals.append(copy.event)


def _not_given(_choices: Choices, draft: Draft) -> None:
    draft.arrivals.clear()


_NO_OBJECTS: Final[tuple[Any, ...]] = (None, False, 0, 1.5, 2**70, 1e-7, "", "é", [], [{"a": 1}])

_CONTENT: Final[Mapping[Fault, Damage]] = {
    Fault.OUTSIDE_WINDOW: _outside_window,
    Fault.NOT_AUTHORIZED: _signed_by(AUTHOR, MIRROR),
    Fault.UNKNOWN_KEY: _signed_by(STRANGER),
    Fault.UNRECOGNIZED_SIGNER: _unrecognized_signer,
    Fault.INVALID_RECEIPT: _invalid_receipt,
    Fault.MISMATCHED_RECORD: _mismatched_record,
    Fault.INVALID_PAYLOAD: _in_content(*edits("payload.graph_snapshot", MISSING, None, [], "", 0)),
    Fault.MISSING_PARENT: _in_content(*edits("prev_event", UNKNOWN_ID)),
    Fault.OTHER_SUBJECT: _in_content(
        *edits("subject_pith_number", f"pith:2026:{'A' * 26}", f"pith:2027:{'7' * 26}")
    ),
    Fault.UNKNOWN_TYPE: _in_content(*edits("event_type", "record", "record_created ", "é")),
    Fault.OTHER_SCHEMA: _in_content(*edits("schema_version", "1", "1.1", "2.0")),
    # What is wrong in its form, and not in its type, most often.
    Fault.MALFORMED_CONTENT: _in_content(*MALFORMED_CONTENT, *_OF_WRONG_FORM, *_OF_WRONG_FORM),
}
"""In the order in which they are inflicted: the last one may leave nothing to work on."""

_ENVELOPE: Final[Mapping[Fault, Damage]] = {
    Fault.SPOILED_SIGNATURE: _spoiled_signature,
    Fault.FORGED_SIGNATURE: _forged_signature,
    Fault.STOLEN_SIGNATURE: _stolen_signature,
    Fault.MISMATCHED_SIGNER: _in_event(*within("signature", MISMATCHED_BLOCK)),
    Fault.UNSUPPORTED_SIGNATURE: _in_event(*within("signature", UNSUPPORTED_BLOCK)),
    Fault.MALFORMED_SIGNATURE: _in_event(
        *within("signature", MALFORMED_BLOCK), *edits("signature", False, "", [], {}, 7)
    ),
    Fault.MISSING_SIGNATURE: _in_event(*edits("signature", MISSING, None)),
    Fault.WRONG_EVENT_ID: _in_event(
        *edits("event_id", MISSING, None, 7, "", UNKNOWN_ID, str.upper, lambda text: text[7:])
    ),
    Fault.WRONG_CONTENT_SHA256: _in_event(
        *edits("content_sha256", MISSING, None, 7, "", "0" * 64, str.upper, "sha256:{}".format)
    ),
}

_ARRIVAL: Final[Mapping[Fault, Damage]] = {
    Fault.RESIGNED_COPY: _resigned_copy,
    Fault.DAMAGED_COPY: _damaged_copy,
    Fault.REPEATED: _repeated,
    Fault.NO_OBJECT: _no_object,
    Fault.NOT_GIVEN: _not_given,
}

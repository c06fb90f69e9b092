"""Single wrong values and where they go: the variants of `pithmerge.drawn.faults`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from pithmerge.canon import canonical_json
from pithmerge.core.vocabulary import SIGNER_MEMBERS
from pithmerge.crypto import SignedMessage, decode_base64, encode_base64
from pithmerge.crypto.blocks import BLOCK_MEMBERS
from pithmerge.crypto.ed25519 import SIGNATURE_BYTES

UNKNOWN_ID: Final = f"sha256:{'0' * 64}"
"""An event id that no event has."""

_NUMBER: Final = f"pith:2026:{'A' * 26}"
_GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493


class _Missing:
    """Stands for a member that is taken away."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class Edit(NamedTuple):
    """What to put where: a value, `MISSING`, or a function of the value that stands there."""

    path: tuple[str, ...]
    wrong: Any


def edited(value: Mapping[str, Any], edit: Edit) -> dict[str, Any]:
    """A copy of an object with one edit; the original is not changed."""
    name, *rest = edit.path
    if rest:
        return {**value, name: edited(value[name], Edit(tuple(rest), edit.wrong))}
    if edit.wrong is MISSING:
        return {other: value[other] for other in value if other != name}
    return {**value, name: edit.wrong(value[name]) if callable(edit.wrong) else edit.wrong}


def edits(where: str, *wrong: Any) -> tuple[Edit, ...]:
    """One edit for each wrong value at a dotted path."""
    return tuple(Edit(tuple(where.split(".")), value) for value in wrong)


def within(member: str, inner: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits of an object as edits of the object that has it as a member."""
    return tuple(Edit((member, *edit.path), edit.wrong) for edit in inner)


def spoiled_signature(block: Mapping[str, Any], which: int) -> dict[str, Any]:
    """The block with one bit of its signature flipped; ``which`` = 512 adds the group order to S.

    The latter satisfies the curve equation: only the bound on S refuses it (SPEC 3.2).
    """
    signature = decode_base64(block["signature_b64"], SIGNATURE_BYTES)
    number = int.from_bytes(signature or b"", "little")
    number = number ^ (1 << which) if which < 512 else number + (_GROUP_ORDER << 256)
    return {**block, "signature_b64": encode_base64(number.to_bytes(SIGNATURE_BYTES, "little"))}


def _confused(value: Any) -> Any:
    """Another JSON value, where possible one that Python holds to be equal (SPEC 1.6)."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return float(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else str(value)
    return "null" if value is None else f"{value} "


def _as_text(value: Any) -> Any:
    """The text of a value, or the value of a text: what PHP and JavaScript hold to be equal."""
    if isinstance(value, str):
        return int(value) if value.isdigit() else [value]
    return canonical_json(value).decode()


def _no_text(*wheres: str) -> tuple[Edit, ...]:
    return tuple(edit for where in wheres for edit in edits(where, MISSING, None, 7, "", [], {}))


_BASE64_WRONG: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: text.rstrip("="),
    lambda text: f"{text}\n",
    lambda text: f" {text}",
    lambda text: f"-{text[1:]}",
    lambda text: f"é{text[1:]}",
    # A bit that the padding leaves unused: the same bytes in another spelling.
    lambda text: f"{text[:-3]}{chr(ord(text[-3]) + 1)}==",
    lambda _: encode_base64(bytes(SIGNATURE_BYTES - 1)),
    lambda _: encode_base64(bytes(SIGNATURE_BYTES + 1)),
)

MALFORMED_BLOCK: Final = (
    *(edit for name in BLOCK_MEMBERS for edit in edits(name, MISSING, None, 7, [])),
    *edits("signature_b64", "", *_BASE64_WRONG),
)
"""What SPEC 5.1 calls signature_malformed, where the block is an object."""

UNSUPPORTED_BLOCK: Final = (
    *edits("signature_status", "", "signed_v2", "unsigned"),
    *edits("algorithm", "", "Ed25519", "none"),
    *edits("signed_message", "", "event_id", str(SignedMessage.BUNDLE)),
)
"""signature_unsupported, of an event and of a receipt."""

MISMATCHED_BLOCK: Final = (
    *edits("key_id", "", "another", str.upper),
    *edits("public_key_fingerprint", "", "0" * 32, lambda text: f"{text} "),
)
"""signer_mismatch."""

MALFORMED_CONTENT: Final = (
    *_no_text("event_type", "target", "schema_version", "subject_pith_number", "created_at"),
    *_no_text(*(f"signer.{name}" for name in SIGNER_MEMBERS)),
    *edits("schema_version", 1.0),
    *edits("subject_pith_number", _NUMBER.lower(), f"{_NUMBER}\n", f" {_NUMBER}", _NUMBER[:-1]),
    *edits("subject_pith_number", _NUMBER.replace("2", "\uff12"), _NUMBER.replace("A", "1")),
    *edits("payload", MISSING, None, [], "{}"),
    *edits("signer", MISSING, None, [], "registry.example"),
    *edits("created_at", "2026-05-20", "2026-05-20T00:00:00", "2026-05-20T00:00:00+00:00"),
    *edits("created_at", "2026-05-20T00:00:00.5Z", "2026-05-20t00:00:00z", "0000-01-01T00:00:00Z"),
    *edits("created_at", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z"),
    *edits("created_at", "2026-13-01T00:00:00Z", "2026-05-20T24:00:00Z", "2026-06-30T23:59:60Z"),
    *edits("created_at", "\uff12026-05-20T00:00:00Z", "2026-05-20T00:00:00Z\n"),
    *edits("supersedes", MISSING, None, {}, "", UNKNOWN_ID, [None], [[UNKNOWN_ID]], [""]),
    *edits("supersedes", [UNKNOWN_ID, UNKNOWN_ID], [UNKNOWN_ID.upper()], [f"{UNKNOWN_ID}\n"]),
    *edits("prev_event", MISSING, False, 0, "", [], {}, [UNKNOWN_ID], "0" * 64),
    *edits("prev_event", UNKNOWN_ID[:-1], f"{UNKNOWN_ID}0", f"{UNKNOWN_ID}\n", UNKNOWN_ID.upper()),
)
"""malformed_event, where the input is an object."""

MISMATCHED_RECORD: Final = (
    *edits("canonical_record", MISSING, None, [], "", {}, 1),
    *edits("canonical_record.note", "not in the digest"),
    *edits("canonical_record.metadata", MISSING, None, [], ""),
    *edits("canonical_record.metadata.submitted_at", MISSING, 2026, "", "1990-01-01"),
    *edits("canonical_record.source", MISSING, None, [], ""),
    *(
        edit
        for name in ("kind", "id", "version")
        for edit in edits(f"canonical_record.source.{name}", MISSING, _confused, _as_text)
        + edits(f"source_{name}", MISSING, _confused, _as_text)
    ),
    *edits("canonical_sha256", MISSING, None, 7, "", "0" * 64, str.upper),
    *edits("receipt", MISSING, None, [], "", {}, 7),
    *edits("receipt.canonical_sha256", MISSING, None, "", "0" * 64, str.upper),
)
"""record_mismatch, of a payload."""

"""Animals that take a text for what it is not, or the other way round (SPEC 2.2, 3.3, 4.1, 5.1)."""

import base64
import re
from collections.abc import Callable

from pithmerge.core import event, numbers, unions
from pithmerge.crypto import blocks, keyring
from pithmerge.crypto.encoding import decode_base64
from pithmerge.crypto.instants import is_instant
from tests.zoo.animal import Patches, animal

_FORM = "5.1 malformed_event"


def _instants(*more: str, fewer: str = "(?!)", flags: re.RegexFlag = re.ASCII) -> Patches:
    """Instants are those that are, but for some, and what another pattern matches."""
    also, not_even = re.compile("|".join(more) or "(?!)", flags), re.compile(fewer)

    def judged(text: str) -> bool:
        right = is_instant(text) and not not_even.fullmatch(text)
        return right or also.fullmatch(text) is not None

    return {(event, "is_instant"): judged}


_DATE = r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"


@animal(_FORM, law=None)
def instants_in_small_letters() -> Patches:
    """created_at may have its T and Z in small letters, as RFC 3339 allows."""
    return _instants(f"{_DATE}[Tt]{_TIME}[Zz]")


@animal(_FORM, law=None)
def instants_with_a_blank() -> Patches:
    """created_at may have a blank for its T, as databases print it."""
    return _instants(f"{_DATE} {_TIME}Z")


@animal(_FORM, law=None)
def instants_with_fractions() -> Patches:
    """created_at may have fractions of a second."""
    return _instants(rf"{_DATE}T{_TIME}\.\d+Z")


@animal(_FORM, law=None)
def instants_with_offsets() -> Patches:
    """created_at may have the offset +00:00 for its Z."""
    return _instants(rf"{_DATE}T{_TIME}\+00:00")


@animal(_FORM, law=None)
def instants_without_zone() -> Patches:
    """created_at may lack its Z."""
    return _instants(f"{_DATE}T{_TIME}")


@animal(_FORM, law=None)
def instants_with_leap_seconds() -> Patches:
    """The second 60 is one."""
    return _instants(rf"{_DATE}T(?:[01]\d|2[0-3]):[0-5]\d:60Z")


@animal(_FORM, law=None)
def instants_at_24_hours() -> Patches:
    """24:00:00 is the end of a day, as ISO 8601 has it."""
    return _instants(f"{_DATE}T24:00:00Z")


@animal(_FORM, law=None)
def instants_of_the_year_zero() -> Patches:
    """The year 0000 is one."""
    return _instants(rf"0000-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T{_TIME}Z")


@animal(_FORM, law=None)
def instants_of_months_of_31_days() -> Patches:
    """Every month has 31 days."""
    return _instants(rf"(?!0000)\d{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T{_TIME}Z")


@animal(_FORM, law=None)
def instants_of_every_fourth_year() -> Patches:
    """Every fourth year is a leap year, as the Julian calendar has it."""
    return _instants(rf"\d\d(?:[02468][048]|[13579][26])-02-29T{_TIME}Z", fewer="0000.*")


@animal(_FORM, law=None)
def instants_of_no_leap_centuries() -> Patches:
    """No year of a full century is a leap year, 2000 included."""
    return _instants(fewer=r"\d\d00-02-29T.*")


@animal(_FORM, law=None)
def instants_of_the_epoch_alone() -> Patches:
    """created_at is not before 1970."""
    return _instants(fewer=r"(?:0|1[0-8]|19[0-6])\d.*")


@animal(_FORM, law=None)
def instants_of_any_script() -> Patches:
    r"""created_at is matched with \d, which knows the digits of all scripts."""
    return _instants(f"{_DATE}T{_TIME}Z", flags=re.UNICODE)


@animal(_FORM, law=None)
def instants_with_slashes() -> Patches:
    """created_at may have slashes in its date."""
    return _instants(f"{_DATE}T{_TIME}Z".replace("-(", "[-/]("))


@animal(_FORM, law=None)
def instants_with_short_fields() -> Patches:
    """Fields of created_at may lack their leading zero."""
    return _instants(r"\d{4}-[1-9]-\d\dT.*Z|\d{4}-\d\d-[1-9]T.*Z|\d{4}-\d\d-\d\dT\d:.*Z")


@animal(_FORM, law=None)
def instants_stripped() -> Patches:
    """Blanks around created_at do not count."""
    return _instants(rf"\s*{_DATE}T{_TIME}Z\s*")


def _pith_numbers(pattern: str, flags: re.RegexFlag = re.ASCII) -> Patches:
    compiled = re.compile(pattern, flags)

    def judged(value: object) -> bool:
        return isinstance(value, str) and compiled.fullmatch(value) is not None

    return {
        (module, "is_pith_number"): judged
        for module in (event, numbers, unions)
        if hasattr(module, "is_pith_number")
    }


@animal(_FORM, law=None)
def numbers_in_small_letters() -> Patches:
    """The letters of a Pith Number may be small."""
    return _pith_numbers("pith:[0-9]{4}:[A-Za-z2-7]{26}")


@animal(_FORM, law=None)
def numbers_with_all_digits() -> Patches:
    """A Pith Number may hold 0, 1, 8 and 9."""
    return _pith_numbers("pith:[0-9]{4}:[A-Z0-9]{26}")


@animal(_FORM, law=None)
def numbers_between_capital_and_small() -> Patches:
    """The class of a Pith Number's letters reaches from A to z, and what lies between."""
    return _pith_numbers("pith:[0-9]{4}:[A-z2-7]{26}")


@animal(_FORM, law=None)
def numbers_with_letters_in_the_year() -> Patches:
    """The year of a Pith Number may hold letters."""
    return _pith_numbers("pith:[0-9A-Za-z]{4}:[A-Z2-7]{26}")


@animal(_FORM, law=None)
def numbers_of_any_prefix() -> Patches:
    """The prefix of a Pith Number may be in capitals."""
    return _pith_numbers("(?i:pith):[0-9]{4}:[A-Z2-7]{26}")


@animal(_FORM, law=None)
def numbers_of_any_length() -> Patches:
    """A Pith Number may go on after 26 characters."""
    return _pith_numbers("pith:[0-9]{4}:[A-Z2-7]{26,}")


@animal(_FORM, law=None)
def numbers_cut_short() -> Patches:
    """A Pith Number may be a short one, of 8, 12 or 16 characters."""
    return _pith_numbers("pith:[0-9]{4}:[A-Z2-7]{8,26}")


@animal(_FORM, law=None)
def numbers_with_any_separator() -> Patches:
    """What stands between the parts of a Pith Number is any character."""
    return _pith_numbers("pith.[0-9]{4}.[A-Z2-7]{26}")


@animal(_FORM, law=None)
def numbers_with_a_final_newline() -> Patches:
    """Pith Numbers are matched with $, which lets a final newline through."""
    return _pith_numbers("pith:[0-9]{4}:[A-Z2-7]{26}\n?")


def _event_ids(pattern: str) -> Patches:
    compiled = re.compile(pattern)

    def judged(value: object) -> bool:
        return isinstance(value, str) and compiled.fullmatch(value) is not None

    return {(event, "is_event_id"): judged}


@animal(_FORM, law=None)
def ids_in_capitals() -> Patches:
    """The hex digits of an event id may be capitals."""
    return _event_ids("sha256:[0-9a-fA-F]{64}")


@animal(_FORM, law=None)
def ids_beyond_f() -> Patches:
    """An event id may hold any small letter."""
    return _event_ids("sha256:[0-9a-z]{64}")


@animal(_FORM, law=None)
def ids_of_any_length() -> Patches:
    """An event id has hex digits, however many."""
    return _event_ids("sha256:[0-9a-f]+")


@animal(_FORM, law=None)
def ids_of_any_digest() -> Patches:
    """An event id may name another digest than sha256."""
    return _event_ids("[a-z0-9]+:[0-9a-f]{64}")


@animal(_FORM, law=None)
def ids_without_a_prefix() -> Patches:
    """An event id may lack its prefix."""
    return _event_ids("(?:sha256:)?[0-9a-f]{64}")


Decoding = Callable[[str], bytes]


def _also(decode: Decoding) -> Callable[[str, int], bytes | None]:
    """Canonical base64, and what another decoder makes of other texts."""

    def decoded(text: str, length: int) -> bytes | None:
        right = decode_base64(text, length)
        if right is not None:
            return right
        try:
            data = decode(text)
        except ValueError:
            return None
        return data if len(data) == length else None

    return decoded


def _unpadded(text: str) -> bytes:
    if "=" in text:
        raise ValueError
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _with_spare_bits(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _url_safe(text: str) -> bytes:
    return base64.b64decode(text, altchars=b"-_", validate=True)


def _with_line_feeds(text: str) -> bytes:
    return base64.b64decode("".join(text.splitlines()), validate=True)


@animal("3.3", law=None)
def signatures_without_padding() -> Patches:
    """The base64 of a signature may lack its padding."""
    return {(blocks, "decode_base64"): _also(_unpadded)}


@animal("3.3", law=None)
def signatures_with_spare_bits() -> Patches:
    """The spare bits of a signature's base64 do not count."""
    return {(blocks, "decode_base64"): _also(_with_spare_bits)}


@animal("3.3", law=None)
def signatures_url_safe() -> Patches:
    """The base64 of a signature may be of the alphabet for addresses."""
    return {(blocks, "decode_base64"): _also(_url_safe)}


@animal("3.3", law=None)
def signatures_with_line_feeds() -> Patches:
    """The base64 of a signature may hold line feeds, as MIME has it."""
    return {(blocks, "decode_base64"): _also(_with_line_feeds)}


@animal("3.5", law=None)
def keys_without_padding() -> Patches:
    """The base64 of a key may lack its padding."""
    return {(keyring, "decode_base64"): _also(_unpadded)}


@animal("3.5", law=None)
def keys_with_spare_bits() -> Patches:
    """The spare bits of a key's base64 do not count."""
    return {(keyring, "decode_base64"): _also(_with_spare_bits)}


@animal("3.5", law=None)
def keys_url_safe() -> Patches:
    """The base64 of a key may be of the alphabet for addresses."""
    return {(keyring, "decode_base64"): _also(_url_safe)}


@animal("3.5", law=None)
def keys_with_line_feeds() -> Patches:
    """The base64 of a key may hold line feeds, as MIME has it."""
    return {(keyring, "decode_base64"): _also(_with_line_feeds)}


@animal("3.5", law=None)
def windows_of_any_text() -> Patches:
    """An end of a key's window is any text."""
    return {(keyring, "is_instant"): lambda _text: True}

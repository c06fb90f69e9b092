"""How deep a JSON text nests, before anything recurses on it.

msgspec recurses in C, a thousand levels before it refuses: on a small stack, such as those of
threads, that is the end of the process. So the text is looked through first.
"""

from typing import Final

_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")


def _all_but(wanted: bytes) -> bytes:
    return bytes(byte for byte in range(256) if byte not in wanted)


_NO_BRACKETS: Final = _all_but(b"[]{}")
_NO_BRACKETS_OR_QUOTES: Final = _all_but(b'[]{}"')
_NO_COLONS_OR_QUOTES: Final = _all_but(b':"')


def depth_at_most(text: bytes, limit: int) -> int:
    """A bound of how deep a reader gets in a text, JSON or not; exact if it is JSON.

    Args:
        text: the document.
        limit: how deep it may be; where it is deeper, by how much is not found out.
    """
    brackets = text.translate(_BRACKETS, _NO_BRACKETS)
    if brackets.count(b"[") <= limit:
        return brackets.count(b"[")
    brackets = _outside_of_strings(text, _NO_BRACKETS_OR_QUOTES).translate(_BRACKETS)
    levels = 0
    while levels <= limit:
        # The innermost ones; those around them are the innermost then.
        rest = brackets.replace(b"[]", b"")
        if len(rest) == len(brackets):
            break
        brackets = rest
        levels += 1
    return levels + brackets.count(b"[")


def member_count(text: bytes) -> int:
    """How many members the objects in a valid JSON text have: its colons outside of strings."""
    return len(_outside_of_strings(text, _NO_COLONS_OR_QUOTES))


def _outside_of_strings(text: bytes, unwanted: bytes) -> bytes:
    """What of a JSON text stands outside of strings, without the unwanted; of another text, that is
    so up to the place where it stops to be one. Quotes must be wanted."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Two quotes with nothing between them say nothing of what is inside, and most are such.
    wanted = text.translate(None, unwanted).replace(b'""', b"")
    return b"".join(wanted.split(b'"')[::2])

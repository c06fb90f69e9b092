"""How deep a JSON text nests, before anything recurses on it.

msgspec recurses in C, a thousand levels before it refuses: on a small stack, such as those of
threads, that is the end of the process. There the text is looked through first.
"""

import threading
from typing import Final

_ROOM: Final = 2**20
"""Bytes of stack that are enough for whatever recurses."""
_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]{}")


def has_room() -> bool:
    """Whether the stack of this thread is known to be large enough for a thousand levels."""
    if threading.get_ident() != threading.main_thread().ident:
        return False
    try:
        import resource
    except ImportError:  # pragma: no cover - not on every system
        return True
    limit, _ = resource.getrlimit(resource.RLIMIT_STACK)
    return limit == resource.RLIM_INFINITY or limit >= _ROOM


def depth_at_most(text: bytes, limit: int) -> int:
    """A bound of how deep a reader gets in a text, JSON or not; exact if it is JSON.

    Args:
        text: the document.
        limit: how deep it may be; where it is deeper, by how much is not found out.
    """
    brackets = text.translate(_BRACKETS, _NO_BRACKETS)
    if brackets.count(b"[") <= limit:
        return brackets.count(b"[")
    brackets = outside_of_strings(text).translate(_BRACKETS, _NO_BRACKETS)
    levels = 0
    while levels <= limit:
        # The innermost ones; those around them are the innermost then.
        rest = brackets.replace(b"[]", b"")
        if len(rest) == len(brackets):
            break
        brackets = rest
        levels += 1
    return levels + brackets.count(b"[")


def outside_of_strings(text: bytes) -> bytes:
    """What of a JSON text stands outside of strings; of another text, that is so up to the place
    where it stops to be one."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(text.split(b'"')[::2])

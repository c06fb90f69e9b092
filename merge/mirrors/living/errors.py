"""What can be wrong with a mirror as a whole."""

from typing import Final

from pithmerge.mirrors.pieces import StoreError

REMEDY: Final = (
    "put back a copy of the mirror, or make a new one from the sources; pithmerge mirror check "
    "says what else is damaged"
)
"""Of whatever is not what was written."""


class MirrorError(StoreError):
    """A mirror that is not there, cannot be read or written, or is being written."""


class DamageError(MirrorError):
    """Something in a mirror is not what was written."""

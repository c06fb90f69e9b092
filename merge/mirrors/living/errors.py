"""What can be wrong with a mirror as a whole."""

from pithmerge.mirrors.pieces import StoreError


class MirrorError(StoreError):
    """A mirror that is not there, cannot be read or written, or is being written."""


class DamageError(MirrorError):
    """Something in a mirror is not what was written."""

"""The limits of SPEC 1.5, the same for every implementation, and the sizes that are our own."""

from typing import Final

MAX_DEPTH: Final = 128
"""How deep arrays and objects may nest in an event or in a value to canonicalise; ``[]`` is 1."""

ENVELOPE_DEPTH: Final = 4
"""How much deeper a document may be that carries events: a bundle, a state, a list."""

MAX_DOCUMENT_DEPTH: Final = MAX_DEPTH + ENVELOPE_DEPTH

MAX_INT_DIGITS: Final = 4300
"""Digits of an integer literal, its sign not counted."""

MAX_BYTES: Final = 2**30
"""Default size limit of one document in bytes: our own, and no verdict on the document."""

MAX_VALUES: Final = 50_000_000
"""Default limit on the values in one Python object: our own; shared references count each time."""

"""The exit codes of the commands. ``conform`` has some of its own (CONFORMANCE.md)."""

from typing import Final

HOLDS: Final = 0
"""Everything holds."""
DOES_NOT_HOLD: Final = 1
"""Something that was checked does not hold: nothing is valid, two differ, ``--strict`` objects."""
UNUSABLE: Final = 2
"""Wrong usage, or the work could not be done, or not be written. So it is where no document stands
behind any of the names that were given – folders without one, patterns that nothing fits – with
every command: there is no work."""
INCOMPLETE: Final = 3
"""It is done and written, but some input was unreadable or unsupported; a file that is named and
cannot be read, too, with the commands that go on without it (verify, explain, evidence, number)."""
INTERRUPTED: Final = 130
"""By Ctrl-C, or told to end."""


def exit_code(*, incomplete: object, fails: object) -> int:
    """The code of what is done and written; that some is missing goes before what does not hold.

    Args:
        incomplete: whether some input was unreadable or unsupported.
        fails: whether something that was checked does not hold.
    """
    if incomplete:
        return INCOMPLETE
    return DOES_NOT_HOLD if fails else HOLDS

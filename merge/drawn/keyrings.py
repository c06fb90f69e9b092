"""Keyrings of their own for drawn sets: few keys, and windows at whose ends events stand."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from pithmerge.building import Signer
from pithmerge.crypto import Key, Keyring
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.plans import Plan
from pithmerge.drawn.signers import SIGNERS, WINDOWED_REGISTRY, key_of, keyring_for_tests

BYTES_OF_KEYRING: Final = 2 * len(SIGNERS)


def keyring_of(
    choices: Choices, plans: Sequence[Plan], events: Iterable[Any], *, may_cut: bool
) -> Keyring:
    """A keyring that knows who signs a set, and not all others.

    Args:
        choices: `BYTES_OF_KEYRING` bytes of them; zero for a key with an open window.
        plans: the set's plans. A window holds all dates of its signer, or, if it ``may_cut``, all
            but the first or last.
        events: its events, for the signers that faults brought in.
    """
    needed = {name for event in events for name in _fingerprints(event)}
    keys = []
    for signer in SIGNERS:
        form, is_asked = choices.below(16), choices.once_in(8)
        mine = [plan.created_at for plan in plans if plan.signer == signer]
        receipts = any(plan.receipt_signer == signer for plan in plans)
        if not (mine or receipts or is_asked or signer.key.fingerprint in needed):
            continue
        known = keyring_for_tests().get(signer.key.fingerprint)
        assert known is not None
        is_open = signer != WINDOWED_REGISTRY
        keys.append(_windowed(signer, form, sorted(mine), may_cut) if mine and is_open else known)
    return Keyring(tuple(keys))


def _windowed(signer: Signer, form: int, dates: Sequence[str], may_cut: bool) -> Key:
    """The key with a window by the dates of its events: open, from, until, both; or one cut off."""
    from_first = form in (1, 2, 3, 6, 7)
    until_last = form in (4, 5, 6, 7)
    if may_cut and len(dates) > 1:
        if form in (8, 9, 10):
            return key_of(signer, dates[1], None)
        if form in (11, 12, 13):
            return key_of(signer, None, dates[-2])
    return key_of(signer, dates[0] if from_first else None, dates[-1] if until_last else None)


def _fingerprints(event: Any) -> Iterator[str]:
    """Whose keys it takes to judge an event: its signer's, and that of its receipt."""
    for path in (("signer",), ("payload", "receipt")):
        value = event
        for name in (*path, "public_key_fingerprint"):
            value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, str):
            yield value

"""What a document that comes in is worth, by the keyring of the mirror.

The verdict on a document rests on the keys that were asked for while it was made, and on no others:
a key that enters the keyring later changes what has asked for it.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from pithmerge.canon import JsonValue, read_value
from pithmerge.core.candidate import Candidate
from pithmerge.core.judging import Pending, judge, settle
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import Rules
from pithmerge.crypto import Key, Keyring
from pithmerge.documents import Document

ANY: Final = "*"
"""Stands for all keys, in the place of those that were asked for."""
_MOST_ASKED: Final = 64
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{32}")
"""Nothing else is one (SPEC 2.3)."""
_LONGEST_DATE: Final = 40

_BY_KEYRING: Final = frozenset(
    {
        Reason.UNKNOWN_KEY,
        Reason.SIGNER_NOT_RECOGNIZED,
        Reason.KEY_NOT_VALID,
        Reason.NOT_AUTHORIZED,
        Reason.RECEIPT_INVALID,
    }
)
"""Why events are rejected that another keyring may accept (SPEC 5.1)."""


class AskedKeyring(Keyring):
    """A keyring that remembers which keys it was asked for."""

    __slots__ = ("_asked",)

    def __init__(self, keyring: Keyring) -> None:
        object.__setattr__(self, "_asked", set())
        super().__init__(keyring.keys)
        self._asked.clear()

    _asked: set[str]

    @property
    def asked(self) -> tuple[str, ...]:
        """The fingerprints, sorted; `ANY` alone if somebody has looked through all keys, or asked
        for very many."""
        if ANY in self._asked or len(self._asked) > _MOST_ASKED:
            return (ANY,)
        return tuple(sorted(self._asked))

    def get(self, fingerprint: str) -> Key | None:
        """See `Keyring.get`."""
        if isinstance(fingerprint, str) and _FINGERPRINT.fullmatch(fingerprint):
            self._asked.add(fingerprint)
        return super().get(fingerprint)

    def __getattribute__(self, name: str) -> Any:
        if name == "keys":
            object.__getattribute__(self, "_asked").add(ANY)
        return super().__getattribute__(name)


def changed_keys(before: Keyring, after: Keyring) -> frozenset[str]:
    """The fingerprints by which two keyrings differ."""
    entries = [{key.fingerprint: key for key in each.keys} for each in (before, after)]
    either = entries[0].keys() | entries[1].keys()
    return frozenset(name for name in either if entries[0].get(name) != entries[1].get(name))


def sound_and_hopeful(
    pith_number: str, events: Iterable[bytes], rules: Rules, keyring: Keyring
) -> tuple[bool, bool]:
    """Whether an event of some passes by itself (SPEC 5.1); and whether one may by other keys.

    Args:
        pith_number: of the graph.
        events: each as JSON.
        rules, keyring: by which they are judged.
    """
    pending: list[Pending] = []
    hopeful = False
    for data in events:
        json = read_value(data, max_bytes=len(data))
        candidate = Candidate(json, rules=rules, pith_number=pith_number, keyring=keyring)
        verdict = judge(candidate, verify_signatures=True)
        if isinstance(verdict, Pending):
            pending.append(verdict)
        elif verdict.reason is None:
            return True, hopeful
        else:
            hopeful = hopeful or verdict.reason in _BY_KEYRING
    settled = list(settle(pending))
    hopeful = hopeful or any(each.reason in _BY_KEYRING for each in settled)
    return any(each.reason is None for each in settled), hopeful


def event_identity(json: JsonValue, rules: Rules) -> str:
    """The computed id of an event (SPEC 5.4)."""
    return Candidate(json, rules=rules, pith_number=None, keyring=Keyring.empty()).identity


def dated(document: Document) -> str:
    """When a document says that it was made; empty if it does not. For which of several is the
    newest."""
    value = document.value if isinstance(document.value, dict) else {}
    for name in ("built_at", "created_at"):
        found = value.get(name)
        if isinstance(found, str) and len(found) <= _LONGEST_DATE:
            return found
    return ""

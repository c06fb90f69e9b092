"""The verdicts of one `pithmerge.Merger.add`, gathered before any of them is taken in."""

from collections.abc import Iterator
from typing import Final

from pithmerge.canon import sha256_hex
from pithmerge.core.judging import Pending, Verdict, settle
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import Rules

_TOGETHER: Final = 8192
"""Events whose signatures are verified together: so many that starting threads costs nothing."""
_SEEN: Final = 256
_SHORT: Final = 64
"""How many worthless inputs are remembered, and up to which length."""


class Verdicts:
    """The verdicts of one `Merger.add`, before they are taken in: the signatures of many wait to
    be verified together, and of what is worthless only identity and reason are kept."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._passed: dict[str, Verdict] = {}
        self._rejected: dict[str, str] = {}
        self._pending: dict[str, Pending] = {}
        self._seen: dict[bytes, None] = {}

    def passed(self, identity: str) -> bool:
        """Whether a copy of that event passed."""
        if identity in self._pending:
            # Whether its copies matter depends on its signature.
            self._settle()
        return identity in self._passed

    def add(self, verdict: Verdict | Pending) -> None:
        """Take in what was judged."""
        if isinstance(verdict, Verdict):
            self._decided(verdict)
            return
        self._pending[verdict.otherwise.identity] = verdict
        if len(self._pending) == _TOGETHER:
            self._settle()

    def add_no_event(self, content_json: bytes) -> None:
        """Take in an input that is no event at first sight, by the canonical bytes of its content.

        A list may hold a million of them, mostly the same.
        """
        if content_json in self._seen:
            return
        if len(self._seen) == _SEEN:
            self._seen.clear()
        if len(content_json) <= _SHORT:
            self._seen[content_json] = None
        self._rejected.setdefault(f"sha256:{sha256_hex(content_json)}", Reason.MALFORMED_EVENT)

    def all(self) -> Iterator[Verdict]:
        """What was taken in, one verdict an identity."""
        self._settle()
        for identity, reason in self._rejected.items():
            yield Verdict(identity, reason, None)
        yield from self._passed.values()

    def _settle(self) -> None:
        pending = list(self._pending.values())
        self._pending.clear()
        for verdict in settle(pending):
            self._decided(verdict)

    def _decided(self, verdict: Verdict) -> None:
        if verdict.reason is None:
            self._passed[verdict.identity] = verdict
            self._rejected.pop(verdict.identity, None)
            return
        known = self._rejected.get(verdict.identity)
        rank = self._rules.rank
        if known is None or rank(verdict.reason) > rank(known):
            self._rejected[verdict.identity] = verdict.reason

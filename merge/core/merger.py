"""The reducer of pith-open-graph-merge-v1: ``merge``, a pure function, and `Merger`, its memory.

Data flows one way, and each step is a module:

1. every input becomes a verdict by rows 1 to 18 of SPEC 5.1 (`pithmerge.core.judging`); of many,
   the signatures are verified last and together;
2. the graph takes the verdicts in (`pithmerge.core.graph`): copies of one event share one (SPEC
   4.3, 5.2), rows 19 and 20 decide by the ``prev_event`` chains which events are valid
   (`pithmerge.core.chains`);
3. supersession (`pithmerge.core.supersession`), equivocation (`pithmerge.core.equivocation`) and
   the applied order (`pithmerge.core.order`) follow from the valid events alone;
4. the state is those facts, written down (`pithmerge.core.state`).

No step looks at the order of arrival, a clock, or anything outside its arguments (SPEC 9).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pithmerge.canon import read_json
from pithmerge.canon.reader import read_surveyed
from pithmerge.canon.survey import is_plain
from pithmerge.canon.writer import write
from pithmerge.core.aliases import given_aliases
from pithmerge.core.candidate import Candidate
from pithmerge.core.graph import Graph
from pithmerge.core.judging import Verdict, judge, settled
from pithmerge.core.numbers import is_pith_number
from pithmerge.core.reasons import Reason
from pithmerge.core.state import State
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from pithmerge.crypto import Keyring
from pithmerge.crypto.ed25519 import Claim
from pithmerge.errors import CanonicalFormError, DocumentError, MergeError

_TOGETHER: Final = 8192
"""Events whose signatures are verified together: so many that starting threads costs nothing."""


def merge(
    events: Iterable[Any],
    *,
    pith_number: str | None = None,
    source_aliases: Iterable[Any] | None = None,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
    verify_signatures: bool = True,
) -> State:
    """Fold signed events into the state of one graph (SPEC 4 to 8).

    Args:
        events: parsed events, or bytes with one JSON document each, in any order, with any
            repetition. They are not changed. What is no valid event is counted and named in
            ``invalid_events``; it raises nothing.
        pith_number: the graph's number; None for the one subject of all well-formed events.
        source_aliases: the registry's aliases beside the events; None or none at all derives them
            from the record (SPEC 8.6).
        keyring: whom to trust (SPEC 3.5).
        verify_signatures: False skips rows 7 to 15 of SPEC 5.1. Only for events whose signatures
            are gone, such as those rebuilt from a state; the state then says so
            (``signatures_verified``).

    Raises:
        MergeError: ``events`` is no iterable of events, an argument is not of its form, or there
            is no single Pith Number (SPEC 8.8).
        DocumentError: an event's bytes are no JSON (SPEC 1.2, 1.4, 1.5).
        CanonicalFormError: a parsed event has no canonical form (SPEC 1.2, 1.5).
    """
    merger = Merger(
        pith_number,
        keyring=keyring,
        source_aliases=source_aliases,
        verify_signatures=verify_signatures,
    )
    merger.add(events)
    return merger.state()


def surveyed(events: Iterable[Any]) -> Iterator[tuple[Any, bool]]:
    """Each event as a parsed value, and whether orjson writes it exactly."""
    if isinstance(events, (bytes, bytearray, memoryview, str, Mapping)) or not isinstance(
        events, Iterable
    ):
        raise MergeError(
            f"merge() takes an iterable of events, not a {type(events).__name__}: of a document, "
            "give load_document(…).events; a single event goes into a list"
        )
    for index, event in enumerate(events):
        try:
            if isinstance(event, (bytes, bytearray, memoryview)):
                yield read_surveyed(bytes(event))
            else:
                plain = is_plain(event)
                if isinstance(event, dict):
                    # Outside the content nothing else would meet a lone surrogate (SPEC 1.2).
                    outside = {name: event[name] for name in UNDIGESTED_MEMBERS if name in event}
                    write(outside, plain=plain, sort=False)
                yield event, plain
        except (DocumentError, CanonicalFormError) as error:
            raise type(error)(f"event {index}: {error}") from None


class Merger:
    """A merge that goes on: events are added as they are learned, the state is asked for any time.

    The state is that of one `merge` of all events that were ever added (SPEC 9.3). What is added
    costs what it costs by itself, however many events came before, and no signature that verified
    is verified again.

        merger = Merger(number)
        merger.add(events)
        merger.state().state_sha256
        merger.add([another])
        (merger | other_mirrors).state()

    `pithmerge.save_merger` and `pithmerge.load_merger` keep one in a file.

    Args:
        pith_number, keyring, source_aliases, verify_signatures: as for `merge`.

    Raises:
        MergeError: an argument is not of its form.
    """

    def __init__(
        self,
        pith_number: str | None = None,
        *,
        keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
        source_aliases: Iterable[Any] | None = None,
        verify_signatures: bool = True,
    ) -> None:
        if pith_number is not None:
            _check_number(pith_number)
        if not isinstance(keyring, Keyring):
            raise MergeError(
                f"keyring must be a Keyring, not a {type(keyring).__name__}: leave it out for the "
                "registry's key, or start from Keyring.empty()"
            )
        self._given_number = pith_number
        self._number = pith_number
        self._keyring = keyring
        self._verify_signatures = verify_signatures
        self._alias_jsons = given_aliases(() if source_aliases is None else source_aliases)
        self._graph = Graph()
        self._state: State | None = None

    @property
    def pith_number(self) -> str | None:
        """The graph's number; None if none was given and no well-formed event has come yet."""
        return self._number

    @property
    def given_number(self) -> str | None:
        """The number that was given. Without one, well-formed events must agree on theirs (8.8)."""
        return self._given_number

    @property
    def source_aliases(self) -> list[Any]:
        """The given aliases, one a name (SPEC 8.6), fresh for every caller."""
        return [read_json(alias_json) for alias_json in self._alias_jsons]

    @property
    def keyring(self) -> Keyring:
        """Whom it trusts."""
        return self._keyring

    @property
    def verify_signatures(self) -> bool:
        """Whether it checks signatures (SPEC 5.1a)."""
        return self._verify_signatures

    def learn_number(self, number: str) -> None:
        """Take in that well-formed events name that number.

        Raises:
            MergeError: it is no Pith Number, or others named another one.
        """
        _check_number(number)
        if self._given_number is None:
            self._number = _one_number(self._number, number)

    def add(self, events: Iterable[Any]) -> None:
        """Take in events, as `merge` takes them. If it raises, none of them has been taken in.

        Raises:
            MergeError, DocumentError, CanonicalFormError: as `merge`.
        """
        self.add_surveyed(surveyed(events))

    def add_surveyed(self, events: Iterable[tuple[Any, bool]]) -> None:
        """`add` of parsed events, each with what `pithmerge.canon.survey.is_plain` says of it."""
        number = self._number
        passed: set[str] = set()
        verdicts: list[Verdict] = []
        unsettled: dict[str, tuple[Verdict, Claim | None]] = {}

        def settle() -> None:
            for verdict in settled(unsettled.values()):
                verdicts.append(verdict)
                if verdict.reason is None:
                    passed.add(verdict.identity)
            unsettled.clear()

        for index, (value, plain) in enumerate(events):
            try:
                candidate = Candidate(
                    value,
                    plain=plain,
                    pith_number=self._given_number,
                    keyring=self._keyring,
                    later=True,
                )
            except CanonicalFormError as error:
                raise CanonicalFormError(f"event {index}: {error}") from None
            if candidate.identity in unsettled or len(unsettled) == _TOGETHER:
                settle()
            if candidate.identity in passed or self._graph.passed(candidate.identity):
                continue
            verdict = judge(candidate, verify_signatures=self._verify_signatures)
            unsettled[candidate.identity] = (verdict, candidate.claim)
            if self._given_number is None and verdict.reason is not Reason.MALFORMED_EVENT:
                number = _one_number(number, value["subject_pith_number"])
        settle()
        self._number = number
        self.add_verdicts(verdicts)

    def add_verdicts(self, verdicts: Iterable[Verdict]) -> None:
        """Take in verdicts that were made as this merger makes them; they are believed."""
        self._state = None
        for verdict in verdicts:
            self._graph.add(verdict)

    def verdicts(self) -> Iterable[Verdict]:
        """What it knows: one verdict of rows 1 to 18 for each identity that was ever added."""
        return self._graph.verdicts()

    def state(self) -> State:
        """The state of all events so far.

        Raises:
            MergeError: there is no single Pith Number (SPEC 8.8).
        """
        if self._number is None:
            raise MergeError(
                "no event names a Pith Number (SPEC 8.8): give the graph's with pith_number"
            )
        if self._state is None:
            self._state = self._graph.state(
                self._number, self._alias_jsons, signatures_verified=self._verify_signatures
            )
        return self._state

    def __or__(self, other: "Merger") -> "Merger":
        """A merger of the events and aliases of both, which stay as they are.

        Raises:
            MergeError: they are about several Pith Numbers, or judge by different rules.
        """
        if not isinstance(other, Merger):
            return NotImplemented
        if (self._keyring, self._verify_signatures) != (other._keyring, other._verify_signatures):
            raise MergeError(
                "the mergers have different keyrings or not the same verify_signatures, so what is "
                "valid in one need not be in the other: make both with the same"
            )
        if self._given_number != other._given_number:
            raise MergeError(
                "the mergers were not given the same pith_number: make both with the same"
            )
        both = Merger(
            self._given_number,
            keyring=self._keyring,
            source_aliases=self.source_aliases + other.source_aliases,
            verify_signatures=self._verify_signatures,
        )
        for number in filter(None, (self._number, other._number)):
            both.learn_number(number)
        both.add_verdicts(self.verdicts())
        both.add_verdicts(other.verdicts())
        return both


def _check_number(number: Any) -> None:
    if not is_pith_number(number):
        shown = repr(number) if isinstance(number, str) else type(number).__name__
        raise MergeError(
            f"{shown[:80]} is no Pith Number: write it as pith:YYYY: and 26 characters of A-Z2-7"
        )


def _one_number(known: str | None, subject: str) -> str:
    if known is not None and known != subject:
        raise MergeError(
            f"the events are about several Pith Numbers, {min(known, subject)} and "
            f"{max(known, subject)} among them (SPEC 8.8): give the graph's with pith_number, or "
            "merge them apart"
        )
    return subject

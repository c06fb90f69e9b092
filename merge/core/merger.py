"""The reducer of pith-open-graph-merge-v1: ``merge``, a pure function, and `Merger`, its memory.

Data flows one way, and each step is a module:

1. every input becomes a verdict by what it is judged by alone (SPEC 5.1: `pithmerge.core.rows` in
   the order of `pithmerge.core.rules`); of many, the signatures are verified last and together
   (`pithmerge.core.judging`);
2. the graph takes the verdicts in (`pithmerge.core.graph`): copies of one event share one (SPEC
   4.3, 5.2), and the ``prev_event`` chains decide which events are valid
   (`pithmerge.core.chains`);
3. supersession (`pithmerge.core.supersession`), equivocation (`pithmerge.core.equivocation`) and
   the applied order (`pithmerge.core.order`) follow from the valid events alone;
4. the state is those facts, written down (`pithmerge.core.state`).

No step looks at the order of arrival, a clock, or anything outside its arguments (SPEC 9).
"""

from collections.abc import Iterable, Iterator
from threading import RLock
from typing import Any, NoReturn

from pithmerge.canon import read_json
from pithmerge.core.aliases import given_aliases, united_aliases
from pithmerge.core.candidate import Candidate, content_of
from pithmerge.core.equivocation import Equivocation
from pithmerge.core.event import is_no_event
from pithmerge.core.graph import Graph
from pithmerge.core.inputs import surveyed
from pithmerge.core.judging import Pending, Verdict, judge, settle
from pithmerge.core.reasons import Reason
from pithmerge.core.rules import V1, Rules
from pithmerge.core.state import State
from pithmerge.core.unions import Known, Parts, check_number, flattened, one_number
from pithmerge.core.verdicts import Verdicts
from pithmerge.crypto import Keyring
from pithmerge.crypto.keyring import keyring_problem
from pithmerge.errors import CanonicalFormError, MergeError


def merge(
    events: Iterable[Any],
    *,
    pith_number: str | None = None,
    source_aliases: Iterable[Any] | None = None,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
    verify_signatures: bool = True,
    rules: Rules = V1,
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
        verify_signatures: False skips the rows of SPEC 5.1 about the event's signature (SPEC 5.1a).
            Only for events whose signatures are gone, such as those rebuilt from a state; the state
            then says so (``signatures_verified``).
        rules: the merge version.

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
        rules=rules,
    )
    merger.add(events)
    return merger.state()


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

    Threads may share one: what they ask of it is done one after the other.
    `pithmerge.save_merger` and `pithmerge.load_merger` keep one in a file.

    Args:
        pith_number, keyring, source_aliases, verify_signatures, rules: as for `merge`.

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
        rules: Rules = V1,
    ) -> None:
        if pith_number is not None:
            check_number(pith_number)
        problem = keyring_problem(keyring)
        if problem is not None:
            raise MergeError(problem)
        if not isinstance(verify_signatures, bool):
            raise MergeError(
                "verify_signatures must be True or False, not a "
                f"{type(verify_signatures).__name__}: what is neither would decide it by accident"
            )
        if not isinstance(rules, Rules):
            raise MergeError(
                f"rules must be Rules, not a {type(rules).__name__}: leave it out for those of v1"
            )
        self._given_number = pith_number
        self._number = pith_number
        self._keyring = keyring
        self._verify_signatures = verify_signatures
        self._rules = rules
        self._aliases = given_aliases(() if source_aliases is None else source_aliases)
        self._graph = Graph(rules)
        self._state: State | None = None
        # What a union has still to take in: united one after the other, the first of many mergers
        # would otherwise be taken in again each time.
        self._parts: Parts = ()
        self._lock = RLock()

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
        with self._lock:
            self._unite()
            return [read_json(alias_json) for alias_json in self._aliases]

    @property
    def keyring(self) -> Keyring:
        """Whom it trusts."""
        return self._keyring

    @property
    def verify_signatures(self) -> bool:
        """Whether it checks signatures (SPEC 5.1a)."""
        return self._verify_signatures

    @property
    def rules(self) -> Rules:
        """The merge version by which it judges."""
        return self._rules

    def add(self, events: Iterable[Any]) -> None:
        """Take in events, as `merge` takes them. If it raises, none of them has been taken in.

        Raises:
            MergeError, DocumentError, CanonicalFormError: as `merge`.
        """
        with self._lock:
            self._unite()
            number = self._number
            verdicts = Verdicts(self._rules)
            for candidate in self._candidates(events, verdicts):
                identity = candidate.identity
                if self._graph.passed(identity) or verdicts.passed(identity):
                    continue
                verdict = judge(candidate, verify_signatures=self._verify_signatures)
                verdicts.add(verdict)
                if self._given_number is None and not _is_malformed(verdict):
                    number = one_number(number, candidate.value["subject_pith_number"])
            self._take_in(number, verdicts.all())

    def _judged(self, events: Iterable[Any]) -> list[tuple[Candidate, Verdict]]:
        """Take in events like `add`, and say of each input, copies included, what it is judged to
        be: for verification, which speaks of each."""
        candidates = list(self._candidates(events, None))
        verdicts = [judge(each, verify_signatures=self._verify_signatures) for each in candidates]
        settled = settle([each for each in verdicts if isinstance(each, Pending)])
        judged = [each if isinstance(each, Verdict) else next(settled) for each in verdicts]
        number = self._number
        pairs = list(zip(candidates, judged, strict=True))
        for candidate, verdict in pairs if self._given_number is None else ():
            if not _is_malformed(verdict):
                number = one_number(number, candidate.value["subject_pith_number"])
        self._take_in(number, judged)
        return pairs

    def _candidates(self, events: Iterable[Any], verdicts: Verdicts | None) -> Iterator[Candidate]:
        """What there is to be judged. Where ``verdicts`` are given, what is no event at first sight
        goes to them at once."""
        for index, json in enumerate(surveyed(events, self._rules)):
            try:
                if verdicts is not None and is_no_event(json.value):
                    verdicts.add_no_event(content_of(json).canonical())
                    continue
                yield Candidate(
                    json, rules=self._rules, pith_number=self._given_number, keyring=self._keyring
                )
            except CanonicalFormError as error:
                raise CanonicalFormError(f"event {index}: {error}") from None

    def _take_in(self, number: str | None, verdicts: Iterable[Verdict]) -> None:
        """Take in what was judged as this merger judges. It is believed: for this module, and for
        `pithmerge.saving`, which restores what a merger has judged.

        Raises:
            MergeError: the number is none, or not the one that is known.
        """
        if number is not None:
            check_number(number)
            if self._given_number is None:
                self._number = one_number(self._number, number)
        self._state = None
        for verdict in verdicts:
            self._graph.add(verdict)

    def _verdicts(self) -> Iterable[Verdict]:
        """What it knows: one verdict for each identity that was ever added."""
        with self._lock:
            self._unite()
            return list(self._graph.verdicts())

    def _unite(self) -> None:
        """Take in what a union has left for later."""
        if self._parts:
            parts, self._parts = flattened(self._parts), ()
            self._aliases = united_aliases([self._aliases, *(part.aliases for part in parts)])
            for part in parts:
                for verdict in part.verdicts:
                    self._graph.add(verdict)

    def _known(self) -> Parts:
        """All that it knows, as it is now."""
        with self._lock:
            # A union has nothing before it has taken in its parts.
            return self._parts or (Known(tuple(self._graph.verdicts()), self._aliases),)

    def _invalid(self) -> dict[str, str]:
        """Why what is not valid is not, by identity."""
        with self._lock:
            self._unite()
            return self._graph.invalid()

    def _named_equivocations(self) -> tuple[Equivocation, ...]:
        """The equivocations of all events so far, of which no other part of the state is made."""
        with self._lock:
            self._unite()
            return self._graph.equivocations()

    def state(self) -> State:
        """The state of all events so far.

        Raises:
            MergeError: there is no single Pith Number (SPEC 8.8).
        """
        with self._lock:
            self._unite()
            if self._number is None:
                raise MergeError(
                    "no event names a Pith Number (SPEC 8.8): give the graph's with pith_number"
                )
            if self._state is None:
                self._state = self._graph.state(
                    self._number, self._aliases, signatures_verified=self._verify_signatures
                )
            return self._state

    def __or__(self, other: "Merger") -> "Merger":
        """A merger of the events and aliases of both, which stay as they are.

        Raises:
            MergeError: they are about several Pith Numbers, or judge by different rules.
        """
        if not isinstance(other, Merger):
            return NotImplemented
        return Merger.union((self, other))

    @classmethod
    def union(cls, mergers: "Iterable[Merger]") -> "Merger":
        """A merger of the events and aliases of several, which stay as they are.

        It costs what they hold together, and so does ``|`` of one after the other.

        Raises:
            MergeError: there are none, they are about several Pith Numbers, or they judge by
                different rules.
        """
        parts = list(mergers) if isinstance(mergers, Iterable) else [mergers]
        if not parts:
            raise MergeError("a union of no mergers has no rules: give at least one")
        for other in parts:
            if not isinstance(other, Merger):
                raise MergeError(f"a union is one of Mergers, not of a {type(other).__name__}")
        first = parts[0]
        for other in parts[1:]:
            first._check_same(other)
        union = cls(
            first._given_number,
            keyring=first._keyring,
            verify_signatures=first._verify_signatures,
            rules=first._rules,
        )
        for part in parts:
            union._take_in(part._number, ())
        union._parts = tuple(part._known() for part in parts)
        return union

    def __repr__(self) -> str:
        """Short, and cheap: it unites nothing and folds nothing."""
        known = "a union" if self._parts else f"{self._graph.identity_count:,} events"
        unchecked = "" if self._verify_signatures else ", signatures not checked"
        return f"<Merger {self._number or 'of no Pith Number yet'}: {known}{unchecked}>"

    def __copy__(self) -> "Merger":
        """Another merger that knows the same; what one learns from then on the other does not."""
        return Merger.union((self,))

    def __deepcopy__(self, _memo: dict[int, Any]) -> "Merger":
        """See `__copy__`: what both share is never changed."""
        return Merger.union((self,))

    def __reduce__(self) -> NoReturn:
        """Refused: what is unpickled would be believed, whoever has written it."""
        raise MergeError("a Merger is no pickle: keep it with save_merger, or send its events")

    def _check_same(self, other: "Merger") -> None:
        """Refuse to unite what judges by different rules."""
        if (self._keyring, self._verify_signatures, self._rules) != (
            other._keyring,
            other._verify_signatures,
            other._rules,
        ):
            raise MergeError(
                "the mergers have different keyrings, rules or not the same verify_signatures, so "
                "what is valid in one need not be in the other: make both with the same"
            )
        if self._given_number != other._given_number:
            raise MergeError(
                "the mergers were not given the same pith_number: make both with the same"
            )


def _is_malformed(verdict: Verdict | Pending) -> bool:
    return isinstance(verdict, Verdict) and verdict.reason == Reason.MALFORMED_EVENT

"""What two sides say of one paper, and where they do not say the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final

from pithmerge.answers.changes import ValueChange, canonical, change, changes, list_changes
from pithmerge.answers.papers import EventVerdict
from pithmerge.answers.views import NOT_SHOWN, EventInShort, View
from pithmerge.core.merger import Merger
from pithmerge.core.rules import Rules
from pithmerge.core.vocabulary import EventType

_VALID: Final = frozenset(map(str, EventVerdict)) - {str(EventVerdict.REJECTED)} | {NOT_SHOWN}


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """An event that both sides hold and judge otherwise.

    Attributes:
        event_id: its identity.
        old, new: ``current``, ``superseded`` or ``applied``; of what is rejected the reason code.
        why: one clause for a person.
    """

    event_id: str
    old: str
    new: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """The change as a JSON value."""
        return {"event_id": self.event_id, "old": self.old, "new": self.new}


@dataclass(frozen=True)
class Difference:
    """What two sides say of one paper.

    Attributes:
        pith_number: None of events that name no paper.
        old, new: what each says; None where it has nothing of the paper.
    """

    pith_number: str | None
    old: View | None
    new: View | None

    @property
    def same(self) -> bool:
        """Whether both hold the same identities, with the same verdicts, current values, aliases
        and equivocations. Fresh signatures, and another order, make no difference (SPEC 9)."""
        return not (
            self.old is None
            or self.new is None
            or self.added
            or self.gone
            or self.verdicts
            or self.current
            or self.equivocations_added
            or self.equivocations_gone
        )

    @cached_property
    def added(self) -> tuple[str, ...]:
        """The identities that only the new side holds, sorted."""
        return _only_in(self.new, self.old)

    @cached_property
    def gone(self) -> tuple[str, ...]:
        """The identities that only the old side holds, sorted. Events do not vanish: whoever shows
        the new documents has left them out."""
        return _only_in(self.old, self.new)

    @cached_property
    def changed(self) -> Mapping[str, str]:
        """Of those that are gone the ones whose id an event states that only the new side holds,
        and the identity of that event: it was changed, not left out."""
        new = {} if self.new is None else self.new.events
        stated = {new[each].stated_id: each for each in self.added
                  if each in new and isinstance(new[each].stated_id, str)}  # fmt: skip
        return {each: stated[each] for each in self.gone if each in stated}

    @cached_property
    def verdicts(self) -> tuple[VerdictChange, ...]:
        """The events of both that are judged otherwise, by identity."""
        if self.old is None or self.new is None:
            return ()
        return tuple(_verdict_changes(self.old, self.new))

    @cached_property
    def current(self) -> tuple[ValueChange, ...]:
        """The current values that changed, aliases among them; none of a paper that one side has
        nothing of. Aliases that one side gives are not compared with those that the other derives
        from the record (SPEC 8.6): it says nothing of them."""
        if self.old is None or self.new is None:
            return ()
        old, new = self.old.current, self.new.current
        if self.old.gives_aliases is not self.new.gives_aliases:
            old, new = (_without_aliases(each) for each in (old, new))
        return tuple(_current_changes(old, new, self.new.rules))

    @cached_property
    def equivocations_added(self) -> tuple[Mapping[str, Any], ...]:
        """The entries of the new side that accuse somebody of more than the old side does."""
        return _accusing_of_more(self.new, self.old)

    @cached_property
    def equivocations_gone(self) -> tuple[Mapping[str, Any], ...]:
        """The entries of the old side of which the new side lacks some or all. Evidence does not
        vanish where events do not (SPEC 9, law 5)."""
        return _accusing_of_more(self.old, self.new)

    @cached_property
    def equivocations_together(self) -> tuple[Mapping[str, Any], ...]:
        """The entries that come of the events of both sides, and of neither alone: each shows one
        of two statements. None where a side is a lone state."""
        if not (self.added and self.gone and self.old and self.new):
            return ()
        if self.old.merger is None or self.new.merger is None:
            return ()
        state = Merger.union((self.old.merger, self.new.merger)).state()
        known = self.old.equivocations + self.new.equivocations
        return _beyond([entry.to_dict() for entry in state.equivocations], known)

    @property
    def limits(self) -> tuple[str, ...]:
        """What cannot be compared here: a sentence each."""
        return tuple(chain(_limits(self.old, "OLD"), _limits(self.new, "NEW"), self._of_aliases()))

    def _of_aliases(self) -> Iterator[str]:
        if self.old is None or self.new is None:
            return
        if self.old.gives_aliases is not self.new.gives_aliases:
            given = [canonical((each.current or {}).get("source_aliases"))
                     for each in (self.old, self.new)]  # fmt: skip
            if given[0] != given[1]:
                side = "NEW" if self.old.gives_aliases else "OLD"
                yield f"{side} gives no aliases, so they are not compared"

    def event(self, identity: str) -> EventInShort | None:
        """What is known of an event in short; None of one that is only named, or is none."""
        for view in (self.new, self.old):
            if view is not None and identity in view.events:
                return view.events[identity]
        return None

    def to_dict(self) -> dict[str, Any]:
        """The difference as a JSON value."""
        return {
            "pith_number": self.pith_number,
            "same": self.same,
            "events": {"added": list(self.added), "gone": list(self.gone)},
            "verdicts": [each.to_dict() for each in self.verdicts],
            "current": [each.to_dict() for each in self.current],
            "equivocations": {
                "added": [dict(each) for each in self.equivocations_added],
                "gone": [dict(each) for each in self.equivocations_gone],
            },
        }

    def __repr__(self) -> str:
        """Short: whether they are the same, and how many things are not."""
        return f"<Difference {self.pith_number or 'of no paper'}: {self.in_short}>"

    @property
    def in_short(self) -> str:
        """What changed, counted."""
        if self.old is None or self.new is None:
            held = self.added or self.gone
            return f"only in {'NEW' if self.old is None else 'OLD'}, {_count(held, 'event')}"
        counts = (
            (self.added, "event", " new"),
            (self.gone, "event", " gone"),
            (self.verdicts, "verdict", " changed"),
            (self.current, "current value", " changed"),
            (self.equivocations_added, "equivocation", " new"),
            (self.equivocations_gone, "equivocation", " gone"),
            (self.equivocations_together, "equivocation", " of both together"),
        )
        said = [f"{_count(each, word)}{what}" for each, word, what in counts if each]
        return ", ".join(said) or "the same"


# Events.


def _only_in(one: View | None, other: View | None) -> tuple[str, ...]:
    held = {} if one is None else one.verdicts
    known = {} if other is None else other.verdicts
    return tuple(sorted(identity for identity in held if identity not in known))


def _verdict_changes(old: View, new: View) -> Iterator[VerdictChange]:
    for identity in sorted(old.verdicts):
        if identity not in new.verdicts:
            continue
        known = new.events.get(identity) or old.events.get(identity)
        one, other = old.verdicts[identity], new.verdicts[identity]
        if one == other or _may_be_the_same(one, other):
            continue
        one, other = (_named(each, known) for each in (one, other))
        yield VerdictChange(identity, one, other, _why(identity, one, other, old, new))


def _may_be_the_same(one: str, other: str) -> bool:
    """Whether a state does not show in which of two ways an event is not current."""
    return NOT_SHOWN in (one, other) and {one, other} <= {
        NOT_SHOWN,
        EventVerdict.SUPERSEDED,
        EventVerdict.APPLIED,
    }


def _named(verdict: str, event: EventInShort | None) -> str:
    """A verdict; of an event that a state does not show what it must be: of all types but one what
    is not current is superseded."""
    if verdict != NOT_SHOWN:
        return verdict
    of_record = event is None or event.event_type == EventType.RECORD_CREATED
    return str(EventVerdict.APPLIED if of_record else EventVerdict.SUPERSEDED)


def _why(identity: str, one: str, other: str, old: View, new: View) -> str:
    if other not in _VALID:
        clause = new.why_rejected(identity)
        if one in _VALID:
            clause += "; valid events do not become invalid (SPEC 9, law 4): NEW's copy is another"
        return clause
    if one not in _VALID:
        return f"before: {old.why_rejected(identity)}"
    if other == EventVerdict.SUPERSEDED:
        by = new.superseded_by.get(identity, ())
        return f"by {', '.join(by[:2])}" if by else "by an event that a state does not name"
    if one == EventVerdict.SUPERSEDED:
        by = old.superseded_by.get(identity, ())
        gone = [each for each in by if each not in new.verdicts]
        return f"{gone[0]}, which superseded it, is gone" if gone else "nothing supersedes it now"
    return "another record is the first now"


# Current values.


def _current_changes(old: Any, new: Any, rules: Rules) -> Iterator[ValueChange]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old is not None or new is not None:
            yield change(old, new, ("current",))
        return
    exclusive = {
        list_name
        for event_type, list_name in rules.lists_of_current.items()
        if event_type in rules.exclusive_types
    }
    plain_old, plain_new = dict(old), dict(new)
    for name in ("source_aliases", *rules.lists_of_current.values()):
        if isinstance(old.get(name), list) and isinstance(new.get(name), list):
            plain_old.pop(name)
            plain_new.pop(name)
            keys: list[Any] = [_alias_name if name == "source_aliases" else _event_id]
            if name in exclusive:
                # What one signer says next of one thing is a change of what is said.
                keys.append(_said_by)
            yield from list_changes(old[name], new[name], ("current", name), keys)
    yield from changes(plain_old, plain_new, ("current",))


def _without_aliases(current: Any) -> Any:
    if not isinstance(current, dict):
        return current
    return {name: value for name, value in current.items() if name != "source_aliases"}


def _event_id(entry: Any) -> Any:
    identity = entry.get("event_id") if isinstance(entry, dict) else None
    return identity if isinstance(identity, str) else canonical(entry)


def _alias_name(alias: Any) -> Any:
    name = (alias.get("alias_kind"), alias.get("alias_value")) if isinstance(alias, dict) else ()
    return name if name and all(isinstance(each, str) for each in name) else canonical(alias)


def _said_by(entry: Any) -> Any:
    short = EventInShort.of(entry) if isinstance(entry, dict) else None
    if short is None or not (isinstance(short.target, str) and isinstance(short.signer_id, str)):
        return None
    return short.target, short.signer_id


# Equivocations.


def _accusing_of_more(one: View | None, other: View | None) -> tuple[Mapping[str, Any], ...]:
    """The entries of one side that name an event at a place which the other side does not."""
    known = () if other is None else other.equivocations
    return () if one is None else _beyond(one.equivocations, known)


def _beyond(
    entries: Iterable[Mapping[str, Any]], known: Iterable[Mapping[str, Any]]
) -> tuple[Mapping[str, Any], ...]:
    """The entries that name an event at a place which none of the known ones does."""
    accused: dict[bytes, set[str]] = {}
    for entry in known:
        accused.setdefault(_place(entry), set()).update(entry["event_ids"])
    return tuple(
        entry
        for entry in entries
        if not set(entry["event_ids"]) <= accused.get(_place(entry), set())
    )


def _place(entry: Mapping[str, Any]) -> bytes:
    return canonical({name: value for name, value in entry.items() if name != "event_ids"})


# Words.


def _limits(view: View | None, side: str) -> Iterator[str]:
    if view is None:
        return
    if view.is_state:
        yield (
            f"{side} is a lone state, taken by its word: it shows no signatures, and names "
            "superseded and rejected events without their content"
        )
    if view.stated_only:
        yield (
            f"in {side} {_count(view.stated_only, 'event')} only a lone state names: the "
            "documents with signatures decide what is current"
        )


def _count(things: Any, word: str) -> str:
    return f"{len(things):,} {word}{'' if len(things) == 1 else 's'}"

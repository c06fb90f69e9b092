"""`pithmerge.Merger`: whatever is added in whatever parts, its state is that of one merge."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from pithmerge import (
    CanonicalFormError,
    DocumentError,
    MergeError,
    Merger,
    State,
    load_merger,
    merge,
    save_merger,
)
from pithmerge.building import build_event
from pithmerge.canon import compact_json
from pithmerge.core import merger as reducer
from pithmerge.crypto import ed25519
from pithmerge.spec.keyring import keys_of_file
from pithmerge.spec.state import merge as specified_merge
from pithmerge.strategies import EventSet, event_sets
from tests.support.copies import damaged_copies
from tests.support.paper import (
    AUTHOR,
    KEYRING,
    NUMBER,
    day,
    event,
    graph_snapshot,
    record_created,
)

OTHER_NUMBER = f"pith:2026:{'A' * 26}"
PLACES = st.lists(st.integers(0, 40), min_size=1, max_size=6)


class Mergers(RuleBasedStateMachine):
    """Mergers of parts of one drawn set; each knows by a list what went into it."""

    mergers = Bundle("mergers")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.looked_at: list[tuple[Merger, list[Any]]] = []

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize(event_set=event_sets(min_events=3))
    def draw(self, event_set: EventSet) -> None:
        self.event_set = event_set

    @rule(target=mergers)
    def begin(self) -> tuple[Merger, list[Any]]:
        drawn = self.event_set
        merger = Merger(
            drawn.pith_number, keyring=drawn.keyring, source_aliases=drawn.source_aliases
        )
        return self.look(merger, [])

    @rule(known=mergers, places=PLACES)
    def add(self, known: tuple[Merger, list[Any]], places: list[int]) -> None:
        """Some events, repeated or not; children may come before their parents."""
        merger, added = known
        events = [self.event_set.events[place % len(self.event_set.events)] for place in places]
        merger.add(events)
        added += events
        self.look(*known)

    @rule(known=mergers, data=st.data())
    def add_copies(self, known: tuple[Merger, list[Any]], data: st.DataObject) -> None:
        """Damaged copies of events, before or after the events themselves."""
        merger, added = known
        candidates = [value for value in self.event_set.events if isinstance(value, dict)]
        if candidates:
            copies = data.draw(damaged_copies(data.draw(st.sampled_from(candidates))))
            merger.add(copies)
            added += copies
            self.look(*known)

    @rule(target=mergers, one=mergers, other=mergers)
    def unite(
        self, one: tuple[Merger, list[Any]], other: tuple[Merger, list[Any]]
    ) -> tuple[Merger, list[Any]]:
        return self.look(one[0] | other[0], one[1] + other[1])

    @rule(target=mergers, known=mergers)
    def save_and_load(self, known: tuple[Merger, list[Any]]) -> tuple[Merger, list[Any]]:
        path = Path(self.folder.name, "merger")
        save_merger(known[0], path)
        return self.look(load_merger(path, keyring=self.event_set.keyring), list(known[1]))

    def look(self, merger: Merger, added: list[Any]) -> tuple[Merger, list[Any]]:
        self.looked_at = [known for known in self.looked_at if known[0] is not merger]
        self.looked_at.append((merger, added))
        return merger, added

    @precondition(lambda self: self.looked_at)
    @invariant()
    def its_state_is_that_of_one_merge(self) -> None:
        """By the executable specification, for `merge` is a merger itself."""
        merger, added = self.looked_at[-1]
        drawn = self.event_set
        assert merger.state().to_json() == specified_merge(
            added,
            pith_number=drawn.pith_number,
            keys=keys_of_file([key.to_entry() for key in drawn.keyring.keys]),
            signature_is_valid=ed25519.signature_is_valid,
            source_aliases=drawn.source_aliases,
        )

    @precondition(lambda self: self.looked_at)
    @invariant()
    def the_others_stay_as_they_were(self) -> None:
        merger, added = self.looked_at[0]
        assert merger.state() == self.event_set.merge(added)


Mergers.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestMergers = Mergers.TestCase


def merger_of(*events: Any) -> Merger:
    merger = Merger(NUMBER, keyring=KEYRING)
    merger.add(events)
    return merger


def about_another() -> dict[str, Any]:
    return build_event(
        AUTHOR,
        "correction",
        pith_number=OTHER_NUMBER,
        target="paper",
        payload={},
        created_at=day(5),
    )


def chain() -> list[dict[str, Any]]:
    record = record_created()
    first = graph_snapshot(day(2), prev_event=record["event_id"])
    return [record, first, graph_snapshot(day(3), prev_event=first["event_id"])]


class TestAdding:
    def test_an_orphan_becomes_valid_when_its_parent_comes(self) -> None:
        record, first, second = chain()
        merger = merger_of(second, first)
        assert [str(entry.reason) for entry in merger.state().invalid_events] == [
            "prev_event_invalid" if entry.event_id == second["event_id"] else "prev_event_missing"
            for entry in merger.state().invalid_events
        ]
        assert len(merger.state().invalid_events) == 2
        merger.add([record])
        assert merger.state().invalid_events == ()
        assert merger.state() == merge(chain(), keyring=KEYRING)

    def test_a_good_copy_may_come_after_a_bad_one(self) -> None:
        record, first, second = chain()
        merger = merger_of({**record, "signature": None}, second)
        assert len(merger.state().invalid_events) == 2
        merger.add([record, first])
        assert merger.state() == merge(chain(), keyring=KEYRING)
        merger.add([{**record, "event_id": "other"}])
        assert merger.state() == merge(chain(), keyring=KEYRING)

    @pytest.mark.parametrize("listed", [False, True], ids=["fork", "double_supersede"])
    def test_each_event_more_is_in_conflict(self, listed: bool) -> None:
        parents = [event(created_at=day(number)) for number in (2, 3, 4)]
        links = [
            {"supersedes": [f"sha256:{'0' * 64}"], "prev_event": parent["event_id"]}
            if listed
            else {}
            for parent in parents
        ]
        rivals = [graph_snapshot(day(5 + index), **link) for index, link in enumerate(links)]
        merger = merger_of(*parents)
        for count, rival in enumerate(rivals, start=1):
            merger.add([rival])
            expected = sorted(each["event_id"] for each in rivals[:count]) if count > 1 else []
            found = merger.state().equivocations
            assert [(str(entry.kind), list(entry.event_ids)) for entry in found] == (
                [("double_supersede" if listed else "fork", expected)] if expected else []
            )

    def test_no_signature_is_verified_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        verified = []
        right = ed25519.signature_is_valid

        def counting(*given: bytes) -> bool:
            verified.append(given)
            return right(*given)

        monkeypatch.setattr(ed25519, "signature_is_valid", counting)
        merger = merger_of(*chain())
        assert len(verified) == 3
        merger.add(chain() + [compact_json(value) for value in chain()])
        (merger | merger_of()).state()
        assert len(verified) == 3

    def test_nothing_is_lost_or_taken_in_if_it_raises(self) -> None:
        merger = merger_of(*chain()[:1])
        before = merger.state()
        for bad, error in (
            (b"{", DocumentError),
            ({1: 2}, CanonicalFormError),
        ):
            with pytest.raises(error, match="event 2"):
                merger.add([*chain()[1:], bad])
            assert merger.state() == before
        with pytest.raises(MergeError, match="takes an iterable of events"):
            merger.add("events")
        merger.add(chain())
        assert merger.state() == merge(chain(), keyring=KEYRING)

    def test_a_state_is_not_made_twice(self) -> None:
        merger = merger_of(*chain())
        assert merger.state() is merger.state()

    def test_a_state_does_not_change_when_more_is_added(self) -> None:
        merger = merger_of(*chain()[:2])
        state = merger.state()
        before = state.to_json()
        merger.add(chain())
        assert state.to_json() == before
        assert merger.state().event_count == 3


class TestTheNumber:
    def test_is_learned_from_the_events(self) -> None:
        merger = Merger(keyring=KEYRING)
        assert merger.pith_number is None
        with pytest.raises(MergeError, match="no event names a Pith Number"):
            merger.state()
        merger.add([None, "no event"])
        assert merger.pith_number is None
        merger.add(chain())
        assert (merger.pith_number, merger.given_number) == (NUMBER, None)

    def test_of_later_events_has_to_be_the_same(self) -> None:
        merger = Merger(keyring=KEYRING)
        merger.add(chain())
        before = merger.state()
        with pytest.raises(MergeError, match="several Pith Numbers"):
            merger.add([about_another()])
        assert merger.state() == before

    def test_may_be_given_and_then_others_are_rejected(self) -> None:
        merger = merger_of(about_another())
        assert [str(entry.reason) for entry in merger.state().invalid_events] == [
            "subject_mismatch"
        ]

    @pytest.mark.parametrize("number", ["pith:26:X", 5, b"pith"])
    def test_has_to_be_one(self, number: Any) -> None:
        with pytest.raises(MergeError, match="is no Pith Number"):
            Merger(number)


class TestUnion:
    def test_of_learned_numbers_has_to_agree(self) -> None:
        one, other = Merger(keyring=KEYRING), Merger(keyring=KEYRING)
        one.add(chain())
        assert (one | other).pith_number == (other | one).pith_number == NUMBER
        other.add([about_another()])
        with pytest.raises(MergeError, match="several Pith Numbers"):
            _ = one | other

    @pytest.mark.parametrize(
        "other",
        [
            Merger(NUMBER),
            Merger(NUMBER, keyring=KEYRING, verify_signatures=False),
            Merger(keyring=KEYRING),
            Merger(OTHER_NUMBER, keyring=KEYRING),
        ],
        ids=["keyring", "signatures", "learned", "number"],
    )
    def test_needs_mergers_that_judge_alike(self, other: Merger) -> None:
        with pytest.raises(MergeError, match="make both with the same"):
            _ = merger_of() | other

    def test_a_good_copy_in_either_makes_an_event_valid(self) -> None:
        record, first, second = chain()
        bad = merger_of({**record, "signature": None}, {**first, "event_id": "other"})
        good = merger_of(record, first, second)
        assert (bad | good).state() == (good | bad).state() == good.state()

    def test_of_something_else_is_none(self) -> None:
        with pytest.raises(TypeError):
            _ = merger_of() | 5  # type: ignore[operator]

    def test_has_the_aliases_of_both(self) -> None:
        def alias(value: str, created_at: str) -> dict[str, str]:
            return {"alias_kind": "arxiv", "alias_value": value, "created_at": created_at}

        given = [[alias("1", day(3)), alias("2", day(2))], [alias("1", day(1))]]
        one, other = (Merger(NUMBER, keyring=KEYRING, source_aliases=aliases) for aliases in given)
        assert (one | other).source_aliases == [alias("1", day(1)), alias("2", day(2))]
        assert (one | other).state() == (other | one).state()


class TestWithoutSignatures:
    def test_the_state_says_so_and_so_does_a_union(self) -> None:
        merger = Merger(NUMBER, keyring=KEYRING, verify_signatures=False)
        merger.add([{**value, "signature": None} for value in chain()])
        assert merger.state().applied_event_ids
        assert not merger.state().signatures_verified
        assert not (merger | merger).state().signatures_verified


def test_merge_is_a_merger(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(Merger):
        def state(self) -> State:
            raise ZeroDivisionError

    monkeypatch.setattr(reducer, "Merger", Other)
    with pytest.raises(ZeroDivisionError):
        merge(chain(), keyring=KEYRING)

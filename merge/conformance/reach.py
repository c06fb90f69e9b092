"""What a hunt reached: which key decided which order, which row was a reason, which rule was asked.

Counted in event sets, by the executable specification (`pithmerge.spec`); for documents see
`pithmerge.conformance.reach_of_documents`. A key of an order counts where the order would be
another one without it. What is named in `ORDERS` and beside it and was never counted is what the
hunt cannot have tried.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import combinations, pairwise
from typing import Any, Final

from pithmerge.conformance import reach_of_documents
from pithmerge.conformance.protocol import Op, decode_b64
from pithmerge.conformance.questions import op_of_inputs
from pithmerge.conformance.rules_asked import RULES, asked
from pithmerge.conformance.specification import merge_request
from pithmerge.crypto import signature_is_valid
from pithmerge.errors import PithmergeError
from pithmerge.spec.canonical_json import Refused
from pithmerge.spec.equivocation import equivocations, place_of_equivocation
from pithmerge.spec.events import Event, identity
from pithmerge.spec.keyring import Keyring, keyring_of, keys_of_file
from pithmerge.spec.state import (
    aliases_of_state,
    applied_order,
    graph_number,
    ids_before,
    input_of,
    place_in_order,
    place_of_alias,
)
from pithmerge.spec.supersession import ids_superseded, supersedes
from pithmerge.spec.validity import (
    REASONS,
    ROWS_OF_ONE_COPY,
    Context,
    Copy,
    Judged,
    first_failing_row,
    judged,
)

PARTS_OF_INSTANT: Final = ("year", "month", "day", "hour", "minute", "second")
_SLICES: Final = ((0, 4), (5, 7), (8, 10), (11, 13), (14, 16), (17, 19))

ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "applied order": ("record_created", *PARTS_OF_INSTANT, "event_id"),
    "equivocations": ("kind", "signer_id", "event_type", "target", "position"),
    "aliases": ("alias_kind", "alias_value", "created_at", "canonical bytes"),
    "valid_from": (*PARTS_OF_INSTANT, "the same instant"),
    "valid_until": (*PARTS_OF_INSTANT, "the same instant"),
    "UTF-16 sorts otherwise": ("member names", "signer_id", "target", "alias_kind", "alias_value"),
}
"""The comparisons of the rules by what can decide them, the most significant key first."""

_COMPARED: Final = ("applied order", "equivocations", "aliases")
OVER: Final[Mapping[str, tuple[str, ...]]] = {
    f"{order}, one over another": tuple(
        f"{one}/{other}" for one, other in combinations(ORDERS[order], 2)
    )
    for order in _COMPARED
}
"""Of each order every two keys: that the first decides, and the second would have it otherwise."""

LINKS: Final = (
    *("chain of 2", "chain of 10", "chain of 100", "fork of 2", "fork of 10", "fork of 100"),
    *("supersedes 2", "supersedes 100", "prev_event of another signer", "prev_event given later"),
    *("superseded by its signer", "superseded by a registry", "superseded in vain"),
    *("superseded by an older one", "superseded on the same chain", "several copies"),
    *("no number given", "signatures not checked", "aliases of the record", "aliases given"),
)
"""What the events of a set are to each other, and what is asked of them."""

_FIRST: Final = 64
"""Events of a set of hundreds whose order is looked at."""

PAIRS: Final = "pairs of rows"


class Reach:
    """What the sets that it looked at have reached.

    Attributes:
        sets, documents: how many they are.
        counts: in how many of them something was reached, by its group and its name in that group;
            of `PAIRS`, the row that was the reason and one below it that fails as well.
    """

    def __init__(self) -> None:
        self.sets = 0
        self.documents = 0
        self.counts: Counter[tuple[str, str]] = Counter()

    def look_at(self, inputs: Mapping[str, Any]) -> None:
        """Count what a ``run`` request reaches. A merge that is refused reaches nothing; of a view
        the merge of all its events counts, and of metadata nothing."""
        op = op_of_inputs(inputs)
        if op is Op.NUMBER:
            return
        if op is Op.VERIFY:
            self.documents += 1
            self.counts.update(set(reach_of_documents.reached_by(inputs)))
            return
        self.sets += 1
        with asked() as rules, suppress(PithmergeError):
            merge_request(dict(inputs))
        seen: set[tuple[str, str]] = set()
        with suppress(Refused):
            seen.update(_reached(inputs))
        self.counts.update(seen)
        self.counts.update(("rules", rule) for rule in rules)

    def add(self, other: "Reach") -> None:
        """Count what another one has looked at, too."""
        self.sets += other.sets
        self.documents += other.documents
        self.counts.update(other.counts)

    def lines(self) -> Iterator[str]:
        """The counts for people: a group a line, what was never reached at its end."""
        if self.documents:
            yield from reach_of_documents.lines(self.counts, self.documents)
        if not self.sets:
            return
        for group, names in _named():
            of_group = {name: self.counts[group, name] for name in names}
            reached = [f"{name} {count}" for name, count in of_group.items() if count]
            if group == "rules":
                reached = [f"{len(reached)} of {len(of_group)}"]
            yield f"{group}: {', '.join(reached) or 'nothing'}"
            missed = [name for name, count in of_group.items() if not count]
            if missed:
                yield f"{group}, never: {', '.join(missed)}"
        pairs = {name: count for (group, name), count in self.counts.items() if group == PAIRS}
        yield f"{PAIRS}: {len(pairs)} pairs of a reason and a row below it that fails, too"

    def missed(self) -> list[str]:
        """What was never reached, each as its group and name."""
        return [
            f"{group}: {name}"
            for group, names in _named()
            for name in names
            if not self.counts[group, name]
        ]


def _named() -> Iterator[tuple[str, Iterable[str]]]:
    yield from ORDERS.items()
    yield from OVER.items()
    yield "reasons", REASONS
    yield "links", LINKS
    yield "rules", RULES


Found = Iterator[tuple[str, str]]


def _reached(inputs: Mapping[str, Any]) -> Found:
    try:
        values = [input_of(decode_b64(text, "events_b64")) for text in inputs["events_b64"]]
        number = graph_number(inputs["pith_number"], values)
        keyring = keyring_of(keys_of_file(inputs["keys"]))
    except Refused:
        return
    verify_signatures = inputs["verify_signatures"]
    context = Context(number, keyring, signature_is_valid, verify_signatures)
    answer = judged(values, context)
    yield from (("reasons", reason) for reason in answer.reasons.values())
    yield from ((PAIRS, pair) for pair in _pairs_of_rows(values, answer, context))
    applied = applied_order(answer.valid)
    for two in _ready_together(applied, answer.valid):
        yield from _deciding("applied order", [_key_in_order(event) for event in two])
    entries = [place_of_equivocation(entry) for entry in equivocations(answer.valid)]
    yield from _deciding("equivocations", entries)
    superseded = ids_superseded(answer.valid)
    current = [event for event in applied if event.event_id not in superseded]
    given = inputs["source_aliases"]
    if aliases_of_state(given, current, number):
        yield "links", "aliases given" if given else "aliases of the record"
    yield from _deciding("aliases", [place_of_alias(alias) for alias in given or ()])
    if verify_signatures:
        yield from _windows(values, keyring)
    else:
        yield "links", "signatures not checked"
    if inputs["pith_number"] is None:
        yield "links", "no number given"
    yield from (("links", link) for link in _links(values, answer))
    yield from (("UTF-16 sorts otherwise", what) for what in _sorted_otherwise(answer, given))


def _pairs_of_rows(values: Iterable[Any], answer: Judged, context: Context) -> Iterator[str]:
    for value in values:
        copy = Copy(value, context)
        first = first_failing_row(copy)
        if first is None:
            continue
        for row in ROWS_OF_ONE_COPY[ROWS_OF_ONE_COPY.index(first) + 1 :]:
            try:
                fails = row(copy)
            except (KeyError, TypeError, AttributeError, Refused):
                continue  # It rests on rows that failed.
            if fails:
                yield f"{first.__name__}, {row.__name__}"
        if identity(value) in answer.valid:
            yield f"{first.__name__}, of a copy"


def _ready_together(
    applied: Sequence[Event], valid: Mapping[str, Event]
) -> Iterator[tuple[Event, Event]]:
    """Each event, and the least of the others that are ready with it."""
    waiting_for = {event.event_id: ids_before(event, valid) for event in applied[:_FIRST]}
    done: set[str] = set()
    for event in applied[:_FIRST]:
        ready = [valid[name] for name in waiting_for if waiting_for[name] <= done]
        rivals = [other for other in ready if other is not event and other.event_id not in done]
        if rivals:
            yield event, min(rivals, key=place_in_order)
        done.add(event.event_id)


def _key_in_order(event: Event) -> tuple[Any, ...]:
    created_at = event.content["created_at"]
    parts = (created_at[start:end] for start, end in _SLICES)
    return place_in_order(event)[0], *parts, event.event_id


def _deciding(order: str, keys: Iterable[tuple[Any, ...]]) -> Found:
    """The parts of keys without which two neighbours would not stand as they do."""
    for one, other in pairwise(sorted(set(keys))):
        for place, name in enumerate(ORDERS[order]):
            if one[place] != other[place]:
                if one[:place] + one[place + 1 :] >= other[:place] + other[place + 1 :]:
                    yield order, name
                for lower in range(place + 1, len(one)):
                    if one[lower] > other[lower]:
                        yield f"{order}, one over another", f"{name}/{ORDERS[order][lower]}"
                break


def _part_that_differs(one: str, other: str) -> str | None:
    """The first part in which two instants differ."""
    for name, (start, end) in zip(PARTS_OF_INSTANT, _SLICES, strict=True):
        if one[start:end] != other[start:end]:
            return name
    return None


def _windows(values: Iterable[Any], keyring: Keyring) -> Found:
    """What puts a date outside of its key's window, or that it is an end of it."""
    for value in values:
        signer = value.get("signer") if isinstance(value, dict) else None
        named = signer.get("public_key_fingerprint") if isinstance(signer, dict) else None
        key = keyring.get(named) if isinstance(named, str) else None
        created_at = value.get("created_at") if key else None
        if key is None or not isinstance(created_at, str) or len(created_at) != 20:
            continue
        for name in ("valid_from", "valid_until"):
            end = getattr(key, name)
            is_outside = end and (created_at < end if name == "valid_from" else created_at > end)
            if is_outside or created_at == end:
                yield name, _part_that_differs(created_at, end) or "the same instant"


def _links(values: Sequence[Any], answer: Judged) -> Iterator[str]:
    valid = answer.valid
    if len({identity(value) for value in values}) < len(values):
        yield "several copies"
    depth: dict[str, int] = {}
    children: Counter[str | None] = Counter()
    for event in applied_order(valid):
        prev_event = event.content["prev_event"]
        depth[event.event_id] = depth.get(prev_event, 0) + 1
        children[prev_event] += 1
        if prev_event is not None:
            parent = valid[prev_event]
            if parent.content["signer"]["signer_id"] != event.content["signer"]["signer_id"]:
                yield "prev_event of another signer"
            if parent.content["created_at"] > event.content["created_at"]:
                yield "prev_event given later"
        yield from _supersessions(event, valid)
    del children[None]
    yield from (f"chain of {n}" for n in (2, 10, 100) if max(depth.values(), default=0) >= n)
    yield from (f"fork of {n}" for n in (2, 10, 100) if max(children.values(), default=0) >= n)


def _supersessions(event: Event, valid: Mapping[str, Event]) -> Iterator[str]:
    listed = event.content["supersedes"]
    yield from (f"supersedes {n}" for n in (2, 100) if len(listed) >= n)
    for other in (valid[name] for name in listed if name in valid):
        if not supersedes(event, other):
            yield "superseded in vain"
            continue
        if event.content["signer"]["signer_id"] == other.content["signer"]["signer_id"]:
            yield "superseded by its signer"
        else:
            yield "superseded by a registry"
        if event.content["created_at"] < other.content["created_at"]:
            yield "superseded by an older one"
        if event.content["prev_event"] == other.event_id:
            yield "superseded on the same chain"


def _sorted_otherwise(answer: Judged, aliases: Sequence[Any] | None) -> Iterator[str]:
    events = [event.content for event in answer.valid.values()]
    if any(_differ(event["payload"]) or _differ(event) for event in events):
        yield "member names"
    if _differ(event["signer"]["signer_id"] for event in events):
        yield "signer_id"
    if _differ(event["target"] for event in events):
        yield "target"
    for name in ("alias_kind", "alias_value"):
        if _differ(alias[name] for alias in aliases or ()):
            yield name


def _differ(texts: Iterable[str]) -> bool:
    """Whether texts are sorted otherwise by their UTF-16 units than by code points."""
    by_code_point = sorted(set(texts))
    return by_code_point != sorted(by_code_point, key=lambda text: text.encode("utf-16-be"))

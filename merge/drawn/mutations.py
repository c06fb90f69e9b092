"""A document with a few changes, as a forger, a tool or a slip would make them, and repaired after.

What was changed may be signed again: then what is wrong stands under good signatures.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pithmerge.building import Signer, sign_bundle
from pithmerge.canon import MAX_DEPTH, MAX_DOCUMENT_DEPTH, digest
from pithmerge.core.merger import merge
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from pithmerge.crypto import Key, Keyring, SignedMessage
from pithmerge.drawn.choices import Choices
from pithmerge.drawn.documents import respelled, text_of
from pithmerge.drawn.signers import SIGNERS, STRANGER
from pithmerge.errors import PithmergeError

BYTES_OF_CHANGE: Final = 6
MOST_CHANGES: Final = 4
BYTES_OF_MUTATION: Final = 1 + MOST_CHANGES * BYTES_OF_CHANGE + 6

Steps = tuple[Any, ...]


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


_OTHERS: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, 1, -1, 2.0, 0.0, "", "x", [], {}, [None], {"a": 1}, 2**64),
    *("sha256:" + "0" * 64, "0" * 64, "2026-06-01T00:00:00Z", "2026-06-01T00:00:00.5+00:00"),
    *("pith:2026:" + "A" * 26, "pith_short_8", "arxiv", "fork", "double_supersede", "1.0"),
    *("record_created", "graph_snapshot", "correction", "pith_registry", "author", "mirror"),
    *("2026-13-01T00:00:00Z", "unknown_key", "pith-open-graph-merge-v2", "pith_open_graph_bundle"),
    *("\U00010000", "\ue000", 'a"b', "a b", "Ü"),
)


def mutated(document: Any, other: Any, choices: Choices) -> Any:
    """A document with up to `MOST_CHANGES` changes; of zero bytes with none.

    Args:
        document: it is not changed itself.
        other: another one, of which parts may be taken.
        choices: `BYTES_OF_MUTATION` of them.
    """
    changed = json.loads(text_of(document))
    for _ in range(choices.below(MOST_CHANGES + 1)):
        change = Choices(choices.bytes_of(BYTES_OF_CHANGE))
        how, at = change.pick(_CHANGES), _place(changed, change)
        changed = how(changed, at, other, change)
    return changed


def nodes(value: Any) -> list[tuple[Steps, Any]]:
    """All places of a value, with what stands there: the nearest first."""
    found: list[tuple[Steps, Any]] = [((), value)]
    for steps, inner in found:  # which grows meanwhile
        if isinstance(inner, dict):
            found.extend(((*steps, name), item) for name, item in inner.items())
        elif isinstance(inner, list):
            found.extend(((*steps, index), item) for index, item in enumerate(inner))
    return found


def _place(value: Any, choices: Choices) -> Steps:
    """A place below the root: any; any kind of place, whatever its indices, as often as another;
    or one on a way down, so that what is near is drawn often."""
    number, way = choices.number(2), choices.below(4)
    if way < 3:
        places = [each for each, _ in nodes(value)[1:]]
        if way and places:
            kinds: dict[Steps, list[Steps]] = {}
            for each in places:
                kind = tuple(0 if isinstance(step, int) else step for step in each)
                kinds.setdefault(kind, []).append(each)
            places = list(kinds.values())[number % len(kinds)]
        return places[number // 7 % len(places)] if places else ()
    steps: Steps = ()
    inner = value
    while isinstance(inner, dict | list) and inner:
        names = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        steps = (*steps, names[number % len(names)])
        inner, number = inner[steps[-1]], number // len(names)
        if number % 3 == 0:
            break
        number //= 3
    return steps


def _parent(value: Any, steps: Steps) -> Any:
    for step in steps[:-1]:
        value = value[step]
    return value


def _put(document: Any, at: Steps, value: Any) -> Any:
    if not at:
        return value
    _parent(document, at)[at[-1]] = value
    return document


def _drop(document: Any, at: Steps, other: Any, choices: Choices) -> Any:
    del other, choices
    if at:
        del _parent(document, at)[at[-1]]
    return document


def _retype(document: Any, at: Steps, other: Any, choices: Choices) -> Any:
    del other
    return _put(document, at, _copy(choices.pick(_OTHERS)))


def _alter(document: Any, at: Steps, other: Any, choices: Choices) -> Any:
    """Another value of the same type, near the one that stands there."""
    del other
    which = choices.below(256)
    value = _parent(document, at)[at[-1]] if at else document
    if isinstance(value, str):
        spot = which % (len(value) + 1)
        tail = "0" if value[spot : spot + 1].isdigit() else "x"
        others = (value[:spot] + tail + value[spot + 1 :], value[:spot], value.upper(), value + " ")
        return _put(document, at, others[which % 4])
    if isinstance(value, bool) or value is None:
        return _put(document, at, not value)
    if isinstance(value, int | float):
        return _put(document, at, (value + 1, float(value), -value)[which % 3])
    if isinstance(value, list):
        lists = (value[::-1], value[1:] + value[:1], value + value[-1:], value[:-1])
        return _put(document, at, _copy(lists[which % 4]))
    names = list(value)
    names = (names[::-1], names[1:] + names[:1], sorted(names))[which % 3]
    return _put(document, at, {name: value[name] for name in names})


def _add(document: Any, at: Steps, other: Any, choices: Choices) -> Any:
    """A member or an item more."""
    del other
    value = _parent(document, at)[at[-1]] if at else document
    fresh = _copy(choices.pick(_OTHERS))
    if isinstance(value, dict):
        value[choices.pick(("unknown", "a b", "event_type", "id", "bundle_type"))] = fresh
    elif isinstance(value, list):
        value.append(fresh)
    return document


def _rename(document: Any, at: Steps, other: Any, choices: Choices) -> Any:
    del other
    value = _parent(document, at) if at else None
    if isinstance(value, dict):
        name = choices.pick((at[-1].upper(), f"{at[-1]} ", "x", "event_id"))
        value[name] = value.pop(at[-1])
    return document


def _take(document: Any, at: Steps, other: Any, choices: Choices) -> Any:
    """What stands there in the other document, or somewhere else in either."""
    from_other, number = choices.below(2), choices.below(256)
    source = other if from_other else document
    by_path = dict(nodes(source))
    found = by_path.get(at)
    if found is None or number % 2:
        named = [value for steps, value in by_path.items() if steps and at and steps[-1] == at[-1]]
        found = named[number // 2 % len(named)] if named else None
    return _put(document, at, _copy(found))


def _deepen(document: Any, at: Steps, other: Any, choices: Choices) -> Any:
    """Lists in lists, as deep as a document may be, or as an event may be, or one deeper."""
    del other
    deepest = choices.pick((MAX_DOCUMENT_DEPTH, MAX_DOCUMENT_DEPTH, MAX_DEPTH, MAX_DEPTH + 2, 133))
    return _put(document, at, _deep(deepest - len(at)))


def _swap(document: Any, at: Steps, other: Any, choices: Choices) -> Any:
    """Two items of a list, or values of an object, change places."""
    del other
    value = _parent(document, at) if at else document
    if at and isinstance(value, dict | list) and len(value) > 1:
        steps = list(value) if isinstance(value, dict) else list(range(len(value)))
        second = steps[choices.below(256) % len(steps)]
        value[at[-1]], value[second] = value[second], value[at[-1]]
    return document


def _copy(value: Any) -> Any:
    return json.loads(text_of(value))


Change = Callable[[Any, Steps, Any, Choices], Any]
_CHANGES: Final[Sequence[Change]] = (
    *(_drop, _retype, _alter, _add, _rename, _take, _swap, _deepen),
    *(_drop, _retype, _retype, _alter, _alter),
)


# What is repaired after a change.


def repaired(document: Any, keyring: Keyring, choices: Choices) -> Any:
    """A document whose digests, and signatures, are made anew, from the inside out; two bytes."""
    what, who = choices.below(8), choices.below(8)
    try:
        return _repaired(document, keyring, what, SIGNERS[who % 3])
    except (PithmergeError, KeyError, TypeError, AttributeError):
        return document  # too broken to be signed again


def _repaired(document: Any, keyring: Keyring, what: int, signer: Signer) -> Any:
    if isinstance(document, list):
        return [signed_anew(event) for event in document] if what > 3 else document
    if "bundle_type" in document and what:
        return _bundle_anew(document, keyring, what, signer)
    if "state_type" in document and what % 2:
        return with_digest(document, "state_sha256")
    if "evidence_type" in document and what % 4:
        return with_digest(document, "evidence_sha256")
    if "record_type" in document and what > 4:
        return _record_anew(document, SIGNERS[0])
    return document


def with_digest(document: Mapping[str, Any], name: str) -> Any:
    """A document with the digest of all else as its member of that name."""
    rest = {other: document[other] for other in document if other != name}
    return {**document, name: digest(rest, max_depth=MAX_DOCUMENT_DEPTH)}


def _bundle_anew(bundle: Any, keyring: Keyring, what: int, signer: Signer) -> Any:
    """``what`` has a bit for events, one for the state, one for the bundle itself."""
    anew = dict(bundle)
    if what & 1:
        anew["events"] = [signed_anew(event) for event in bundle["events"]]
    if what & 2:
        state = merge(
            anew["events"],
            pith_number=bundle["pith_number"],
            source_aliases=bundle.get("source_aliases"),
            keyring=keyring,
        )
        anew["state"] = state.to_dict()
    return sign_bundle(anew, signer, signed_at="2026-06-02T00:00:00Z") if what & 4 else anew


def signed_anew(event: Any) -> Any:
    """An event with digests and, if its signer is known, a signature of what it says now."""
    if not isinstance(event, dict):
        return event
    content = {name: event[name] for name in event if name not in UNDIGESTED_MEMBERS}
    sha256 = digest(content)
    anew = {**event, "content_sha256": sha256, "event_id": f"sha256:{sha256}"}
    for signer in SIGNERS:
        if signer.as_member() == event.get("signer"):
            block = signer.block(sha256, SignedMessage.EVENT, signed_at="2026-06-02T00:00:00Z")
            anew["signature"] = block
    return anew


def _record_anew(record: Any, signer: Signer) -> Any:
    sha256 = digest(record["canonical_record"])
    block = signer.block(sha256, SignedMessage.RECEIPT, signed_at="2026-06-02T00:00:00Z")
    receipt = {**record["receipt"], **block, "canonical_sha256": sha256}
    return {**record, "canonical_sha256": sha256, "receipt": receipt}


# How it arrives, and who is trusted.


def as_bytes(document: Any, choices: Choices) -> bytes:
    """The bytes of a document: compact mostly, also respelled, cut, or damaged; five bytes."""
    how, at = choices.below(16), choices.number(2)
    if how < 14:
        return text_of(document)
    if how == 14:
        return respelled(document, choices)
    data = text_of(document)
    spot = at % (len(data) + 1)
    return data[:spot] if choices.below(2) else data[:spot] + b"0" + data[spot + 1 :]


def other_keyring(keyring: Keyring, choices: Choices) -> Keyring:
    """A verifier's keyring: that of the set mostly, or with another key, or one less; two bytes."""
    how, which = choices.below(16), choices.below(256)
    keys = list(keyring.keys)
    if how < 11 or not keys:
        return keyring
    place = which % len(keys)
    key = keys[place]
    if how == 11:
        return Keyring(tuple(keys[:place] + keys[place + 1 :]))
    if how == 12:
        return Keyring(())
    if how == 13:
        return Keyring((*keys, STRANGER.key))
    fields: dict[str, Any] = {
        "key_id": key.key_id,
        "signer_id": key.signer_id,
        "signer_type": key.signer_type,
        "valid_from": key.valid_from,
        "valid_until": key.valid_until,
    }
    name, value = (
        ("key_id", "another"),
        ("signer_id", "another"),
        ("signer_type", "author"),
        ("signer_type", "pith_registry"),
        ("valid_from", "2026-06-02T00:00:01Z"),
        ("valid_until", "2026-06-01T23:59:59Z"),
        ("key_id", keys[0].key_id),
    )[which // 16 % 7]
    if name.startswith("valid"):
        fields.update(valid_from=None, valid_until=None)
    return Keyring(
        (*keys[:place], Key(key.public_key, **{**fields, name: value}), *keys[place + 1 :])
    )

"""A published record beside the one that arXiv's metadata give, member by member."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pithmerge.arxiv.records import Numbered
from pithmerge.canon import MAX_DOCUMENT_DEPTH, canonical_json
from pithmerge.showing import brief

_MISSING: Final = object()
_TEXTS: Final = {"title_canon_sha256": "title", "abstract_canon_sha256": "abstract"}
_DIGITS: Final = 12
_VERSION: Final = "source.version"


@dataclass(frozen=True)
class Difference:
    """A member that the two do not agree about.

    Attributes:
        member: its path in the record: ``metadata.license``.
        registry: what the published record says; None if it says nothing.
        arxiv: what follows from arXiv's metadata; None if nothing does.
        words: what that means, one line for a person. Text of documents in it is as it was.
    """

    member: str
    registry: Any
    arxiv: Any
    words: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "member": self.member,
            "registry": self.registry,
            "arxiv": self.arxiv,
            "words": self.words,
        }


@dataclass(frozen=True)
class Published:
    """A record that somebody has published, and where.

    Attributes:
        place: the file, and the path in it.
        record: the ``canonical_record``.
        pith_number, canonical_sha256: of that record, computed.
        stated: what the document says that its number and digest are, where it is something else.
    """

    place: str
    record: Mapping[str, Any]
    pith_number: str | None
    canonical_sha256: str
    stated: Mapping[str, Any]

    @property
    def version(self) -> Any:
        """The version of the paper that it is of."""
        return _at(self.record, _VERSION)


def differences(published: Published, paper: Numbered) -> tuple[Difference, ...]:
    """What a published record says otherwise than arXiv's metadata; nothing if it says the same.

    Args:
        published: the record.
        paper: the same paper, from arXiv's metadata.
    """
    found = tuple(_of_record(published.record, paper.canonical_record))
    if [each.member for each in found] == [_VERSION]:
        found = (replace(found[0], words=f"{found[0].words}; all else is the same"),)
    computed = {
        "pith_number": published.pith_number,
        "canonical_sha256": published.canonical_sha256,
    }
    return (*found, *_of_statements(published.stated, computed))


def _of_record(registry: Mapping[str, Any], arxiv: Mapping[str, Any]) -> Iterator[Difference]:
    ours, theirs = _version(arxiv), _version(registry)
    for path in _paths(registry, arxiv):
        theirs_here, ours_here = _at(registry, path), _at(arxiv, path)
        if _same(theirs_here, ours_here):
            continue
        words = _words(path, theirs_here, ours_here, theirs, ours)
        registry_value = None if theirs_here is _MISSING else theirs_here
        arxiv_value = None if ours_here is _MISSING else ours_here
        yield Difference(path, registry_value, arxiv_value, words)


def _of_statements(stated: Mapping[str, Any], computed: Mapping[str, Any]) -> Iterator[Difference]:
    for member, value in stated.items():
        if value != computed[member]:
            words = (
                f"{member}: the document states {brief(value)}, and its own record gives "
                f"{brief(computed[member])}"
            )
            yield Difference(member, value, computed[member], words)


def _words(path: str, registry: Any, arxiv: Any, theirs: Any, ours: int) -> str:
    name = path.rpartition(".")[2]
    if path == _VERSION:
        return _words_of_version(theirs, ours)
    if name in _TEXTS and isinstance(registry, str) and isinstance(arxiv, str):
        what = "arXiv's has changed since"
        if type(theirs) is int and theirs != ours:
            what = f"v{ours}'s is another than v{theirs}'s"
        digests = f"{brief(registry[:_DIGITS])} and {brief(arxiv[:_DIGITS])}".replace('"', "")
        return f"{_TEXTS[name]}: {what} (digests {digests})"
    return f"{name}: the registry's record has {_shown(registry)}, arXiv {_shown(arxiv)}"


def _words_of_version(theirs: Any, ours: int) -> str:
    if type(theirs) is not int:
        return f"version: the registry's record has {_shown(theirs)}, arXiv {ours}"
    if theirs < ours:
        return (
            f"version: the registry's record is of v{theirs}, the snapshot holds only v{ours}'s "
            "texts"
        )
    return (
        f"version: the registry's record is of v{theirs}, and the snapshot is older, of v{ours}: "
        "take a newer one"
    )


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "none"
    return 'none ("")' if value == "" else brief(value)


def _paths(registry: Mapping[str, Any], arxiv: Mapping[str, Any]) -> Iterator[str]:
    """The members of both, the version first, for the others follow from it."""
    yield _VERSION
    for name in sorted({*registry, *arxiv}):
        inner = [each[name] for each in (registry, arxiv) if isinstance(each.get(name), Mapping)]
        if not inner or (name in registry and not isinstance(registry[name], Mapping)):
            yield name
            continue
        for member in sorted({member for each in inner for member in each}):
            path = f"{name}.{member}"
            if path != _VERSION:
                yield path


def _at(record: Any, path: str) -> Any:
    for name in path.split(".", 1):
        if not isinstance(record, Mapping) or name not in record:
            return _MISSING
        record = record[name]
    return record


def _version(record: Mapping[str, Any]) -> Any:
    return _at(record, _VERSION)


def _same(one: Any, other: Any) -> bool:
    if one is _MISSING or other is _MISSING:
        return one is other
    return _bytes(one) == _bytes(other)


def _bytes(value: Any) -> bytes:
    return canonical_json(value, max_depth=MAX_DOCUMENT_DEPTH)

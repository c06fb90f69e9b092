"""What changed between two documents, or two sets of them, paper by paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pithmerge.answers.changes import ValueChange
from pithmerge.answers.differences import Difference, VerdictChange
from pithmerge.answers.views import Side, check_rules
from pithmerge.crypto import Keyring
from pithmerge.documents import Document, Source, document_given
from pithmerge.errors import MergeError, PithmergeError

__all__ = ["Comparison", "Difference", "ValueChange", "VerdictChange", "compare", "diff"]


@dataclass(frozen=True)
class Comparison:
    """All that came of a comparison.

    Attributes:
        differences: one a paper, the same or not, sorted by number, None last.
        problems: why documents or papers are not in it.
        complete: whether both sides have something to compare.
    """

    differences: tuple[Difference, ...]
    problems: tuple[PithmergeError, ...]
    complete: bool


def diff(
    old: Document | Source | Iterable[Document | Source],
    new: Document | Source | Iterable[Document | Source],
    *,
    keyring: Keyring = Keyring.default(),  # noqa: B008 - immutable
) -> tuple[Difference, ...]:
    """What changed between two documents, or two sets of them: one `Difference` a paper.

        (difference,) = diff("monday/bundle.json", "tuesday/bundle.json")
        if not difference.same:
            print(difference.gone, [each.path for each in difference.current])

    Args:
        old, new: a path, a document's bytes, what `pithmerge.load_document` gave, or a list of
            these: bundles, states and lists of events. Those of one paper on one side are united.
        keyring: whom to trust.

    Returns:
        Sorted by number, None (events that name no paper) last; also papers that are the same, or
        that one side has nothing of.

    Raises:
        DocumentError: a document cannot be read, or is none.
        KeyringError: the keyring is none.
        MergeError: each side is about one paper, and not the same; or a document cannot be
            compared.
    """
    compared = compare(_documents(old), _documents(new), keyring)
    for problem in compared.problems:
        raise problem
    return compared.differences


def compare(old: Iterable[Document], new: Iterable[Document], keyring: Keyring) -> Comparison:
    """`diff` of what can be compared, and why the rest cannot.

    Raises:
        KeyringError: the keyring is none.
        MergeError: each side is about one paper, and not the same.
    """
    before, after = Side(old, keyring), Side(new, keyring)
    numbers = [before.numbers, after.numbers]
    if [len(each) for each in numbers] == [1, 1] and numbers[0] != numbers[1]:
        raise MergeError(
            f"OLD is about {min(numbers[0])}, NEW about {min(numbers[1])}: two papers do not "
            "compare; give documents of one"
        )
    if len(before.numbers | after.numbers) == 1:
        before.take_unnamed_in()
        after.take_unnamed_in()
    differences: list[Difference] = []
    problems = [*before.problems, *after.problems]
    for number in sorted(
        {*before.views, *after.views}, key=lambda each: (each is None, each or "")
    ):
        one, other = before.views.get(number), after.views.get(number)
        try:
            if one is not None and other is not None:
                check_rules(one, other)
            differences.append(Difference(number, one, other))
        except PithmergeError as error:
            problems.append(error)
    complete = bool(before.views and after.views and differences)
    return Comparison(tuple(differences), tuple(problems), complete)


def _documents(given: Any) -> list[Document]:
    if isinstance(given, Document):
        return [given]
    if isinstance(given, Iterable) and not isinstance(
        given, (str, bytes, bytearray, memoryview, Mapping)
    ):
        return [_document(each) for each in given]
    return [_document(given)]


def _document(given: Any) -> Document:
    return given if isinstance(given, Document) else document_given(given, "diff")

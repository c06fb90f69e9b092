"""Recipes: cases of lengths that no file should hold, and how they are expanded (CONFORMANCE.md).

A recipe makes bytes by joining texts, counting and SHA-256 alone, so it can be expanded in any
language without an implementation of anything that is under test.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any, Final

from pithmerge.conformance.protocol import OPS_OF_STATES, Op, encode_b64
from pithmerge.errors import PithmergeError
from pithmerge.showing import brief

RECIPE: Final = "recipe"
"""The member of ``in`` that stands for that of `INSTEAD`."""
INSTEAD: Final[Mapping[str, str]] = {
    Op.MERGE: "events_b64",
    Op.CANONICALIZE: "json_b64",
    Op.EVIDENCE: "document_b64",
    Op.VERIFY: "document_b64",
    Op.VIEW: "events_b64",
    Op.NUMBER: "metadata_b64",
}
"""The member of a request that a recipe stands for."""
DIGEST: Final = "recipe_sha256"
"""The member of ``in`` by which an expansion is known to be right."""
MAX_EXPANDED: Final = 2**25
"""Bytes that a recipe may come to: a line could not hold more."""
COUNTS: Final = (
    "event_count",
    "valid_event_count",
    "invalid_event_count",
    "equivocation_count",
)
"""What is expected of a long state besides its digests, to tell where another one differs."""


_FILE_NAME: Final = re.compile(r"[a-z-]+\.json")


class RecipeError(PithmergeError):
    """A recipe that is none, or that does not come to what the case says."""


def shipped_document(name: str) -> bytes:
    """A document that lies beside the suites of the corpus.

    Raises:
        RecipeError: there is none of that name.
    """
    path = resources.files("pithmerge.fixtures") / "conformance" / "v1" / name
    try:
        return path.read_bytes()
    except OSError:
        raise RecipeError(f"there is no document {name} in the corpus: get it again") from None


def expanded(
    op: str, inputs: Mapping[str, Any], documents: Callable[[str], bytes] = shipped_document
) -> dict[str, Any]:
    """A case's inputs as a request has them: its recipe, if it has one, carried out.

    Args:
        op: what is asked for.
        inputs: the case's ``in`` but for its ``op``.
        documents: gives the documents of the corpus by their names.

    Raises:
        RecipeError: there is a recipe, and it is none, or comes to other bytes than the case says.
    """
    if RECIPE not in inputs:
        return dict(inputs)
    made = documents_of(inputs[RECIPE], documents)
    found = digest_of(made)
    if found != inputs.get(DIGEST):
        raise RecipeError(
            f'the recipe comes to other bytes than "{DIGEST}" says: {found}; get the case again'
        )
    rest = {name: value for name, value in inputs.items() if name not in (RECIPE, DIGEST)}
    if op in OPS_OF_STATES:
        return {**rest, "events_b64": [encode_b64(document) for document in made]}
    if len(made) != 1:
        raise RecipeError(f"a recipe for {op} makes one document; this one makes {len(made)}")
    return {**rest, INSTEAD[op]: encode_b64(made[0])}


def is_by_digest(op: str, expect: Mapping[str, Any]) -> bool:
    """Whether a result is expected by its SHA-256 alone, for it would be as long as its request."""
    if op in OPS_OF_STATES:
        return "published_sha256" in expect
    if op == Op.VERIFY:
        return "report_sha256" in expect
    return op == Op.CANONICALIZE and "sha256" in expect and "canonical_b64" not in expect


def digest_of(documents: Sequence[bytes]) -> str:
    """The SHA-256 of the documents, a line feed after each."""
    hasher = hashlib.sha256()
    for document in documents:
        hasher.update(document)
        hasher.update(b"\n")
    return hasher.hexdigest()


def documents_of(recipe: Any, documents: Callable[[str], bytes] = shipped_document) -> list[bytes]:
    """The documents that a recipe makes, in the order in which they are given.

    Args:
        recipe: the steps.
        documents: gives the documents of the corpus by their names.

    Raises:
        RecipeError: it is none; the message says which step is wrong.
    """
    if not isinstance(recipe, list):
        raise RecipeError(f"a recipe is a list of steps, not {brief(recipe)}")
    made = _Made(documents)
    for number, step in enumerate(recipe):
        try:
            ((name, arguments),) = step.items()
            _STEPS[name](made, arguments)
        except RecipeError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError, IndexError):
            raise RecipeError(
                f"step {number} of the recipe is none, {brief(step)}: CONFORMANCE.md lists them"
            ) from None
    return made.documents


class _Made:
    """What the steps so far have made: documents, and the ids of the events among them.

    Args:
        given: gives the documents of the corpus by their names.
    """

    def __init__(self, given: Callable[[str], bytes]) -> None:
        self.given = given
        self.documents: list[bytes] = []
        self.ids: list[str] = []
        self.size = 0

    def add(self, document: bytes, event_id: str) -> None:
        self.size += len(document)
        if self.size > MAX_EXPANDED:
            raise RecipeError(f"the recipe comes to more than {MAX_EXPANDED:,} bytes")
        self.documents.append(document)
        self.ids.append(event_id)


def _add_text(made: _Made, pieces: Any) -> None:
    """``{"text": PIECES}``: a document of these pieces as they are; it has no id."""
    made.add("".join(_written(pieces, 0, made)).encode(), "")


def _add_documents(made: _Made, arguments: Any) -> None:
    """``{"documents": {"count": N, "pieces": PIECES}}``: documents as they are, without ids."""
    for n in range(arguments["count"]):
        made.add("".join(_written(arguments["pieces"], n, made)).encode(), "")


def _add_events(made: _Made, arguments: Any) -> None:
    """``{"events": {"count": N, "content": PIECES}}``: events of these contents."""
    for n in range(arguments["count"]):
        content = "".join(_written(arguments["content"], n, made))
        digest = hashlib.sha256(content.encode()).hexdigest()
        event = f'{content[:-1]},"content_sha256":"{digest}","event_id":"sha256:{digest}"}}'
        made.add(event.encode(), f"sha256:{digest}")


def _copy(made: _Made, times: Any) -> None:
    """``{"copies": N}``: all documents so far, N times in a row."""
    documents, ids = list(made.documents), list(made.ids)
    for _ in range(times - 1):
        for document, event_id in zip(documents, ids, strict=True):
            made.add(document, event_id)


def _file(made: _Made, name: Any) -> None:
    """``{"file": NAME}``: a document that lies beside the suites."""
    if not isinstance(name, str) or not _FILE_NAME.fullmatch(name):
        raise ValueError
    made.add(made.given(name), "")


def _replace(made: _Made, arguments: Any) -> None:
    """``{"replace": [OLD, NEW]}``: in the last document, each OLD (there is one) becomes NEW."""
    old, new = (text.encode() for text in arguments)
    if not old or old not in made.documents[-1]:
        raise RecipeError(f"the text {brief(arguments[0])} that is to be replaced is not there")
    _change(made, made.documents[-1].replace(old, new))


def _splice(made: _Made, arguments: Any) -> None:
    """``{"splice": [AT, LENGTH, NEW]}``: in the last document, LENGTH bytes, the first of which is
    number AT (from 0), become NEW."""
    at, length, new = arguments
    last = made.documents[-1]
    if not 0 <= at <= at + length <= len(last):
        raise RecipeError(f"the document has no {length} bytes from {at} on")
    _change(made, last[:at] + new.encode() + last[at + length :])


def _change(made: _Made, changed: bytes) -> None:
    made.size -= len(made.documents.pop())
    made.add(changed, made.ids.pop())


def _order(made: _Made, how: Any) -> None:
    """``{"order": …}``: ``"reversed"``, ``"by id"``, or a stride K: number i comes from i·K."""
    places = list(range(len(made.documents)))
    if how == "reversed":
        places.reverse()
    elif how == "by id":
        places.sort(key=lambda place: made.ids[place])
    elif type(how) is int:
        places = [place * how % len(places) for place in places]
    else:
        raise ValueError
    made.documents = [made.documents[place] for place in places]
    made.ids = [made.ids[place] for place in places]


_STEPS: Final[Mapping[str, Callable[[_Made, Any], None]]] = {
    "text": _add_text,
    "documents": _add_documents,
    "events": _add_events,
    "copies": _copy,
    "order": _order,
    "file": _file,
    "replace": _replace,
    "splice": _splice,
}


def _written(pieces: Any, n: int, made: _Made) -> Iterator[str]:
    """The texts of pieces in the document number ``n`` of its step."""
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
        elif "repeat" in piece:
            _check_size(piece["times"] * len(piece["repeat"]))
            yield piece["repeat"] * piece["times"]
        elif "count" in piece:
            yield _counted(piece)
        elif "digits" in piece:
            number = piece.get("from", 0) + piece.get("by", 1) * n
            yield f"{number:0{piece['digits']}}"
        elif "one_of" in piece:
            yield piece["one_of"][n]
        elif "id" in piece:
            yield _id_at(piece["id"], made)
        else:
            start, end = piece["ids"]
            yield ",".join(f'"{event_id}"' for event_id in made.ids[start:end])


def _counted(piece: Mapping[str, Any]) -> str:
    """``{"count": T, …}``: T texts, each with the next number in it."""
    times, digits = piece["count"], piece["digits"]
    before, after = piece.get("before", ""), piece.get("after", "")
    _check_size(times * (len(before) + digits + len(after)))
    first, step = piece.get("from", 0), piece.get("by", 1)
    return "".join(f"{before}{first + step * i:0{digits}}{after}" for i in range(times))


def _check_size(characters: int) -> None:
    """Before a text is made: what is too long may be longer than any memory."""
    if characters > MAX_EXPANDED:
        raise RecipeError(f"the recipe comes to more than {MAX_EXPANDED:,} bytes")


def _id_at(place: int, made: _Made) -> str:
    """An id as JSON: counted from the first that was made, or from the last; null beyond."""
    if -len(made.ids) <= place < len(made.ids):
        return f'"{made.ids[place]}"'
    return "null"

"""*Check this yourself*: the documents that a report of ``verify --html`` brings along, for the
JavaScript implementation to verify once more, in the browser of whoever reads it."""

import base64
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from pithmerge.canon import canonical_json
from pithmerge.crypto import Keyring
from pithmerge.web.bundling import bundle
from pithmerge.web.page import inside, script_hash

MOST_BYTES: Final = 8 * 2**20
"""Of the documents of a page together. They are a third longer in it."""
_MOST_BYTES_OF_KEYS: Final = 2**20


@dataclass(frozen=True, slots=True)
class Brought:
    """A document in a page, and what the page says of it (SPEC 10.7), both in base64.

    So there is nothing in it that could end an element, whatever the document holds.
    """

    number: int
    document: str
    said: str


@dataclass(frozen=True, slots=True)
class Program:
    """What stands in a page to verify what it brings along."""

    keys: str
    script: Markup
    script_hash: str
    worker: Markup


class Again:
    """Takes in what a page brings along.

    Args:
        keyring: by which it was verified, and will be.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keys = canonical_json([key.to_entry() for key in keyring.keys])
        self._left = MOST_BYTES if len(self._keys) <= _MOST_BYTES_OF_KEYS else -1
        self.brought: list[Brought] = []

    def takes(self, size: int) -> bool:
        """Whether there is room for a document of so many bytes."""
        return size <= self._left

    def bring(self, document: bytes, said: dict[str, Any]) -> int:
        """Have a document be brought along; its number in the page.

        Args:
            document: its bytes, for which there is room.
            said: what the page says of it (`pithmerge.comparable_report`).
        """
        number = len(self.brought)
        self._left -= len(document)
        self.brought.append(Brought(number, _base64(document), _base64(canonical_json(said))))
        return number

    def program(self) -> Program | None:
        """What verifies them; None if there is nothing to be verified."""
        if not self.brought:
            return None
        script = bundle("page/again.mjs")
        return Program(
            keys=_base64(self._keys),
            script=inside("script", script),
            script_hash=script_hash(script),
            worker=inside("script", bundle("page/again-worker.mjs")),
        )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()

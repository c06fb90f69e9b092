"""Links that a lone state does not show, tried: under which of them does an entry's id recompute?

Every attempt differs from the next in two short members. So what stands before, between and behind
them is written and hashed once, and each attempt goes on from a copy of the hash (SPEC 10.2).
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from pithmerge.canon import compact_json
from pithmerge.core.event import is_event_id
from pithmerge.core.vocabulary import UNDIGESTED_MEMBERS
from pithmerge.documents import Document

LINKS_TRIED: Final = 16
"""Applied events up to which links among them are tried: the attempts are their number squared."""


def links_that_recompute(
    document: Document, event: dict[str, Any], applied: Any
) -> dict[str, Any] | None:
    """The ``prev_event`` and ``supersedes`` under which an event has the id that it claims.

    Args:
        document: where the event was rebuilt from.
        event: the rebuilt event.
        applied: the state's ``applied_event_ids``, of any form.

    Returns:
        The two members; None if neither no links nor one of each to applied events explain the id.
    """
    claimed = event.get("event_id")
    if not isinstance(applied, list) or len(applied) > LINKS_TRIED or not is_event_id(claimed):
        return None
    ids = [each for each in applied if is_event_id(each)]
    for prev_event, superseded, digest in _attempts(document, event, ids):
        if claimed == f"sha256:{digest}":
            return {
                "prev_event": prev_event,
                "supersedes": [] if superseded is None else [superseded],
            }
    return None


def _attempts(
    document: Document, event: dict[str, Any], ids: list[str]
) -> Iterator[tuple[str | None, str | None, str]]:
    """Each pair of links, and the digest of the content under them."""
    content = {name: event[name] for name in event if name not in UNDIGESTED_MEMBERS}
    names = sorted(content)
    first, second = names.index("prev_event"), names.index("supersedes")

    def written(some: list[str]) -> bytes:
        return document.canonical({name: content[name] for name in some})[1:-1]

    before, between, behind = (
        written(some) for some in (names[:first], names[first + 1 : second], names[second + 1 :])
    )
    upto_prev_event = hashlib.sha256(b"{" + before + b',"prev_event":')
    for prev_event in (None, *ids):
        upto_supersedes = upto_prev_event.copy()
        upto_supersedes.update(compact_json(prev_event) + b"," + between + b',"supersedes":')
        for superseded in (None, *ids):
            whole = upto_supersedes.copy()
            whole.update(compact_json([] if superseded is None else [superseded]))
            whole.update(b"," + behind + b"}" if behind else b"}")
            yield prev_event, superseded, whole.hexdigest()

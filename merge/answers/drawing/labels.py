"""The words of a picture. All text of documents in it passes through `told`."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from pithmerge.answers.drawing.folding import Box, BoxKind, Style
from pithmerge.answers.drawing.model import Conflict, Link, Node, Standing
from pithmerge.showing import LONGEST_TEXT, clipped, encodable, printable
from pithmerge.verification.report import DocumentVerdict

TONES: Final = {
    DocumentVerdict.OK: "good",
    DocumentVerdict.CONSISTENT: "unsure",
    DocumentVerdict.FAILED: "bad",
    DocumentVerdict.UNSUPPORTED: "unsure",
    DocumentVerdict.UNREADABLE: "bad",
}
"""In which tone pages speak of a document."""

LONGEST: Final = 60
"""Characters of a text that tooltips and files show."""
_IDS: Final = 8
"""Events of a box that its tooltip names."""

STANDINGS: Final = {
    Standing.CURRENT: "current",
    Standing.SUPERSEDED: "superseded",
    Standing.APPLIED: "applied, not shown",
    Standing.UNREACHABLE: "unreachable",
    Standing.REJECTED: "rejected",
    Standing.MISSING: "not given",
}

STYLES: Final = {
    Style.PREV_EVENT: "prev_event",
    Style.BOTH: "prev_event, superseded",
    Style.SUPERSEDES: "superseded",
    Style.WITHOUT_EFFECT: "listed in supersedes, without effect",
    Style.CONFLICT: "conflict",
}


def told(text: str | None, longest: int = LONGEST) -> str:
    """Text of a document for a picture: cut, then without anything that could act."""
    return "?" if text is None else clipped(printable(encodable(clipped(text, longest))), longest)


def fitting(text: str, units: int) -> str:
    """The beginning of a text that takes no more room than so many narrow characters."""
    used = 0
    for index, char in enumerate(text):
        used += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if used > units:
            return f"{text[: max(0, index - 1)]}…"
    return text


def short_id(event_id: str) -> str:
    """The first digits of an event's id."""
    return told(event_id.removeprefix("sha256:")[:8])


def day(created_at: str | None) -> str:
    """The day and the minute of an instant."""
    text = told(created_at, 20)
    return text[:16].replace("T", " ") if created_at is not None else text


def lines_of(box: Box) -> tuple[str, ...]:
    """The four lines in a box."""
    if box.conflict is not None:
        return _of_conflict(box.conflict)
    if box.kind is BoxKind.EVENT:
        return _of_event(box.nodes[0])
    count = len(box.nodes)
    types = _one_or_count([node.event_type for node in box.nodes], "types")
    if box.nodes[0].standing is Standing.MISSING:
        return (f"{count} events", "not given", "", _standing_counts(box.nodes))
    if box.kind is BoxKind.RUN:
        title = f"{count} events in a chain"
        whose = f"{types}, {_one_or_count([node.signer_id for node in box.nodes], 'signers')}"
    else:
        title = f"{count} × {types}"
        whose = _one_or_count([node.signer_id for node in box.nodes], "signers")
    return (title, whose, days(node.created_at for node in box.nodes), _standing_counts(box.nodes))


def tooltip_of(box: Box) -> str:
    """All that a box stands for, with ids in full."""
    if box.conflict is not None:
        return "\n".join(_about_conflict(box.conflict))
    if box.kind is BoxKind.EVENT:
        return "\n".join(about(box.nodes[0]))
    lines = [f"{len(box.nodes)} events: {_standing_counts(box.nodes)}"]
    lines += [f"{told(each.event_id, 80)}  {day(each.created_at)}" for each in box.nodes[:_IDS]]
    if len(box.nodes) > _IDS:
        lines.append(f"and {len(box.nodes) - _IDS} more")
    return "\n".join(lines)


def about(node: Node) -> Iterable[str]:
    """What is known of an event, line by line."""
    yield told(node.event_id, 80)
    if node.standing is Standing.MISSING:
        yield "named by another event, and not given"
        return
    yield f"{told(node.event_type)} on {told(node.target)}"
    yield f"by {told(node.signer_id)}, {told(node.created_at)}"
    yield standing_of(node)
    if not node.signature_checked:
        yield "its signature was not checked"
    for name, path in node.places[:_IDS]:
        yield f"{told(name, 120)}: {told(path, 120)}"


def standing_of(node: Node) -> str:
    """What became of it, with the reason and the values if it is not valid."""
    why = "" if node.why is None else told(node.why, LONGEST_TEXT)
    return ": ".join(filter(None, (STANDINGS[node.standing], node.reason, why)))


def about_link(link: Link) -> str:
    """What a link says."""
    words = ["prev_event"] if link.prev_event else []
    if link.supersedes:
        words.append("supersedes" if link.in_effect else "supersedes, without effect")
    return f"{', '.join(words)}: {told(link.later, 80)} names {told(link.earlier, 80)}"


def counted(nodes: Iterable[Node]) -> list[tuple[Standing, int]]:
    """How many came to what, in the order of `Standing`; what nothing came to is left out."""
    counts = Counter(node.standing for node in nodes)
    return [(standing, counts[standing]) for standing in Standing if counts[standing]]


def _of_event(node: Node) -> tuple[str, ...]:
    if node.standing is Standing.MISSING:
        return ("not given", f"sha256:{short_id(node.event_id)}…", "", "named by another event")
    state = told(node.reason) if node.reason is not None else STANDINGS[node.standing]
    if not node.signature_checked:
        state += " (unsigned)"
    when = f"{day(node.created_at)}  {short_id(node.event_id)}"
    return (told(node.event_type), told(node.signer_id), when, state)


def _of_conflict(conflict: Conflict) -> tuple[str, ...]:
    kind = told(conflict.kind).replace("_", " ")
    places = f", {len(conflict.positions)} places" if len(conflict.positions) > 1 else ""
    return (
        f"{kind.upper()} × {len(conflict.event_ids)}{places}",
        told(conflict.signer_id),
        days(conflict.dates),
        f"{told(conflict.event_type)} on {told(conflict.target)}",
    )


def _about_conflict(conflict: Conflict) -> Iterable[str]:
    yield f"{told(conflict.kind)} of {told(conflict.signer_id)}"
    yield f"{told(conflict.event_type)} on {told(conflict.target)}, {days(conflict.dates)}"
    for position in conflict.positions[:_IDS]:
        yield f"at {'null' if position is None else told(position, 80)}"
    for event_id in conflict.event_ids[:_IDS]:
        yield told(event_id, 80)
    if len(conflict.event_ids) > _IDS:
        yield f"and {len(conflict.event_ids) - _IDS} more"


def days(instants: Iterable[str | None]) -> str:
    """The first and the last day."""
    days = sorted({told(each, 20)[:10] for each in instants if each is not None})
    if not days:
        return ""
    return days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _one_or_count(values: Sequence[str | None], what: str) -> str:
    distinct = set(values)
    return told(values[0]) if len(distinct) == 1 else f"{len(distinct)} {what}"


def _standing_counts(nodes: Sequence[Node]) -> str:
    reasons = {node.reason for node in nodes}
    if len(reasons) == 1 and None not in reasons:
        return told(nodes[0].reason)
    found = counted(nodes)
    if len(found) == 1:
        return STANDINGS[found[0][0]]
    return ", ".join(f"{count} {STANDINGS[standing]}" for standing, count in found)

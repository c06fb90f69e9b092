"""The graph for other tools: networkx, GraphML, DOT and Mermaid."""

import io
import string
from typing import TYPE_CHECKING, Any, Final

from pithmerge.answers.drawing.folding import BoxKind, Drawing, Style
from pithmerge.answers.drawing.labels import STYLES, lines_of, told, tooltip_of
from pithmerge.answers.drawing.model import Conflict, Link, Node, Standing
from pithmerge.answers.drawing.palette import LIGHT
from pithmerge.answers.drawing.svg import looks_of
from pithmerge.showing import LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import networkx as nx

_DASHES: Final = {"unreachable": "7 4", "rejected": "2 3", "missing": "1 4"}
_DOT_STYLES: Final = {
    "unreachable": "filled,rounded,dashed",
    "rejected": "filled,rounded,dotted,bold",
    "missing": "rounded,dotted",
    "current": "filled,rounded,bold",
    "conflict": "filled,bold",
}
_DOT_LINES: Final = {
    Style.PREV_EVENT: "",
    Style.BOTH: "penwidth=3",
    Style.SUPERSEDES: "style=dashed",
    Style.WITHOUT_EFFECT: "style=dotted",
    Style.CONFLICT: f'color="{LIGHT.boxes["conflict"].border}", penwidth=3, dir=none',
}
_MERMAID_LINES: Final = {
    Style.PREV_EVENT: "-->",
    Style.BOTH: "==>",
    Style.SUPERSEDES: "-.->",
    Style.WITHOUT_EFFECT: "-.-o",
    Style.CONFLICT: "---",
}
_MERMAID_PLAIN: Final = frozenset(f"{string.ascii_letters}{string.digits} -_.,/")
_MERMAID_ESCAPES: Final = str.maketrans(
    # Mermaid looks for directives, comments and formulas in texts as well: %%{init: …}%%, $$ … $$.
    {char: f"#{ord(char)};" for char in string.printable if char not in _MERMAID_PLAIN}
)


def networkx_graph(
    nodes: "Iterable[Node]", links: "Iterable[Link]", conflicts: "Iterable[Conflict]"
) -> "nx.DiGraph[str]":
    """The graph as a frozen `networkx.DiGraph`, every event and every conflict a node.

    Events have ``node`` "event", or "missing" where they are named and not given; ``verdict``, and
    what is known of ``reason``, ``why``, ``event_type``, ``target``, ``signer_id``, ``created_at``
    and ``place``. Their edges run from the earlier to the later event, with the booleans
    ``prev_event``, ``supersedes``, ``in_effect`` and ``conflict``, which is False. A conflict has
    ``node`` "conflict", ``kind``, ``signer_id``, ``event_type``, ``target``, ``first`` and ``last``
    (dates); an edge runs to it from each of its events, with ``conflict`` True.
    """
    import networkx as nx

    dag: nx.DiGraph[str] = nx.DiGraph()
    for node in nodes:
        known = {
            "reason": node.reason,
            "why": node.why,
            "event_type": node.event_type,
            "target": node.target,
            "signer_id": node.signer_id,
            "created_at": node.created_at,
            "place": "; ".join(f"{name}: {path}" for name, path in node.places) or None,
        }
        kind = "missing" if node.standing is Standing.MISSING else "event"
        there = {name: text for name, text in known.items() if text is not None}
        dag.add_node(node.event_id, node=kind, verdict=str(node.standing), **there)
    for link in links:
        dag.add_edge(
            link.earlier,
            link.later,
            prev_event=link.prev_event,
            supersedes=link.supersedes,
            in_effect=link.in_effect,
            conflict=False,
        )
    for number, conflict in enumerate(conflicts):
        name = f"conflict:{number}"
        dag.add_node(
            name,
            node="conflict",
            kind=conflict.kind,
            signer_id=conflict.signer_id,
            event_type=conflict.event_type,
            target=conflict.target,
            first=conflict.dates[0],
            last=conflict.dates[1],
        )
        for event_id in conflict.event_ids:
            dag.add_edge(
                event_id, name, prev_event=False, supersedes=False, in_effect=False, conflict=True
            )
    frozen: nx.DiGraph[str] = nx.freeze(dag)
    return frozen


def graphml(dag: "nx.DiGraph[str]") -> bytes:
    """The graph as GraphML. Long texts are cut, and what XML cannot hold is escaped."""
    import networkx as nx

    told_dag: nx.DiGraph[str] = nx.DiGraph()
    for name, attributes in dag.nodes(data=True):
        told_dag.add_node(told(name, LONGEST_TEXT), **_told(attributes))
    for upper, lower, attributes in dag.edges(data=True):
        told_dag.add_edge(told(upper, LONGEST_TEXT), told(lower, LONGEST_TEXT), **attributes)
    buffer = io.BytesIO()
    # Not write_graphml, which would write other bytes where lxml is installed.
    nx.write_graphml_xml(told_dag, buffer)
    return buffer.getvalue() + b"\n"


def _told(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: told(text, LONGEST_TEXT) for name, text in attributes.items()}


def dot(drawing: Drawing, *, title: str) -> str:
    """A drawing in the language of Graphviz.

    Args:
        title: of it, already `told`.
    """
    lines = [
        f"digraph {_dot_text(title)} {{",
        "  rankdir=TB",
        '  node [shape=box, fontname="sans-serif", fontsize=11]',
    ]
    for number, box in enumerate(drawing.boxes):
        looks = looks_of(box)
        colours = LIGHT.boxes[looks]
        shape = ", shape=octagon" if box.kind is BoxKind.CONFLICT else ""
        many = ", peripheries=2" if box.kind in (BoxKind.RUN, BoxKind.ALIKE) else ""
        words = "\n".join(filter(None, lines_of(box)))
        lines.append(
            f"  b{number} [label={_dot_text(words)}, tooltip={_dot_text(tooltip_of(box))}, "
            f'style="{_DOT_STYLES.get(looks, "filled,rounded")}", fillcolor="{colours.fill}", '
            f'color="{colours.border}", fontcolor="{colours.text}"{shape}{many}]'
        )
    for line in drawing.lines:
        said = f"tooltip={_dot_text(STYLES[line.style])}"
        looks = ", ".join(filter(None, (said, _DOT_LINES[line.style])))
        lines.append(f"  b{line.upper} -> b{line.lower} [{looks}]")
    return "\n".join([*lines, "}", ""])


def mermaid(drawing: Drawing, *, title: str) -> str:
    """A drawing in the language of Mermaid, which GitHub and others show in Markdown.

    Args:
        title: of it, already `told`.
    """
    lines = ["---", f'title: "{title}"', "---", "flowchart TD"]
    for number, box in enumerate(drawing.boxes):
        words = "<br/>".join(text.translate(_MERMAID_ESCAPES) for text in lines_of(box) if text)
        opening, closing = _mermaid_shape(box.kind)
        lines.append(f'  b{number}{opening}"{words}"{closing}:::{looks_of(box)}')
    red = []
    for number, line in enumerate(drawing.lines):
        lines.append(f"  b{line.upper} {_MERMAID_LINES[line.style]} b{line.lower}")
        if line.style is Style.CONFLICT:
            red.append(str(number))
    for looks in dict.fromkeys(map(looks_of, drawing.boxes)):
        colours = LIGHT.boxes[looks]
        dashes = f",stroke-dasharray:{_DASHES[looks]}" if looks in _DASHES else ""
        lines.append(
            f"  classDef {looks} fill:{colours.fill},stroke:{colours.border},"
            f"color:{colours.text}{dashes}"
        )
    if red:
        border = LIGHT.boxes["conflict"].border
        lines.append(f"  linkStyle {','.join(red)} stroke:{border},stroke-width:3px")
    return "\n".join([*lines, ""])


def _mermaid_shape(kind: BoxKind) -> tuple[str, str]:
    if kind is BoxKind.CONFLICT:
        return "{{", "}}"
    return ("[", "]") if kind is BoxKind.EVENT else ("[[", "]]")


_DOT_ESCAPES: Final = str.maketrans(
    # Graphviz reads the entities of HTML in texts.
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
)


def _dot_text(text: str) -> str:
    return f'"{text.translate(_DOT_ESCAPES)}"'

"""A graph as a file: which form follows from the ending of its name."""

from pathlib import Path
from typing import Final

from pithmerge.answers.drawing.event_graph import EventGraph
from pithmerge.answers.drawing.pages import graph_page
from pithmerge.errors import OutputError

ENDINGS: Final = (".svg", ".html", ".dot", ".mmd", ".graphml")
"""The endings that a file may have."""


def ending_of_picture(name: str) -> str:
    """The ending of a file's name, if it says what to write.

    Raises:
        OutputError: it does not.
    """
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise OutputError(
            f"{name}: its ending does not say what to draw: name it {', '.join(ENDINGS)}"
        )
    return ending


def graph_bytes(graph: EventGraph, ending: str, *, fold: bool = True) -> bytes:
    """The graph in the form of one of `ENDINGS`.

    Args:
        fold: False gives each event a box of its own. GraphML always has all events.

    Raises:
        OutputError: it is more than a picture can show.
    """
    if ending == ".graphml":
        return graph.to_graphml()
    if ending == ".html":
        return graph_page(graph, fold=fold).encode()
    write = {".svg": graph.to_svg, ".dot": graph.to_dot, ".mmd": graph.to_mermaid}[ending]
    return write(fold=fold).encode()

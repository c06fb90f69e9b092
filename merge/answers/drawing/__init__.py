"""Pictures: the graph of a paper as SVG, HTML, DOT, Mermaid and GraphML, and pages to hand on."""

from pithmerge.answers.drawing.event_graph import EventGraph, graph, papers_about, svg_of

__all__ = ["EventGraph", "graph", "papers_about", "svg_of"]

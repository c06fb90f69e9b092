"""Pictures: the graph of a paper as SVG, HTML, DOT, Mermaid and GraphML, and pages to hand on."""

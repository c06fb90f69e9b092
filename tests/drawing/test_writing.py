"""The graph as SVG, HTML, DOT, Mermaid and GraphML: the same bytes everywhere, and harmless."""

import io
import re
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import networkx as nx
import pytest
from defusedxml.ElementTree import fromstring

from pithmerge import DocumentError, EventGraph, MergeError, graph, merge
from pithmerge.answers.drawing import svg_of
from pithmerge.answers.drawing.labels import LONGEST, fitting, told
from pithmerge.answers.drawing.palette import DARK, LIGHT, Theme
from pithmerge.answers.drawing.writing import ENDINGS, ending_of_picture, graph_bytes
from pithmerge.answers.gathering import gather
from pithmerge.errors import OutputError
from tests.support.event_shapes import (
    chain_with_a_fork,
    document_of_events,
    double_supersede,
    graph_of_events,
    missing_id,
    tangled,
)
from tests.support.paper import KEYRING, NUMBER, event, json_bytes, record_created

SVG = "{http://www.w3.org/2000/svg}"
EVIL = [
    "</style><script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    "]]><!--",
    '"><a href="javascript:alert(1)" onclick=\'x\'>',
    "\x00\x07\x1b[31m\x7f\x85",
    "\u202eevil\u202c\u2066\u2069\u200b\ufeff",
    "{{ 7*7 }}{% raw %}\\",
    'back\\slash\\N "quoted" `ticked` #35; &amp; %%{init}%%',
    "a\nb\tc\r\n",
    "\ud800",
    "W" * 100_000,
    "漢字" * 1000,
    "Z̴̧͎͓̈́͋a̶l̷" * 50,
]


def evil_graph(text: str) -> EventGraph:
    """Valid and rejected events that say a hostile text wherever they can."""
    good = event("correction", created_at="2026-05-02T00:00:00Z")
    bad = {
        **good,
        "event_type": text,
        "target": text,
        "created_at": text,
        "signer": {**good["signer"], "signer_id": text},
    }
    return graph([document_of_events([record_created(), good, bad])], keyring=KEYRING)


def elements(text: str) -> list[Element]:
    return list(fromstring(text).iter())


@pytest.mark.parametrize("text", EVIL[:9] + EVIL[10:], ids=range(len(EVIL) - 1))
def test_text_of_a_document_is_never_markup(text: str) -> None:
    harmless, evil = evil_graph("harmless"), evil_graph(text)
    shapes = [[each.tag for each in elements(of.to_svg())] for of in (harmless, evil)]
    assert shapes[0] == shapes[1]
    for ending in ENDINGS:
        written = graph_bytes(evil, ending)
        assert len(written) < len(graph_bytes(harmless, ending)) + 40_000
        said = written.decode()
        assert all(char.isprintable() or char == "\n" for char in said)
        assert "<script" not in said
        assert "<img" not in said


def test_the_picture_has_no_link_and_loads_nothing() -> None:
    text = graph_of_events(tangled(50)).to_svg()
    for element in elements(text):
        names = {name.rpartition("}")[2] for name in element.attrib}
        assert names.isdisjoint({"href", "src"})
        assert not any(name.startswith("on") for name in names)
        assert element.tag.removeprefix(SVG) in {
            "svg", "title", "style", "defs", "marker", "clipPath", "g", "rect", "path", "text",
        }  # fmt: skip
    assert set(re.findall(r"url\(([^)]*)\)", text)) == {"#pith-tip", "#pith-clip"}
    assert "@import" not in text


def test_ids_stand_in_full_where_the_pointer_is_held() -> None:
    found = graph_of_events(double_supersede(0))
    titles = "\n".join(texts(found, tag="title"))
    for node in found.nodes:
        assert node.event_id in titles
        assert all(f"{name}: {path}" in titles for name, path in node.places)
    (conflict,) = found.conflicts
    assert f"at {conflict.positions[0]}" in titles


def texts(found: EventGraph, *, fold: bool = True, tag: str = "text") -> list[str]:
    every = elements(found.to_svg(fold=fold))
    return [each.text or "" for each in every if each.tag == f"{SVG}{tag}"]


def test_a_box_says_what_became_of_its_event() -> None:
    bad = {**event(), "signature": None}
    orphan = event(prev_event=missing_id("parent"))
    said = texts(graph_of_events([record_created(), bad, orphan]))
    for words in ("current", "signature_missing", "prev_event_missing", "not given"):
        assert words in said
    assert f"sha256:{missing_id('parent')[7:15]}…" in said
    assert f"2026-05-05 12:00  {orphan['event_id'][7:15]}" in said


def test_a_conflict_says_kind_signer_and_date() -> None:
    said = texts(graph_of_events(chain_with_a_fork(50)))
    start = said.index("FORK × 2")
    assert said[start + 1 : start + 4] == [
        "registry.example",
        "2026-01-02 to 2026-01-03",
        "graph_snapshot on paper",
    ]


def test_the_legend_says_how_many_and_what_lines_mean() -> None:
    said = texts(graph_of_events(chain_with_a_fork(50)))
    counts = {"49 current", "1 unreachable", "1 not given", "1 conflict"}
    assert {*counts, "prev_event", "conflict"} <= set(said)
    assert "superseded" not in said


def test_what_is_folded_says_what_it_stands_for() -> None:
    found = graph_of_events(chain_with_a_fork(50))
    assert "23 events in a chain" in texts(found)
    assert not any("in a chain" in text for text in texts(found, fold=False))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_has_enough_contrast(theme: Theme) -> None:
    """WCAG AA: 4.5 for text, 3 for what has to be seen."""
    for colours in theme.boxes.values():
        assert contrast(colours.text, colours.fill) >= 4.5
        assert contrast(colours.border, theme.paper) >= 3
        assert contrast(colours.border, colours.fill) >= 3
    for background in (theme.paper, theme.shade):
        for text in (theme.ink, theme.muted, theme.good, theme.bad, theme.unsure):
            assert contrast(text, background) >= 4.5
    assert contrast(theme.line, theme.paper) >= 3


def contrast(one: str, other: str) -> float:
    """Of WCAG 2."""
    light, dark = sorted(map(luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_no_verdict_is_told_by_colour_alone() -> None:
    """Each has a word, and its border another kind or width."""
    (style,) = texts(graph_of_events([]), tag="style")
    for looks in ("current", "unreachable", "rejected", "missing"):
        assert re.search(rf"\.{looks} \.box\{{[^}}]*stroke-(width|dasharray)", style)


def test_the_same_graph_is_the_same_bytes_in_any_process() -> None:
    code = (
        "import sys; from tests.support.event_shapes import *\n"
        "from pithmerge.answers.drawing.writing import ENDINGS, graph_bytes\n"
        "from hashlib import sha256\n"
        "found = graph_of_events(tangled(80))\n"
        "print([sha256(graph_bytes(found, each)).hexdigest() for each in ENDINGS])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_graphml_is_read_back_by_networkx() -> None:
    found = graph_of_events(tangled(60))
    back = nx.read_graphml(io.BytesIO(found.to_graphml()))
    assert set(back.nodes) == set(found.dag.nodes)
    assert set(back.edges) == set(found.dag.edges)
    for name, attributes in found.dag.nodes(data=True):
        assert back.nodes[name] == attributes


def test_dot_has_every_box_and_line_of_the_picture() -> None:
    found = graph_of_events(tangled(40))
    drawing, lines = found.drawing(), found.to_dot().splitlines()
    assert sum(bool(re.match(r"  b\d+ \[", line)) for line in lines) == len(drawing.boxes)
    assert sum(bool(re.match(r"  b\d+ -> b\d+ \[", line)) for line in lines) == len(drawing.lines)
    for line in lines:
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert '"' not in bare
        assert "\\" not in bare


@pytest.mark.parametrize("text", EVIL[:9], ids=range(9))
def test_dot_and_mermaid_quote_what_documents_say(text: str) -> None:
    found = evil_graph(text)
    for line in found.to_dot().splitlines():
        assert '"' not in re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
    for line in found.to_mermaid().splitlines():
        if line.startswith("  b"):
            label = re.search(r'"(.*)"', line)
            inside = "" if label is None else label[1].replace("<br/>", "")
            assert not set(inside) & set('"<>&`\\')


@pytest.mark.parametrize(
    "text",
    [
        "%%{init: {'themeCSS': 'rect { fill: green !important }'}}%%",
        "%%{wrap}%%",
        "%% the rest of the line is no comment",
        "$$x^2$$",
        "style a:#0;",
    ],
)
def test_mermaid_finds_no_directive_comment_or_formula_in_a_text(text: str) -> None:
    # Mermaid looks for them before it knows what is quoted.
    mermaid = evil_graph(text).to_mermaid()
    for label in re.findall('"(.*)"', mermaid.partition("flowchart TD")[2]):
        assert re.fullmatch(r"(?:[A-Za-z0-9 ._,/…-]|#\d+;|<br/>)*", label)
    assert evil_graph(text).to_svg()


def test_mermaid_has_every_box_and_line_of_the_picture() -> None:
    found = graph_of_events(chain_with_a_fork(50))
    drawing, text = found.drawing(), found.to_mermaid()
    assert len(re.findall(r"^  b\d+(?:\[|\{\{)", text, re.MULTILINE)) == len(drawing.boxes)
    assert len(re.findall(r"^  b\d+ \S+ b\d+$", text, re.MULTILINE)) == len(drawing.lines)
    assert re.search(r"linkStyle \d+,\d+ stroke:#cf222e", text)


@pytest.mark.parametrize("name", ["x", "x.png", "x.svg.gz", ".svg", "-", "x.xml"])
def test_an_ending_that_says_no_form_is_refused_with_those_that_do(name: str) -> None:
    with pytest.raises(OutputError, match=r"name it \.svg, \.html, \.dot, \.mmd, \.graphml$"):
        ending_of_picture(name)
    assert ending_of_picture("a.b.SVG") == ".svg"


def test_a_text_that_is_cut_fits_its_box() -> None:
    assert fitting("abc", 3) == "abc"
    assert fitting("abcd", 3) == "ab…"
    assert fitting("漢字漢字", 6) == "漢字…"
    assert fitting("", 3) == ""
    assert len(told("x" * 10_000)) == LONGEST + 1
    assert len(told("\u202e" * 10_000)) == LONGEST + 1
    assert told(None) == "?"


def test_notebooks_show_the_picture() -> None:
    found = graph_of_events(double_supersede(0))
    image = re.search(r'src="data:image/svg\+xml;base64,([^"]*)"', found._repr_html_())
    assert image is not None
    assert b64decode(image[1]).decode() == found.to_svg()
    many: list[Any] = [
        event(payload={"i": n}, supersedes=[missing_id(str(n))]) for n in range(1100)
    ]
    assert "<img" not in graph_of_events(many)._repr_html_()
    (paper,) = gather([document_of_events(double_supersede(0))], KEYRING)
    assert svg_of(paper) == found.to_svg()


@pytest.mark.parametrize("given", [7, None, {"a": 1}, [[]]])
def test_what_is_no_document_is_refused(given: Any) -> None:
    with pytest.raises(DocumentError, match="graph takes a Document, a path or bytes"):
        graph(given)


def test_a_state_is_given_alone() -> None:
    state = merge([record_created()], keyring=KEYRING)
    assert len(graph([state]).nodes) == 1
    with pytest.raises(MergeError, match="give it alone"):
        graph(state, b"[]")


def test_documents_may_be_given_as_bytes() -> None:
    found = graph(json_bytes([record_created()]), keyring=KEYRING)
    assert (found.pith_number, len(found.nodes)) == (NUMBER, 1)

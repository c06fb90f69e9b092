"""``--html``: a page to hand on, from ``verify`` and ``mirror verify``; and in a real browser."""

import base64
import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pithmerge import CauseCode, Reason, verify_document
from pithmerge.answers.drawing.mirror_page import MirrorPage
from pithmerge.answers.drawing.writing import graph_bytes
from pithmerge.conformance.html import html_report
from pithmerge.mirrors.rows import row_of_report
from pithmerge.mirrors.verify_part import Tally
from tests.conformance.test_reports import HOSTILE_RUN
from tests.support.browser import opened
from tests.support.cli_helpers import pithmerge
from tests.support.event_shapes import Growing, graph_of_events, tangled
from tests.support.paper import (
    BUNDLE_FILE,
    KEYRING,
    MANIFEST_FILE,
    PUBLISHED,
    RECORD_FILE,
    STATE_FILE,
    json_bytes,
)

SYNTHETIC = PUBLISHED.parent / "synthetic"
FORK = SYNTHETIC / "bundle-fork.json"
KEYS = ("--key", str(SYNTHETIC / "keyring.json"))


class _Parser(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(page: Path) -> _Parser:
    parser = _Parser()
    parser.feed(page.read_text("utf-8"))
    return parser


def text_of(page: Path) -> str:
    return " ".join(" ".join(parsed(page).words).split())


def tampered(folder: Path) -> Path:
    """The fork with a byte of its last event changed."""
    given = folder / "tampered.json"
    given.write_bytes(FORK.read_bytes().replace(b"2026-03-09T", b"2026-03-08T"))
    return given


def hostile(folder: Path) -> Path:
    """A bundle that says what would act on a page, wherever it can."""
    evil = (
        "</style></svg><script>document.title='owned'</script><img src='http://x.example/'>\u202e"
    )
    bundle = json.loads(FORK.read_bytes())
    bundle["events"][1] |= {"event_type": evil, "target": evil, "created_at": evil}
    bundle |= {"pith_number": evil, evil: evil, "short_pith_number": evil}
    given = folder / "<b>&hostile.json"
    given.write_bytes(json_bytes(bundle))
    return given


def test_the_verdict_is_in_a_sentence(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    sentences = {
        BUNDLE_FILE: "Everything in it that can be checked holds: ",
        STATE_FILE: "but only $.current.canonical_record is signed: the rest is a claim.",
        RECORD_FILE: "but only $.canonical_record is signed: the rest is a claim.",
        MANIFEST_FILE: "but nothing of it is signed: the rest is a claim.",
        tampered(tmp_path): "It does not hold: of ",
    }
    for given, sentence in sentences.items():
        pithmerge("verify", *KEYS, given, "--html", page)
        assert sentence in text_of(page)
        assert ("The graph" in text_of(page)) is (given != MANIFEST_FILE)


def test_the_rows_are_folded_with_both_values(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = pithmerge("verify", *KEYS, tampered(tmp_path), "--json", "--html", page)
    counts = json.loads(done.stdout)["counts"]
    said = text_of(page)
    assert f"{counts['failed']} statements that do not hold" in said
    assert f"{counts['ok']} statements that hold" in said
    assert f"{counts['not checkable']} statements that cannot be checked, and why" in said
    for value in ("2026-03-08", "acd31a8f"):
        assert value in said
    assert "$.events[2] was changed after it was signed" in said
    assert "What to do: Fetch the document again from its source" in said
    tags = parsed(page).tags
    assert [attrs for tag, attrs in tags if tag == "details" and "open" in attrs] == []
    assert sum(tag == "details" for tag, _ in tags) == 4
    assert sum(tag == "svg" for tag, _ in tags) == 1


def test_an_equivocation_is_in_the_heading_and_named(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert pithmerge("verify", *KEYS, FORK, "--html", page).code == 0
    said = text_of(page)
    assert f"OK, with 1 equivocation: {FORK}" in said
    assert "There is 1 equivocation: a signer said two things in one place." in said
    assert "fork: registry.example signed 2 conflicting graph_snapshot events" in said


def test_conflicts_are_named_by_date_and_as_many_as_they_are(tmp_path: Path) -> None:
    growing = Growing()
    root = growing.add("record_created")
    first = [growing.add(prev_event=root) for _ in range(3)]
    for parent in first:
        for _ in range(2):
            growing.add(prev_event=parent)
    page = tmp_path / "page.html"
    page.write_bytes(graph_bytes(graph_of_events(growing.events), ".html"))
    said = text_of(page)
    assert "3 graph_snapshot events of paper at one position. All stay valid" in said
    dates = re.findall(r"Fork by registry.example\s*, (\S+)", said)
    assert len(dates) == 4
    assert dates == sorted(dates)


def test_of_many_documents_those_that_fail_come_first_and_all_are_counted(tmp_path: Path) -> None:
    page, broken = tmp_path / "page.html", tmp_path / "broken.json"
    broken.write_bytes(b"{")
    given = (BUNDLE_FILE, FORK, STATE_FILE, tampered(tmp_path), broken)
    done = pithmerge("verify", *KEYS, *given, "--html", page)
    assert done.code == 3
    said = text_of(page)
    assert "3 of 5 documents hold. 1 does not. 1 could not be read" in said
    headings = re.findall(r"<h2><span[^>]*>(\w+)<", page.read_text("utf-8"))
    assert sorted(headings[-2:]) != ["FAILED", "UNREADABLE"]
    assert set(headings) == {"FAILED", "UNREADABLE", "OK", "CONSISTENT"}
    # The fork and its tampered copy are of one paper.
    assert sum(tag == "svg" for tag, _ in parsed(page).tags) == 3


def test_of_very_many_documents_the_first_are_shown(tmp_path: Path) -> None:
    page, many = tmp_path / "page.html", tmp_path / "many.ndjson"
    many.write_bytes((STATE_FILE.read_bytes().strip() + b"\n") * 70)
    assert pithmerge("verify", many, "--html", page).code == 0
    said = text_of(page)
    assert "70 of 70 documents hold." in said
    assert "and 20 more documents; pithmerge verify --json has all of them" in said
    assert "20 more could be drawn" in said


@pytest.mark.parametrize("name", ["page.txt", "page", "-", "page.json"])
def test_a_page_is_named_as_one(tmp_path: Path, name: str) -> None:
    for words in (("verify", FORK), ("mirror", "verify", FORK, "--report", "r.ndjson")):
        error = pithmerge(*words, "--html", name, cwd=tmp_path).error
        assert error == f"{name}: a page is named .html or .htm: name another file"
    assert list(tmp_path.iterdir()) == []


def test_a_page_takes_the_place_of_nothing_that_is_read_or_written(tmp_path: Path) -> None:
    given = tmp_path / "bundle.html"
    given.write_bytes(FORK.read_bytes())
    assert "which is read" in pithmerge("verify", given, "--html", given).error
    shutil.copy(SYNTHETIC / "keyring.json", tmp_path / "keys.html")
    keys = ("--key", tmp_path / "keys.html", "--html", tmp_path / "keys.html")
    assert "which is read" in pithmerge("verify", FORK, *keys).error
    assert "which is read" in pithmerge("verify", tmp_path, "--html", tmp_path / "x.html").error
    mirror = ("mirror", "verify", tmp_path, "-p", "1", "--report", "r.ndjson")
    assert "which is read" in pithmerge(*mirror, "--html", given).error
    assert "which is read" in pithmerge(*mirror, "--html", tmp_path / "x.html").error
    assert "its folder is not there" in pithmerge("verify", FORK, "--html", "no/x.html").error
    assert given.read_bytes() == FORK.read_bytes()


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The page and the report of a small mirror of which some is flawed."""
    folder = tmp_path_factory.mktemp("mirror")
    source = folder / "mirror.ndjson"
    lines = [BUNDLE_FILE.read_bytes().strip()] * 3 + [b"{"] * 40
    lines += [re.sub(rb"\s*\n\s*", b"", tampered(folder).read_bytes())] * 30
    source.write_bytes(b"\n".join(lines) + b"\n")
    page, report = folder / "page.html", folder / "report.ndjson"
    words = ("mirror", "verify", source, *KEYS, "-p", "1", "--report", report, "--html", page)
    assert pithmerge(*words).code == 3
    return page, report


def test_a_mirror_has_counts_causes_and_the_worst_papers(mirror: tuple[Path, Path]) -> None:
    page, report = mirror
    said = text_of(page)
    assert "Verification of a mirror: 73 documents" in said
    assert "3 of 73 documents hold. 30 do not. 40 could not be read" in said
    assert "failed 30 41.0 %" in said
    for counted in ("SPEC 4.2 30", "content_changed 30", "content_hash_mismatch 30"):
        assert counted in said
    assert f"content_changed 30 {CauseCode.CONTENT_CHANGED.remedy}" in said
    assert f"content_hash_mismatch 30 {Reason.CONTENT_HASH_MISMATCH.explanation}" in said
    worst = said[said.index("The worst papers") : said.index("What could not be read")]
    assert worst.count("mirror.ndjson:") == 25
    assert "and 5 more; the report has all" in worst
    assert re.search(r"pith:2026:WUMFPBU7HNGOT6HI3BPF3TOFJ4 [5-9] ", worst)
    assert len(report.read_text("utf-8").splitlines()) < 73


def test_of_a_mirror_the_worst_are_kept_whenever_they_come() -> None:
    bad = row_of_report(verify_document(STATE_FILE), b"")
    rows = [
        msgspec.structs.replace(
            bad, document=f"{n:03}", outcome="failed", verdict="failed", checks_failed=n // 2,
            equivocations=n % 2, signers=("x",),
        )
        for n in range(100)
    ]  # fmt: skip
    pages = []
    for order in (rows, rows[::-1]):
        page, total = MirrorPage(), Tally.empty()
        for row in order:
            page.add(row)
            total.count(row)
        pages.append(page.to_html(total))
    assert pages[0] == pages[1]
    assert (
        re.findall(r"<code>(\d+)</code>", pages[0])[:25]
        == [f"{n:03}" for pair in range(49, 36, -1) for n in (2 * pair, 2 * pair + 1)][:25]
    )
    assert "50 show that a signer said two things in one place." in pages[0]
    assert "and 75 more; the report has all" in pages[0]


def test_a_page_holds_nothing_that_acts(tmp_path: Path, mirror: tuple[Path, Path]) -> None:
    pages = [tmp_path / "evil.html", tmp_path / "graph.html", mirror[0]]
    pithmerge("verify", *KEYS, hostile(tmp_path), "--html", pages[0])
    bundle = json.loads(hostile(tmp_path).read_bytes())
    events = tmp_path / "events.json"
    events.write_bytes(json_bytes(bundle["events"]))
    pithmerge("graph", *KEYS, events, "-o", pages[1])
    for page in pages:
        tags = parsed(page).tags
        assert {"img", "a", "link", "iframe", "object", "form"}.isdisjoint(tag for tag, _ in tags)
        allowed = _scripts_that_run(page)
        assert len(allowed) == (page == pages[0])
        for _, attrs in tags:
            assert not any(name.startswith("on") or name in ("src", "href") for name in attrs)
        name = "http-equiv"
        (policy,) = (attrs["content"] for _, attrs in tags if attrs.get(name))
        assert policy is not None
        scripts = "".join(f"script-src '{each}'; worker-src blob:; " for each in allowed)
        assert policy.startswith(f"default-src 'none'; {scripts}style-src 'unsafe-inline'")
        text = page.read_text("utf-8")
        assert "\u202e" not in text


def _scripts_that_run(page: Path) -> list[str]:
    """The hashes of the scripts in a page that are not there to be read."""
    scripts = re.findall(r"<script([^>]*)>(.*?)</script", page.read_text("utf-8"), re.DOTALL)
    return [
        "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for attributes, text in scripts
        if 'type="text/plain"' not in attributes
    ]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, mirror: tuple[Path, Path]) -> dict[str, Path]:
    """One page of each kind, with what is long and what is hostile."""
    folder = tmp_path_factory.mktemp("pages")
    events = folder / "events.json"
    events.write_bytes(json_bytes(tangled(120)))
    keys = folder / "keys.json"
    keys.write_bytes(json_bytes([key.to_entry() for key in KEYRING.keys]))
    made = {name: folder / f"{name}.html" for name in ("graph", "verify", "hostile")}
    pithmerge("graph", events, "--key", keys, "-o", made["graph"])
    given = (FORK, tampered(folder), STATE_FILE, MANIFEST_FILE, events)
    pithmerge("verify", *KEYS, "--key", keys, *given, "--html", made["verify"])
    pithmerge("verify", *KEYS, hostile(folder), "--html", made["hostile"])
    conformance = folder / "conformance.html"
    conformance.write_bytes(html_report(HOSTILE_RUN))
    return {**made, "mirror": mirror[0], "conformance": conformance}


KINDS = ("graph", "verify", "hostile", "mirror", "conformance")
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.setAttribute('open', ''))"
TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    const inside = each => each.closest('.wide');
    return [document.documentElement.scrollWidth > width ? 'the page' : '',
        ...[...document.body.querySelectorAll('*')]
            .filter(each => !inside(each.parentElement))
            .filter(each => each.getBoundingClientRect().right > width + 1)
            .map(each => each.outerHTML.slice(0, 200))].filter(Boolean)
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_opens_in_a_browser(
    chromium: Any, pages: dict[str, Path], kind: str, scheme: str
) -> None:
    """On a small screen nothing overflows, nothing is asked for, nothing is complained about."""
    found = opened(chromium, pages[kind], width=360, scheme=scheme)
    for _ in range(2):
        assert found.page.evaluate(TOO_WIDE) == []
        found.page.evaluate(OPEN_ALL)
    assert (found.complaints, found.asked_for) == ([], [pages[kind].as_uri()])
    assert found.page.title() != "owned"
    paper = "getComputedStyle(document.body).backgroundColor"
    expected = "rgb(255, 255, 255)" if scheme == "light" else "rgb(13, 17, 23)"
    assert found.page.evaluate(paper) == expected
    box = "getComputedStyle(document.querySelector('.pith-graph .paper')).fill"
    if kind not in ("mirror", "conformance"):
        assert found.page.evaluate(box) == expected
    found.page.context.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_prints(chromium: Any, pages: dict[str, Path], kind: str, tmp_path: Path) -> None:
    found = opened(chromium, pages[kind], width=1000, scheme="light")
    out = tmp_path / "page.pdf"
    found.page.pdf(path=out, format="A4")
    data = out.read_bytes()
    assert data.startswith(b"%PDF-")
    count = len(re.findall(rb"/Type\s*/Page\b", data))
    assert 1 <= count <= 12
    assert b"/Font" in data
    found.page.context.close()


def test_every_text_of_a_picture_is_in_its_box(chromium: Any, pages: dict[str, Path]) -> None:
    found = opened(chromium, pages["graph"], width=1200, scheme="light")
    outside = """() => [...document.querySelectorAll('.pith-graph g[clip-path] text')].filter(
        text => {
        const box = text.closest('g[transform]').querySelector('rect.box').getBoundingClientRect();
        const own = text.getBoundingClientRect();
        return own.left < box.left || own.top < box.top || own.bottom > box.bottom
            || own.right > box.right + 40 || parseFloat(getComputedStyle(text).fontSize) < 12;
    }).map(each => each.textContent)"""
    assert found.page.evaluate(outside) == []
    found.page.context.close()

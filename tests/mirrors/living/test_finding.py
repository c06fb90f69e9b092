"""Papers are found by whatever they are called by."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from pithmerge import merge
from pithmerge.building import build_bundle, build_canonical_record, build_event, number_of
from pithmerge.building import build_record_created as created
from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.core.vocabulary import EventType
from pithmerge.fixtures.signers import REGISTRY
from pithmerge.mirrors.living import Mirror, MirrorError, open_mirror
from pithmerge.mirrors.living.database import DATABASE, writing
from pithmerge.mirrors.living.finding import COUNTED
from pithmerge.mirrors.living.queries import Kind, read_query
from pithmerge.mirrors.pulling.wanted import Wanted, known_papers, wanted_of
from pithmerge.mirrors.synthetic import synthetic_keyring
from pithmerge.mirrors.synthetic.papers import snapshot_payload
from tests.support.cli_helpers import pithmerge
from tests.support.living import AT, counts, damage_of, made, updated
from tests.support.mirror_sources import lines_of
from tests.support.steps import counted_steps

PUBLISHED = Path(__file__).parents[3] / "fixtures" / "published"
STATE = "pith:2025:22M3HBJ4ANVNJTN56RI73FO4HC"
BUNDLE = "pith:2026:X5HLR35ABEVRWIQTMZXKSPXDDP"
RECORD = "pith:2025:X72AYRLPIFP2UVYVUQLNZSTJUW"
MENTIONS = """Weekly reading list, 1 June 2026

1. Rethinking Sparse Mixture of Experts from a Unified Perspective, arXiv:2503.22996v3 (replaced
   this week, cs.CL). A linear-programming view of how sparse mixtures route tokens to experts.
2. See also doi:10.48550/arXiv.2606.01509 and https://arxiv.org/abs/2506.12119v2, and the record
   pith:22M3HBJ4 of the first one (https://pith.science/pith/22M3HBJ4ANVNJTN56RI73FO4HC).
3. Not papers: 9999.99999v1 has no month 99, and 10.1000/182 is a DOI of somebody else.
"""


def paper(arxiv_id: str, title: str, *, version: int = 1, later: str | None = None) -> bytes:
    """A bundle of a paper, with a later snapshot of another title perhaps."""
    record = build_canonical_record(
        arxiv_id=arxiv_id,
        version=version,
        submitted_at="2026-01-01T00:00:00Z",
        primary_cat="cs.LG",
        title_canon_sha256="0" * 64,
        abstract_canon_sha256="1" * 64,
        cross_cats=set(),
        license_url="",
    )
    events = [created(REGISTRY, record, created_at=AT)]
    for day, text in ((AT, title), ("2026-06-05T00:00:00Z", later)):
        if text is not None:
            payload = snapshot_payload(record, text, "abstract", "authors")
            events.append(
                build_event(
                    REGISTRY,
                    EventType.GRAPH_SNAPSHOT,
                    pith_number=number_of(record),
                    target="graph",
                    payload=payload,
                    created_at=day,
                )
            )
    bundle = build_bundle(events, REGISTRY, built_at=AT, keyring=synthetic_keyring())
    return compact_json(bundle, max_depth=MAX_DOCUMENT_DEPTH)


HOSTILE = "\x1b[31m\" OR title:* NEAR( \u202eevil\u0000 '; DROP TABLE papers --"


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    folder = tmp_path_factory.mktemp("finding")
    made(folder / "mirror")
    more = {
        "old": paper("math.GT/0309136", "An older paper: naïve “knots” & braids"),
        "one": paper("2601.00007", "Graphs of graphs", version=1),
        "two": paper("2601.00007", "Graphs of graphs", version=2),
        "hostile": paper("2601.00008", HOSTILE),
        "number": paper("2601.00009", "2601.00007 is the ANSWER"),
    }
    for name, data in more.items():
        (folder / f"{name}.json").write_bytes(data)
    documents = [*PUBLISHED.glob("*.json"), *(folder / f"{name}.json" for name in more)]
    assert counts(updated(folder / "mirror", *documents)) == (8, 0, 0, 1)
    assert damage_of(folder / "mirror") == []
    with open_mirror(folder / "mirror") as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("2503.22996", STATE),
        ("2503.22996v3", STATE),
        ("arXiv:2503.22996v3", STATE),
        ("arxiv: 2503.22996", STATE),
        ("arXiv:2503.22996v3 [cs.CL]", STATE),
        ("https://arxiv.org/abs/2503.22996", STATE),
        ("http://www.arxiv.org/pdf/2503.22996v3.pdf", STATE),
        ("https://export.arxiv.org/abs/2503.22996v3?context=cs#top", STATE),
        ("arxiv.org/html/2503.22996v3/", STATE),
        ("10.48550/arXiv.2503.22996", STATE),
        ("doi:10.48550/ARXIV.2503.22996", STATE),
        ("https://doi.org/10.48550/arXiv.2503.22996", STATE),
        (STATE, STATE),
        (STATE.lower(), STATE),
        ("22M3HBJ4ANVNJTN56RI73FO4HC", STATE),
        ("pith:22M3HBJ4", STATE),
        ("22M3HBJ4", STATE),
        ("22M3HBJ4ANVN", STATE),
        ("22M3HBJ4ANVNJTN5", STATE),
        ("pith:22M", STATE),
        ("pith:2025:22m3", STATE),
        ("https://pith.science/pith/22M3HBJ4ANVNJTN56RI73FO4HC", STATE),
        ("https://pith.science/pith/22M3HBJ4ANVNJTN56RI73FO4HC/bundle.json", STATE),
        ("pith.science/.well-known/pith/22M3HBJ4ANVNJTN56RI73FO4HC/bundle.json", STATE),
        ("2606.01509", BUNDLE),
        ("2506.12119v2", RECORD),
    ],
)
def test_a_paper_has_many_names(mirror: Mirror, query: str, number: str) -> None:
    (finding,) = mirror.find(query)
    (found,) = finding.papers
    assert (finding.query, found.pith_number, found.by_alias) == (query, number, False)
    assert json.loads(mirror.state(query))["pith_number"] == number


def test_what_is_found_says_what_is_known(mirror: Mirror) -> None:
    (finding,) = mirror.find("2606.01509")
    assert finding.to_dict() == {
        "query": "2606.01509",
        "kind": "arxiv",
        "papers": [
            {
                "pith_number": BUNDLE,
                "short_pith_number": "pith:X5HLR35A",
                "id": "2606.01509v1",
                "title": "ProbMoE: Differentiable Probabilistic Routing for Mixture-of-Experts",
                "state_sha256": "7dea9cbaab0872a42ce26efdf83cd88d21bac6458636ce942dc200cd76347d51",
                "verdict": "ok",
                "events": 2,
                "valid_events": 2,
                "invalid_events": 0,
                "equivocations": 0,
                "problem": None,
                "files": [str(next(PUBLISHED.glob("bundle-*.json")))],
                "by_alias": False,
            }
        ],
        "others": [],
        "unmeant": [],
        "more": False,
        "total": 1,
    }


def test_versions(mirror: Mirror) -> None:
    (both,) = mirror.find("2601.00007")
    assert sorted(found.id or "" for found in both.papers) == ["2601.00007v1", "2601.00007v2"]
    (second,) = mirror.find("2601.00007v2")
    assert [found.id for found in second.papers] == ["2601.00007v2"]
    (third,) = mirror.find("2601.00007v3")
    assert third.papers == ()
    assert sorted(found.id or "" for found in third.others) == ["2601.00007v1", "2601.00007v2"]
    with pytest.raises(MirrorError, match="it names several papers"):
        mirror.state("2601.00007")


@pytest.mark.parametrize("query", ["math/0309136", "math.GT/0309136v1", "arXiv:math.AG/0309136"])
def test_a_subject_class_is_no_part_of_an_id(mirror: Mirror, query: str) -> None:
    (finding,) = mirror.find(query)
    assert [found.id for found in finding.papers] == ["math.GT/0309136v1"]


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        (["sparse", "Mixture"], 1),
        (["Mixture-of-Experts"], 3),
        (["mixture experts"], 3),
        (["NAIVE", "knots"], 1),
        (["“knots”", "&", "braids"], 1),
        (["evil"], 1),
        ([HOSTILE], 1),
        (['"'], 0),
        (["*"], 0),
        (["title:sparse"], 0),
        (["sparse", "OR", "knots"], 0),
        (["\0"], 0),
        (["\udcff"], 0),
        (["x" * 100_000], 0),
    ],
)
def test_words_of_titles(mirror: Mirror, words: list[str], titles: int) -> None:
    (finding,) = mirror.find(*words)
    assert (finding.kind, len(finding.papers)) == (Kind.TITLE, titles)


def test_words_and_names_together(mirror: Mirror) -> None:
    findings = mirror.find("graphs", "2606.01509", "of", "pith:22M3HBJ4")
    assert [(each.kind, len(each.papers)) for each in findings] == [
        ("title", 2), ("arxiv", 1), ("pith", 1),
    ]  # fmt: skip
    # What may be the beginning of a number is one, if there is such a number; but not among words.
    assert mirror.find("X5H")[0].kind == "pith"
    assert [each.kind for each in mirror.find("ANSWER")] == ["title"]
    assert [each.kind for each in mirror.find("the", "ANSWER", "X")] == ["title"]
    assert len(mirror.find("ANSWER")[0].papers) == 1


def test_a_beginning_that_several_share(mirror: Mirror) -> None:
    (finding,) = mirror.find("pith:2026:")
    assert finding.kind == Kind.TITLE
    (finding,) = mirror.find("pith:X")
    # What nobody has signed makes no number of what somebody has ambiguous.
    assert not finding.ambiguous
    assert [found.pith_number for found in finding.papers] == [BUNDLE]
    assert [found.pith_number for found in finding.unmeant] == [RECORD]
    # The year tells them apart.
    (of_2025,) = mirror.find("pith:2025:X")
    assert [found.pith_number for found in of_2025.papers] == [RECORD]
    numbers = [found.pith_number[10:] for found in mirror.papers() if found.valid_events]
    first = [number[0] for number in numbers if number not in (STATE[10:], RECORD[10:])]
    shared = max(first, key=first.count)
    (several,) = mirror.find(f"pith:{shared}")
    assert len(several.papers) == first.count(shared)
    assert several.ambiguous is (first.count(shared) > 1)


def state_by(number: str, *events: Any) -> bytes:
    """A lone state, which anybody can write."""
    state = merge(events, pith_number=number, keyring=synthetic_keyring())
    return compact_json(state.to_dict(), max_depth=MAX_DOCUMENT_DEPTH)


def test_what_anybody_can_write_makes_no_paper_ambiguous(tmp_path: Path) -> None:
    """Neither a state of another year, nor one that begins like a number, nor one of its id."""
    bundle = json.loads(next(PUBLISHED.glob("bundle-*.json")).read_bytes())
    years = [f"pith:{year}:{BUNDLE[10:]}" for year in range(1000, 1000 + COUNTED + 5)]
    alike = f"{BUNDLE[:20]}{'A' * 16}"
    other = json.loads(paper("2606.01509", "Another paper of that id"))
    said = [state_by(number) for number in (*years, alike)]
    said.append(state_by(other["pith_number"], other["events"][0]))
    # Of the honest state of a paper of which nothing is signed, too.
    said += [next(PUBLISHED.glob("state-*.json")).read_bytes(), state_by(f"pith:1999:{STATE[10:]}")]
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([*said, compact_json(bundle, max_depth=MAX_DOCUMENT_DEPTH)]))
    folder = made(tmp_path / "mirror")
    assert counts(updated(folder, source)) == (len(said) + 1, 0, 0, 0)
    with open_mirror(folder) as opened:
        for query in (BUNDLE[10:], f"pith:{BUNDLE[10:18]}", "2606.01509",
                      "10.48550/arxiv.2606.01509", "2606.01509v1"):  # fmt: skip
            (finding,) = opened.find(query)
            assert [found.pith_number for found in finding.papers] == [BUNDLE], query
            assert finding.unmeant
            assert not finding.ambiguous
            assert opened.bundle(query)
        (finding,) = opened.find(STATE[10:])
        assert [found.pith_number for found in finding.papers] == [STATE]
        assert [found.pith_number for found in finding.unmeant] == [f"pith:1999:{STATE[10:]}"]
        # By their whole numbers all are there.
        for number in (*years[:25], alike):
            (finding,) = opened.find(number)
            assert [found.pith_number for found in finding.papers] == [number]
    # A pull asks for what is signed, of whatever year; and once.
    with writing(folder) as database:
        assert wanted_of(BUNDLE[10:], database) == Wanted(BUNDLE[10:], BUNDLE)
        assert wanted_of(years[0], database).is_of(BUNDLE) is False
        known = list(known_papers(database))
        assert [each for each in known if each.suffix == BUNDLE[10:]] == [
            Wanted(BUNDLE[10:], BUNDLE)
        ]
        (of_state,) = [each for each in known if each.suffix == STATE[10:]]
        assert of_state.is_of(STATE)


@pytest.mark.parametrize(
    "query", ["2503.22997", "10.1000/182", "pith:ZZZZ", "https://arxiv.org/", "arxiv.org"]
)
def test_what_is_not_there_is_not_found(mirror: Mirror, query: str) -> None:
    (finding,) = mirror.find(query)
    assert (finding.papers, finding.others) == ((), ())
    with pytest.raises(MirrorError, match="there is no such paper in this mirror"):
        mirror.state(query)


def test_a_number_of_another_year_names_the_one_that_is_there(mirror: Mirror) -> None:
    for query in (f"pith:2024:{STATE[10:]}", f"pith:2024:{STATE[10:18]}"):
        (finding,) = mirror.find(query)
        assert finding.papers == ()
        assert [found.pith_number for found in finding.others] == [STATE]
    with pytest.raises(MirrorError, match=rf"no such paper in this mirror, but {STATE}: look"):
        mirror.state(query)


def test_an_address_of_no_paper_is_no_title(mirror: Mirror) -> None:
    for query in ("https://arxiv.org/", "http://arxiv.org", "arxiv.org/", "https://doi.org/",
                  "https://a.example/x?y", "ftp://a.example/"):  # fmt: skip
        (finding, words) = mirror.find(query, "graphs")
        assert (finding.kind, words.kind) == ("address", "title")
        assert len(words.papers) == 2


def test_a_name_that_nothing_signs_says_so(tmp_path: Path) -> None:
    value = json.loads(next(PUBLISHED.glob("bundle-*.json")).read_bytes())
    alias = {**value["source_aliases"][0], "alias_kind": "arxiv", "alias_value": "2503.22996"}
    value["source_aliases"].append(alias)
    forged = tmp_path / "forged.json"
    forged.write_bytes(compact_json(value, max_depth=MAX_DOCUMENT_DEPTH))
    folder = made(tmp_path / "mirror")
    updated(folder, forged, next(PUBLISHED.glob("state-*.json")))
    with open_mirror(folder) as opened:
        (finding,) = opened.find("2503.22996")
        assert [(found.pith_number, found.by_alias) for found in finding.papers] == [
            (STATE, False),
            (BUNDLE, True),
        ]
        # Of two that nobody has signed neither is meant before the other.
        assert finding.unmeant == ()


def test_the_title_is_that_of_the_newest_snapshot(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    source = tmp_path / "a.json"
    source.write_bytes(paper("2601.00007", "What it was called"))
    updated(folder, source)
    source.write_bytes(paper("2601.00007", "What it was called", later="What it is called"))
    updated(folder, source)
    with open_mirror(folder) as opened:
        assert [each.title for each in opened.papers()] == ["What it is called"]
        assert opened.find("was called")[0].papers == ()
        assert len(opened.find("is called")[0].papers) == 1
    assert damage_of(folder) == []


# Many.


def titled(folder: Path, titles: Iterable[str]) -> Path:
    """A mirror in which there is nothing but papers with titles."""
    made(folder)
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        for number, title in enumerate(titles, 1):
            suffix = f"{number:026}".translate(str.maketrans("0189", "ABCD"))
            database.execute(
                "INSERT INTO papers (id, pith_number, suffix, title, verdict, dirty) "
                "VALUES (?, ?, ?, ?, 'ok', 0)",
                (number, f"pith:2026:{suffix}", suffix, title),
            )
            database.execute("INSERT INTO titles (rowid, title) VALUES (?, ?)", (number, title))
    return folder


def test_more_than_are_counted(tmp_path: Path) -> None:
    titles = [f"the {'many' if number % 12 else 'some few'}" for number in range(1, 1801)]
    with open_mirror(titled(tmp_path / "mirror", titles)) as opened:
        found = {query: opened.find(*query.split())[0] for query in ("the", "few the", "many few")}
        assert [len(each.papers) for each in found.values()] == [20, 20, 0]
        assert [each.more for each in found.values()] == [True, True, False]
        assert [each.total for each in found.values()] == [None, 150, 0]
        (whole,) = opened.find("the", thorough=True)
        assert (len(whole.papers), whole.more, whole.total) == (1800, False, 1800)


def test_words_that_all_titles_have_cost_no_more_than_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    for count in (2_000, 20_000):
        folder = titled(tmp_path / str(count), ["of the same title"] * count)
        with counted_steps(monkeypatch) as steps, open_mirror(folder) as opened:
            before = steps()
            (finding,) = opened.find("the", "same")
            costs.append(steps() - before)
        assert (len(finding.papers), finding.total) == (20, None)
    assert costs[1] < 1.1 * costs[0]
    done = pithmerge("mirror", "find", folder, "the", "same")
    assert done.code == 0
    assert done.messages == [
        'pithmerge: "the same": these are 20 of more than 200: add words, or --all for all of them'
    ]


def test_a_name_that_many_only_claim(tmp_path: Path) -> None:
    folder = titled(tmp_path / "mirror", ["title"] * 10_000)
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute("UPDATE papers SET source_version = '1'")
        database.execute("INSERT INTO names SELECT 'arxiv', '2601.00007', id, id = 900 FROM papers")
    with open_mirror(folder) as opened:
        (finding,) = opened.find("2601.00007")
        assert [found.by_alias for found in finding.papers] == [False] + [True] * 19
        assert (finding.more, finding.total) == (True, None)
        # A version that none of them has is not looked for in all that claim the name.
        (other,) = opened.find("2601.00007v2")
        assert (other.papers, other.more, len(other.others)) == ((), True, 20)
    done = pithmerge("mirror", "find", folder, "2601.00007v2")
    assert (done.code, done.text) == (1, "")
    assert "of those that claim it some were looked at" in done.messages[0]


def test_a_version_among_many(tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    source.write_bytes(
        lines_of([paper("2601.00007", "Often", version=version) for version in range(1, 31)])
    )
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    with open_mirror(folder) as opened:
        for version in range(1, 31):
            (finding,) = opened.find(f"2601.00007v{version}")
            assert [found.id for found in finding.papers] == [f"2601.00007v{version}"]
        (finding,) = opened.find("2601.00007")
        assert (len(finding.papers), finding.more, finding.total) == (20, True, 30)
    done = pithmerge("mirror", "find", folder, "2601.00007")
    assert done.messages == ['pithmerge: "2601.00007": these are 20 of 30']


# Texts.


def found_in(mirror: Mirror, text: str | bytes) -> list[tuple[str, list[str]]]:
    return [
        (each.query, [found.pith_number for found in each.papers]) for each in mirror.find_in(text)
    ]


ALL = [
    ("arXiv:2503.22996v3", [STATE]),
    ("10.48550/arXiv.2606.01509", [BUNDLE]),
    ("arxiv.org/abs/2506.12119v2", [RECORD]),
    ("pith:22M3HBJ4", [STATE]),
    ("pith.science/pith/22M3HBJ4ANVNJTN56RI73FO4HC", [STATE]),
]


def test_a_text_with_mentions_and_what_only_looks_like_them(mirror: Mirror) -> None:
    assert found_in(mirror, MENTIONS) == ALL


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "7bit"])
@pytest.mark.parametrize("form", ["plain", "html"])
def test_an_email(mirror: Mirror, encoding: str, form: str) -> None:
    message = EmailMessage()
    message["Subject"] = "Reading list"
    message["From"] = "a@example.org"
    text = MENTIONS.replace("\n   ", " ")
    if form == "html":
        text = f"<html><p>{text}</p></html>".replace("arXiv:", "arXiv&#58;<b>").replace(
            "v3", "</b>v3"
        )
    message.set_content(text, subtype=form, cte=encoding)
    assert found_in(mirror, message.as_bytes()) == ALL


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("<a href='https://x.example/?to=https%3A%2F%2Farxiv.org%2Fabs%2F2503.22996v3'>x</a>",
         "arxiv.org/abs/2503.22996v3"),
        ("2503.22996v3.", "2503.22996v3"),
        ("(2503.22996)", "2503.22996"),
        ("as in [arXiv 2503.22996v3, §2]", "arXiv 2503.22996v3"),
        ("arXiv:\n2503.22996", "arXiv:\n2503.22996"),
        ("arXiv:\u00a02503.22996", "arXiv: 2503.22996"),
        ("2503.\u00ad22996v3", "2503.22996v3"),
        ("https://arxiv.org/pdf/2503.22996v3.pdf", "arxiv.org/pdf/2503.22996v3"),
        ("pith:2025:22M3HBJ4ANVNJTN56RI73FO4HC,", "pith:2025:22M3HBJ4ANVNJTN56RI73FO4HC"),
        ("pith:22m3hbj4", "pith:22m3hbj4"),
        ("<td>2503.22996v3</td><td>1</td>", "2503.22996v3"),
    ],
)  # fmt: skip
def test_mentions(mirror: Mirror, text: str, query: str) -> None:
    for data in (text, text.encode("utf-16"), b"\xef\xbb\xbf" + text.encode()):
        assert found_in(mirror, data) == [(query, [STATE])]


@pytest.mark.parametrize(
    "text",
    [
        "2503.229961",
        "12503.22996v3",
        "2503.22996v3x",
        "2503.22996.1",
        "$2503.22996",
        "1.2503.22996",
        "2503.22996-7",
        "https://notarxiv.org/abs/2503.22996v3",
        "https://arxiv.org.example/abs/2503.22996v3",
        "110.48550/arXiv.2503.22996v3",
        "2513.22996v3",
        "2500.22996v3",
        "0612.22996v3",
        "2503.2299v3",
        "xarXiv:2503.22996v3x",
        "pith:22M3HBJ",
        "pith:22M3HBJ41",
        "apith:22M3HBJ4",
        "https://pith.science.example/pith/22M3HBJ4ANVNJTN56RI73FO4HC",
        "the pith:argument of it",
        "maths/0309136",
        "٢٥٠٣.٢٢٩٩٦v3",
        "",
    ],
)
def test_what_only_looks_like_a_mention(mirror: Mirror, text: str) -> None:
    assert found_in(mirror, text) == []


def test_a_mention_of_what_is_not_there_is_told(mirror: Mirror) -> None:
    assert found_in(mirror, "arXiv:2401.00001 and 2401.00002v1, not 2401.00003") == [
        ("arXiv:2401.00001", []),
        ("2401.00002v1", []),
    ]


def test_any_bytes_are_a_text(mirror: Mirror) -> None:
    noise: list[bytes] = [
        b"\xff\xfe\x00", bytes(range(256)), b"From: x\n\n\xff", b"<" * 10_000, b"%" * 10_000,
        b"Content-Type: text/plain; charset=none\nSubject: =?x?b?!!?=\n\narXiv:2503.22996",
        b"Content-Type: multipart/mixed; boundary=x\nFrom: a\n\n--x\n" * 5,
    ]  # fmt: skip
    found: list[Any] = [found_in(mirror, data) for data in noise]
    assert found[5] == [("arXiv:2503.22996", [STATE])]
    assert [each for each in found if each] == found[5:6]


def test_queries_that_are_none() -> None:
    for text in (
        "",
        " ",
        "sparse",
        "10.1",
        "pith:",
        "pith:0189",
        "arxiv",
    ):
        assert read_query(text) is None, text


@pytest.mark.parametrize("word", ["10.1234/\udcff", "doi:10.1234/a\udc80", "arXiv \udcff"])
def test_bytes_that_are_no_text_name_nothing(mirror: Mirror, word: str) -> None:
    (finding,) = mirror.find(word)

    assert finding.papers == ()
    with pytest.raises(MirrorError, match="no such paper"):
        mirror.events(word)


@pytest.mark.parametrize(
    "text",
    [
        "见10.1000/xyz，参见arXiv:2503.22996v3。",
        "10.1000/xyz;pith:2025:22M3HBJ4ANVNJTN56RI73FO4HC",
        "10.1000/" + "x" * 5000 + "：arXiv:2503.22996v3",
    ],
)
def test_what_follows_a_doi_without_a_space_is_a_mention(mirror: Mirror, text: str) -> None:
    findings = mirror.find_in(text)

    assert [paper.id for each in findings for paper in each.papers] == ["2503.22996v3"]


@pytest.mark.parametrize(
    "email",
    [
        b"From: a@b\nContent-Type: message/rfc822\n\n" * 3000 + b"arXiv:2503.22996v3\n",
        b"From: a@b\nContent-Type: text/plain; a=" + b"(" * 50_000 + b"\n\narXiv:2503.22996v3\n",
        b"From: a@b\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; a="
        + b"(" * 50_000
        + b"\n\narXiv:2503.22996v3\n--b--\n",
        b"From: a@b\nContent-Transfer-Encoding: " + b"(" * 50_000 + b"\n\narXiv:2503.22996v3\n",
    ],
)
def test_an_email_that_is_too_deep_is_read_as_it_stands(mirror: Mirror, email: bytes) -> None:
    findings = mirror.find_in(email)

    assert [paper.id for each in findings for paper in each.papers] == ["2503.22996v3"]

"""Papers beside published records: what differs, member by member, in words."""

import json
from pathlib import Path
from typing import Any

import pytest

from pithmerge.arxiv.comparing import Published, differences
from pithmerge.arxiv.records import numbered
from pithmerge.canon import digest
from pithmerge.core.numbers import pith_number_of
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.arxiv_papers import LINES, PAPERS, lines_of, versions
from tests.support.cli_helpers import Result, assert_nothing_to_obey, pithmerge
from tests.support.published_documents import BUNDLE, STATE, document, published

PROBMOE = PAPERS[1]
LATER = "Tue, 2 Jun 2026 00:16:36 GMT"
FIRST = PROBMOE["versions"][0]["created"]
RECORD = document(BUNDLE)["canonical_record"]


def published_record(record: Any = RECORD, **stated: Any) -> Published:
    sha256 = digest(record)
    return Published("b.json $", record, pith_number_of(record, sha256), sha256, stated)


def words_of(*, stated: dict[str, Any] | None = None, **changes: Any) -> list[str]:
    """What differs where arXiv says otherwise than the registry's record."""
    paper = numbered({**PROBMOE, **changes})
    return [each.words for each in differences(published_record(**(stated or {})), paper)]


def changed_record(path: str, value: Any) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(json.dumps(RECORD))
    *way, last = path.split(".")
    place = record
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return record


def test_nothing_differs() -> None:
    assert words_of() == []


CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "abstract": (
        {"abstract": "Another."},
        ["abstract: arXiv's has changed since (digests 04e718cf8aad and b2ae3b35a2cf)"],
    ),
    "title": (
        {"title": "Another"},
        ["title: arXiv's has changed since (digests 88aeb6fa964d and ae448ac86c4e)"],
    ),
    "licence": (
        {"license": None},
        [
            'license: the registry\'s record has "http://creativecommons.org/licenses/by/4.0/", '
            'arXiv none ("")'
        ],
    ),
    "categories": (
        {"categories": "cs.AI cs.LG stat.ML"},
        [
            'cross_cats_sorted: the registry\'s record has ["cs.AI"], arXiv ["cs.LG","stat.ML"]',
            'primary_cat: the registry\'s record has "cs.LG", arXiv "cs.AI"',
        ],
    ),
    "date": (
        {"versions": versions(LATER)},
        [
            'submitted_at: the registry\'s record has "2026-06-01T00:16:36Z", arXiv '
            '"2026-06-02T00:16:36Z"'
        ],
    ),
    "version": (
        {"versions": versions(FIRST, LATER, LATER)},
        [
            "version: the registry's record is of v1, the snapshot holds only v3's texts; all else "
            "is the same"
        ],
    ),
    "version and texts": (
        {"versions": versions(FIRST, LATER), "title": "Another"},
        [
            "version: the registry's record is of v1, the snapshot holds only v2's texts",
            "title: v2's is another than v1's (digests 88aeb6fa964d and ae448ac86c4e)",
        ],
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_member_that_differs(what: str) -> None:
    changes, words = CHANGES[what]
    assert words_of(**changes) == words


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (
            "source.version",
            4,
            "version: the registry's record is of v4, and the snapshot is older, of v1: take a "
            "newer one; all else is the same",
        ),
        ("source.version", "1", 'version: the registry\'s record has "1", arXiv 1; all else is '),
        ("source.version", True, "version: the registry's record has true, arXiv 1"),
        ("metadata.license", ..., "license: the registry's record has none, arXiv \"http"),
        ("metadata.doi", None, "doi: the registry's record has null, arXiv none"),
        ("metadata", [], "metadata: the registry's record has [], arXiv {\""),
        ("note", {"a": 1}, "a: the registry's record has 1, arXiv none"),
        ("schema_version", "1.1", 'schema_version: the registry\'s record has "1.1", arXiv "1.0"'),
        ("metadata.title_canon_sha256", 5, "title_canon_sha256: the registry's record has 5, arXi"),
        ("metadata.cross_cats_sorted", ["cs.AI", "cs.AI"], "cross_cats_sorted: the registry's"),
    ],
)
def test_a_record_that_says_something_else(path: str, value: Any, words: str) -> None:
    (found,) = differences(published_record(changed_record(path, value)), numbered(PROBMOE))
    assert found.words.startswith(words)


def test_a_document_whose_number_is_not_that_of_its_record() -> None:
    (words,) = words_of(stated={"pith_number": "pith:2026:X"})
    assert words.startswith('pith_number: the document states "pith:2026:X", and its own record ')
    assert words_of(stated={"pith_number": LINES[1].split()[1]}) == []


# The command.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "bundle.json").write_bytes(published(BUNDLE))
    (mirror / "state.json").write_bytes(published(STATE))
    (mirror / "manifest.json").write_bytes(published("pith-mirrors.json"))
    return tmp_path


def compared(folder: Path, papers: list[dict[str, Any]], *words: str) -> Result:
    (folder / "s.json").write_bytes(lines_of(papers))
    return pithmerge("number", "s.json", *words, cwd=folder)


def test_papers_and_a_mirror(folder: Path) -> None:
    other = {**PROBMOE, "abstract": "Another.", "license": None}
    done = compared(folder, [*PAPERS, other], "--against", "mirror")
    number = numbered(other)
    assert (done.code, done.stderr) == (1, b"")
    assert done.text.splitlines() == [
        f"{LINES[0]} not in the mirror",
        f"{LINES[1]} agrees",
        f"{LINES[2]} not in the mirror",
        f"2606.01509v1 {number.pith_number} {number.canonical_sha256} differs",
        f"  mirror/bundle.json $.canonical_record: {LINES[1].split()[1]}",
        f"    {CHANGES['abstract'][1][0]}",
        f"    {CHANGES['licence'][1][0]}",
        "4 papers: 1 agree, 1 differ, 2 not in the mirror; of the mirror's records 1 met none",
    ]
    assert compared(folder, PAPERS, "--against", "mirror").code == 0


def test_as_json(folder: Path) -> None:
    papers = [PAPERS[0], PROBMOE, {**PROBMOE, "license": None}]
    done = compared(folder, papers, "--json", "--against", "mirror/bundle.json")
    absent, same, other = [json.loads(line)["against"] for line in done.stdout.splitlines()]
    assert done.code == 1
    assert done.messages == [
        "pithmerge: 3 papers: 1 agree, 1 differ, 1 not in the mirror; "
        "of the mirror's records 0 met none"
    ]
    assert absent == {"outcome": "absent", "records": []}
    (record,) = same["records"]
    assert (same["outcome"], record["differences"]) == ("agrees", [])
    assert record["document"] == "mirror/bundle.json $.canonical_record"
    assert [record["version"], record["pith_number"], record["canonical_sha256"]] == [
        1, *LINES[1].split()[1:],
    ]  # fmt: skip
    assert other["outcome"] == "differs"
    assert other["records"][0]["differences"] == [
        {
            "member": "metadata.license",
            "registry": PROBMOE["license"],
            "arxiv": "",
            "words": CHANGES["licence"][1][0],
        }
    ]


def test_of_several_records_that_of_the_same_version_counts(folder: Path) -> None:
    bundle = document(BUNDLE)
    second = changed_record("source.version", 2)
    record = {"record_type": "pith_number_record", "canonical_record": second}
    (folder / "mirror/second.json").write_text(json.dumps(record))
    two = {**PROBMOE, "versions": versions(FIRST, LATER)}
    three = {**PROBMOE, "versions": versions(FIRST, LATER, LATER)}
    done = compared(folder, [PROBMOE, two, three], "--against", "mirror")
    assert [line.split()[-1] for line in done.text.splitlines() if line.startswith("2606")] == [
        "agrees", "agrees", "differs",
    ]  # fmt: skip
    assert done.text.count("the registry's record is of v1") == 1
    assert done.text.count("the registry's record is of v2") == 1
    assert bundle["canonical_record"]["source"]["version"] == 1


def test_wherever_a_document_has_a_record(folder: Path) -> None:
    """One that a bundle shows in another place than the usual one is not passed over."""
    bundle = document(BUNDLE)
    places = {
        "$.canonical_record": lambda b, r: b.update(canonical_record=r),
        "$.state.current.canonical_record": lambda b, r: b["state"]["current"].update(
            canonical_record=r
        ),
        "$.events[0].payload.canonical_record": lambda b, r: b["events"][0]["payload"].update(
            canonical_record=r
        ),
    }
    assert bundle["events"][0]["event_type"] == "record_created"
    for path, change in places.items():
        forged = json.loads(json.dumps(bundle))
        change(forged, changed_record("metadata.license", ""))
        (folder / "forged.json").write_text(json.dumps(forged))
        done = compared(folder, [PROBMOE], "--against", "forged.json")
        assert done.code == 1
        assert f"  forged.json {path}: pith:2026:" in done.text
        assert "pith_number: the document states" in done.text
        assert 'license: the registry\'s record has none (""), arXiv "http' in done.text
    events = json.dumps(bundle["events"])
    (folder / "events.json").write_text(events)
    assert compared(folder, [PROBMOE], "--against", "events.json").code == 0


def test_documents_that_cannot_be_read(folder: Path) -> None:
    (folder / "mirror/broken.json").write_bytes(b"{")
    (folder / "mirror/many.ndjson").write_bytes(b"3\n" * 50)
    done = compared(folder, [PROBMOE], "--against", "mirror")
    assert done.code == 3
    assert done.text.splitlines()[0].endswith(" agrees")
    broken, many = done.messages  # a line for each kind, with how many and where the first is
    assert "mirror/broken.json: " in broken
    assert "mirror/many.ndjson:1" in many
    assert "50 documents" in many


def test_records_of_papers_that_arxiv_cannot_have_are_counted(folder: Path) -> None:
    synthetic = synthetic_bundle(1, 0)
    (folder / "mirror/synthetic.json").write_bytes(synthetic)
    done = compared(folder, [PROBMOE], "--against", "mirror")
    assert done.text.splitlines()[-1].endswith("of the mirror's records 2 met none")


def test_nothing_to_compare_with(folder: Path) -> None:
    error = compared(folder, PAPERS, "--against", "mirror/manifest.json").error
    assert error.startswith("mirror/manifest.json: no document there has the record of a paper: na")
    done = compared(folder, PAPERS, "--against", "nowhere")
    assert (done.code, done.stdout) == (2, b"")
    assert "nowhere: cannot be read (No such file or directory)" in done.messages[0]


def test_a_mirror_from_stdin(folder: Path) -> None:
    (folder / "s.json").write_bytes(lines_of(PAPERS))
    words = ("number", "s.json", "--against", "-")
    done = pithmerge(*words, stdin=published(BUNDLE), cwd=folder)
    assert done.code == 0
    assert f"{LINES[1]} agrees\n" in done.text
    assert pithmerge("number", "-", "--against", "-").code == 2


def test_a_mirror_that_lives(folder: Path) -> None:
    assert pithmerge("mirror", "init", "living", cwd=folder).code == 0
    assert pithmerge("mirror", "update", "living", "mirror/bundle.json", cwd=folder).code == 0
    other = {**PROBMOE, "license": None}
    done = compared(folder, [PROBMOE, other], "--against", "living")
    assert done.code == 1
    number = LINES[1].split()[1]
    assert done.text.splitlines()[0] == f"{LINES[1]} agrees"
    assert done.text.splitlines()[2:4] == [
        f"  living: {number} $.current.canonical_record: {number}",
        f"    {CHANGES['licence'][1][0]}",
    ]
    both = compared(folder, PAPERS, "--against", "living", "--against", "mirror/state.json")
    assert "1 agree, 0 differ, 2 not in the mirror; of the mirror's records 1 met" in both.text
    (folder / "living/mirror.sqlite").write_bytes(b"SQLite format 3")
    broken = compared(folder, PAPERS, "--against", "living").error
    assert broken.startswith("living")


def test_nothing_that_a_record_says_acts_on_a_terminal(folder: Path) -> None:
    acting = "\x1b[31m\u202e\n\u2028"
    record = {
        "record_type": "pith_number_record",
        "pith_number": acting,
        "canonical_record": changed_record("metadata.license", acting) | {acting: acting},
    }
    (folder / "acting.json").write_text(json.dumps(record))
    done = compared(folder, [PROBMOE], "--against", "acting.json")
    assert done.code == 1
    assert len(done.text.splitlines()) == 6
    assert_nothing_to_obey(done.text)

"""After a change the index is what it would be if it were made anew, and costs what has changed."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from pithmerge.building import build_bundle
from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.fixtures.signers import REGISTRY
from pithmerge.mirrors.exporting import indexing, layout, reindexing, site
from pithmerge.mirrors.exporting.folders import Folder
from pithmerge.mirrors.exporting.reindexing import Unknown, _changed
from pithmerge.mirrors.living import open_mirror
from pithmerge.mirrors.synthetic import synthetic_bundle, synthetic_keyring
from tests.mirrors.living.test_finding import paper
from tests.support.living import made, updated
from tests.support.mirror_sources import lines_of
from tests.support.sites import assert_sums_hold, exported, files_of
from tests.support.steps import counted_steps

WORDS = [
    "sparse",
    "mixture",
    "of",
    "the",
    "experts",
    "and",
    "a",
    "naïve",
    "knot",
    "theory",
    "in",
    "graphs",
]


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How often an index was made of a whole mirror: of how many papers."""
    found: list[int] = []
    write = indexing.write_index

    def counted(database: Any, folder: Folder, papers: int) -> dict[str, str]:
        found.append(papers)
        return write(database, folder, papers)

    monkeypatch.setattr(site, "write_index", counted)
    return found


def small_shards(monkeypatch: pytest.MonkeyPatch, papers: int) -> None:
    for name in ("_A_SUM_SHARD", "_A_NUMBER_SHARD", "_A_HASH_SHARD"):
        monkeypatch.setattr(layout, name, papers)


def with_alias(bundle: bytes, value: str, kind: str = "doi") -> bytes:
    """The same events in a bundle of another day, with an alias that nobody has signed."""
    known = json.loads(bundle)
    alias = {"alias_kind": kind, "alias_value": value, "created_at": "2026-01-01T00:00:00Z"}
    other = build_bundle(
        known["events"],
        REGISTRY,
        built_at="2026-06-03T00:00:00Z",
        source_aliases=[*known["source_aliases"], alias],
        keyring=synthetic_keyring(),
    )
    return compact_json(other, max_depth=MAX_DOCUMENT_DEPTH)


@pytest.mark.parametrize("seed", range(4))
def test_after_each_change_it_is_as_if_it_were_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anew: list[int], seed: int
) -> None:
    small_shards(monkeypatch, 4)
    monkeypatch.setattr(indexing, "MOST_OF_A_WORD", 6)
    random = Random(seed)
    mirror, folder = made(tmp_path / "mirror"), tmp_path / "site"
    known: dict[int, str] = {}
    for day in range(7):
        documents = []
        for _ in range(40 if day == 0 else random.randrange(1, 6)):
            number = random.randrange(80)
            title = " ".join(random.sample(WORDS, 3))
            if number in known and random.random() < 0.3:
                bundle = paper(f"2601.{number:05}", known[number])
                alias = (f"10.1000/{random.randrange(3)}", "doi")
                if random.random() < 0.5:
                    alias = (f"2601.{random.choice(sorted(known)):05}", "arxiv")
                documents.append(with_alias(bundle, *alias))
                continue
            old = known.setdefault(number, title)
            later = title if old != title else None
            documents.append(paper(f"2601.{number:05}", old, later=later))
        source = tmp_path / f"{day}.ndjson"
        source.write_bytes(lines_of(documents))
        updated(mirror, source, at=f"2026-06-{day + 1:02}T00:00:00Z")
        exported(mirror, folder)
        made_anew = len(anew)
        exported(mirror, tmp_path / f"whole-{day}")
        del anew[made_anew:]
        assert files_of(folder) == files_of(tmp_path / f"whole-{day}"), day
        assert_sums_hold(folder)
    # The first time; where shards are finer; where a paper leaves the newest of a common word.
    assert len(anew) < 7


def test_only_the_shards_that_it_touches_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anew: list[int]
) -> None:
    small_shards(monkeypatch, 4)
    mirror, folder = made(tmp_path / "mirror"), tmp_path / "site"
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([synthetic_bundle(0, index) for index in range(60)]))
    updated(mirror, source)
    exported(mirror, folder)
    before = files_of(folder)
    source.write_bytes(lines_of([paper("2601.00001", "Alone")]))
    updated(mirror, source)
    exported(mirror, folder)
    assert anew == [60]
    written = [name for name, data in files_of(folder).items() if data != before.get(name)]
    kinds = [name.split("/")[1] for name in written if name.startswith("index/")]
    assert sorted(kinds) == ["index.json", "names", "numbers", "words"]


@pytest.mark.parametrize("harm", ["index.json", "numbers", "names", "words", "ledger", "form"])
def test_an_index_that_is_not_as_it_was_written_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anew: list[int], harm: str
) -> None:
    mirror, folder = made(tmp_path / "mirror"), tmp_path / "site"
    source = tmp_path / "a.ndjson"
    source.write_bytes(lines_of([synthetic_bundle(0, index) for index in range(20)]))
    updated(mirror, source)
    exported(mirror, folder)
    if harm == "ledger":
        ledger = json.loads((folder / "pithmerge-export.json").read_bytes())
        del ledger["index"]
        (folder / "pithmerge-export.json").write_text(json.dumps(ledger))
    elif harm == "form":
        monkeypatch.setattr(indexing, "_FORM", 99)
    elif harm == "index.json":
        (folder / "index" / harm).write_bytes(b"{}")
    else:
        for path in (folder / "index" / harm).iterdir():
            path.write_bytes(b"[]" if harm == "numbers" else b"{}")
    source.write_bytes(lines_of([synthetic_bundle(0, 20, mirror=1)]))
    updated(mirror, source)
    exported(mirror, folder)
    assert anew == [20, 21]
    exported(mirror, tmp_path / "whole")
    assert files_of(folder) == files_of(tmp_path / "whole")


def test_very_much_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anew: list[int]
) -> None:
    monkeypatch.setattr(reindexing, "_MOST_CHANGED", 2)
    mirror, folder = made(tmp_path / "mirror"), tmp_path / "site"
    source = tmp_path / "a.ndjson"
    for first, last in ((0, 10), (10, 12), (12, 15)):
        source.write_bytes(lines_of([synthetic_bundle(0, each) for each in range(first, last)]))
        updated(mirror, source)
        exported(mirror, folder)
    assert anew == [10, 15]


def test_a_name_that_a_paper_has_no_more_leads_nowhere(tmp_path: Path) -> None:
    mirror, folder = made(tmp_path / "mirror"), tmp_path / "site"
    plain = paper("2601.00001", "Alone")
    (tmp_path / "a.json").write_bytes(with_alias(plain, "10.1000/1"))
    updated(mirror, tmp_path / "a.json")
    exported(mirror, folder)
    names = b"".join(data for name, data in files_of(folder).items() if "/names/" in name)
    assert b"doi:10.1000/1" in names
    with open_mirror(mirror) as opened:
        assert opened.find("10.1000/1")[0].papers
    # A signer is trusted no more, and nothing of the bundle enters: a record says what it is.
    updated(mirror, keyring=withdrawn(), at="2026-06-04T00:00:00Z")
    exported(mirror, folder)
    exported(mirror, tmp_path / "whole")
    assert files_of(folder) == files_of(tmp_path / "whole")
    names = b"".join(data for name, data in files_of(folder).items() if "/names/" in name)
    assert b"doi:10.1000/1" not in names


def withdrawn() -> Any:
    """The keyring in which no key was ever valid."""
    return synthetic_keyring().with_entries(
        [{**key.to_entry(), "valid_until": "1999-01-01T00:00:00Z"}
         for key in synthetic_keyring().keys]
    )  # fmt: skip


def entry(number: int) -> list[str]:
    return [f"pith:2026:{number}", f"2601.{number:05}v1", "t"]


def test_the_newest_of_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "MOST_OF_A_WORD", 3)
    newest = [entry(9), entry(8), entry(7)]
    assert _changed(0, [], [], [entry(1)]) == (1, [entry(1)])
    assert _changed(2, newest[:2], [entry(9)], []) == (1, [entry(8)])
    assert _changed(2, newest[:2], [], [entry(7), entry(6)]) == (4, newest)
    assert _changed(5, newest, [], [entry(1)]) == (6, newest)
    assert _changed(5, newest, [entry(2)], []) == (4, newest)
    assert _changed(5, newest, [entry(7)], [entry(7)]) == (5, newest)
    assert _changed(5, newest, [entry(8)], [entry(10)]) == (5, [entry(10), entry(9), entry(7)])
    assert _changed(4, newest, [entry(9), entry(1)], []) == (2, [entry(8), entry(7)])
    with pytest.raises(Unknown):
        _changed(5, newest, [entry(8)], [])
    with pytest.raises(Unknown):
        _changed(5, newest, [entry(8)], [entry(6)])


def test_a_change_costs_as_much_in_a_larger_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anew: list[int]
) -> None:
    """At as many papers a shard."""
    # Sixteen times the papers are in sixteen or thirty-two times the shards.
    counts = {32: (1, 1), 512: (2, 2)}
    costs = []
    for papers, (letters, digits) in counts.items():
        monkeypatch.setattr(layout, "letters_of_sums", lambda _, letters=letters: letters)
        for module in (indexing, reindexing, site):
            for name, value in (("letters_of_sums", letters), ("letters_of_numbers", letters),
                                ("digits_of_hashes", digits)):  # fmt: skip
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, lambda _, value=value: value)
        place = tmp_path / str(papers)
        place.mkdir()
        mirror, folder = made(place / "mirror"), place / "site"
        source = place / "a.ndjson"
        source.write_bytes(lines_of([titled(index) for index in range(papers)]))
        updated(mirror, source)
        exported(mirror, folder)
        source.write_bytes(lines_of([titled(index) for index in range(10_000, 10_003)]))
        updated(mirror, source)
        read: list[int] = []
        whole = Folder.read

        def reading(self: Folder, name: str, whole: Any = whole, read: list[int] = read) -> Any:
            data = whole(self, name)
            if name not in ("SHA256SUMS", "index.html"):
                read.append(len(data or b""))
            return data

        with counted_steps(monkeypatch) as steps, monkeypatch.context() as patch:
            patch.setattr(Folder, "read", reading)
            assert exported(mirror, folder).looked_at == 3
            costs.append((steps(), len(read), sum(read)))
    assert anew == list(counts)
    for small, large in zip(*costs, strict=True):
        assert large < 2 * small


def titled(index: int) -> bytes:
    """A paper with words that no other has."""
    return paper(f"26{index % 12 + 1:02}.{index:05}", f"Thing{index} and{index} other{index}")

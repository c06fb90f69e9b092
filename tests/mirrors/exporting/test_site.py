"""A mirror as a site: what it holds, that it is understood, that only what changed is written."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from pithmerge import load_document, merge, verify_document
from pithmerge.building import build_bundle, build_event
from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.core.vocabulary import EventType
from pithmerge.errors import OutputError
from pithmerge.fixtures.signers import REGISTRY
from pithmerge.mirrors.exporting.folders import Folder, site_folder
from pithmerge.mirrors.exporting.layout import checked_base_url, every_shard, hash_shard
from pithmerge.mirrors.living import MirrorError, open_mirror
from pithmerge.mirrors.synthetic import Flaw, synthetic_bundle, synthetic_keyring
from pithmerge.verification import DocumentVerdict
from tests.mirrors.living.test_finding import HOSTILE, paper
from tests.support.cli_helpers import environment
from tests.support.living import AT, LATER, content_of, made, states_of, updated
from tests.support.pulling import pulled
from tests.support.sites import (
    BASE,
    assert_sums_hold,
    exported,
    files_of,
    site_served,
    sums_of,
)

PUBLISHED = Path(__file__).parents[3] / "fixtures" / "published"
BUNDLE = next(PUBLISHED.glob("bundle-*.json"))
STATE = next(PUBLISHED.glob("state-*.json"))
FORK = PUBLISHED.parent / "synthetic" / "bundle-fork.json"
BUNDLE_SUFFIX, STATE_SUFFIX = "X5HLR35ABEVRWIQTMZXKSPXDDP", "22M3HBJ4ANVNJTN56RI73FO4HC"


def given(folder: Path, *documents: bytes) -> Path:
    folder.mkdir()
    for number, data in enumerate(documents):
        (folder / f"{number}.json").write_bytes(data)
    return folder


def two_bundles(index: int) -> tuple[bytes, bytes]:
    """Of one paper, each with an event that the other has not."""
    return synthetic_bundle(0, index, mirror=0), synthetic_bundle(0, index, mirror=1)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Papers that one bundle tells of, that several do, a fork, and a lone state."""
    folder = made(tmp_path / "mirror")
    documents = [bundle for index in range(12) for bundle in two_bundles(index)]
    sources = given(
        tmp_path / "sources", *documents, synthetic_bundle(0, 20, flaw=Flaw.EVENT_CHANGED)
    )
    updated(folder, sources, BUNDLE, STATE, FORK)
    return folder


@pytest.fixture
def site(mirror: Path, tmp_path: Path) -> Path:
    exported(mirror, tmp_path / "site", base_url=f"{BASE}/")
    return tmp_path / "site"


def suffixes_of(mirror: Path) -> set[str]:
    with open_mirror(mirror) as opened:
        return {each.pith_number.rpartition(":")[2] for each in opened.papers()}


def test_a_site_has_what_the_registry_serves_at_its_paths(mirror: Path, site: Path) -> None:
    assert {path.name for path in (site / "pith").iterdir()} == suffixes_of(mirror)
    folder = site / "pith" / BUNDLE_SUFFIX
    assert (folder / "bundle.json").read_bytes() == BUNDLE.read_bytes()
    well_known = site / ".well-known" / "pith" / BUNDLE_SUFFIX / "bundle.json"
    assert well_known.read_bytes() == BUNDLE.read_bytes()
    assert not (folder / "events.json").exists()
    assert (site / "pith" / STATE_SUFFIX / "state.json").read_bytes() == STATE.read_bytes()
    assert not (site / "pith" / STATE_SUFFIX / "bundle.json").exists()
    for number, state in states_of(mirror).items():
        assert (site / "pith" / number.rpartition(":")[2] / "state.json").read_bytes() == state
    assert_sums_hold(site)


def test_all_signed_events_are_beside_a_bundle_that_has_not_all(mirror: Path, site: Path) -> None:
    beside = 0
    with open_mirror(mirror) as opened:
        for found in opened.papers():
            folder = site / "pith" / found.pith_number.rpartition(":")[2]
            events = opened.events(found.pith_number)
            if not events:
                continue
            bundle = json.loads((folder / "bundle.json").read_bytes())["events"]
            has_all = {compact(each) for each in bundle} >= set(map(canonical, events))
            assert (folder / "events.json").exists() is not has_all
            if not has_all:
                beside += 1
                told = json.loads((folder / "events.json").read_bytes())
                assert {compact(each) for each in told} == set(map(canonical, events))
    assert beside > 3


def compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def canonical(data: bytes) -> str:
    return compact(json.loads(data))


def test_the_manifest_is_consistent_and_names_all_paths(site: Path) -> None:
    document = load_document(site / "pith-mirrors.json")
    assert verify_document(document).verdict is DocumentVerdict.CONSISTENT
    assert verify_document(document).ok
    (entry,) = document.value["mirrors"]
    for name, path in (
        ("bundle_pattern", "pith/{suffix}/bundle.json"),
        ("state_pattern", "pith/{suffix}/state.json"),
        ("well_known_pattern", ".well-known/pith/{suffix}/bundle.json"),
        ("events_pattern", "pith/{suffix}/events.json"),
    ):
        assert entry[name] == f"{BASE}/{path}"
    assert document.value["generated_at"] == AT
    registry = json.loads((PUBLISHED / "pith-mirrors.json").read_bytes())["mirrors"][0]
    of_registry = registry["base_url"]
    for name in ("bundle_pattern", "state_pattern", "well_known_pattern"):
        assert entry[name].removeprefix(BASE) == registry[name].removeprefix(of_registry)


def asked_for(site: Path, suffixes: set[str]) -> Iterator[str]:
    """What to take of each paper: its bundle and all its events; where there are none its state."""
    for suffix in sorted(suffixes):
        names = [name for name in ("bundle.json", "events.json")
                 if (site / "pith" / suffix / name).is_file()]  # fmt: skip
        for name in names or ["state.json"]:
            yield f"pith/{suffix}/{name}"


@pytest.mark.parametrize("way", ["folder", "http", "pull"])
def test_a_mirror_of_a_site_knows_what_the_mirror_knows(
    mirror: Path, site: Path, tmp_path: Path, way: str
) -> None:
    other = made(tmp_path / "other")
    wanted = list(asked_for(site, suffixes_of(mirror)))
    if way == "folder":
        updated(other, *(site / path for path in wanted))
    elif way == "pull":
        with site_served(site) as address:
            exported(mirror, site, base_url=address)
            pulled(other, f"{address}/pith-mirrors.json", sorted(states_of(mirror)))
    else:
        with site_served(site) as address:
            exported(mirror, site, base_url=address)
            manifest = json.loads((site / "pith-mirrors.json").read_bytes())["mirrors"][0]
            assert manifest["base_url"] == address
            updated(other, *(f"{address}/{path}" for path in wanted))
    assert states_of(other) == states_of(mirror)
    for table in ("papers", "pieces", "equivocations", "names", "titles"):
        assert content_of(other, [table]) == content_of(mirror, [table])
    assert content_of(mirror, ["equivocations"])["equivocations"]


def test_whoever_takes_all_files_of_a_site_comes_to_the_same_states(
    mirror: Path, site: Path, tmp_path: Path
) -> None:
    other = made(tmp_path / "other")
    updated(other, site / "pith", site / ".well-known")
    assert states_of(other) == states_of(mirror)
    for table in ("equivocations", "names", "titles"):
        assert content_of(other, [table]) == content_of(mirror, [table])


def test_aliases_of_all_bundles_go_with_the_events(tmp_path: Path) -> None:
    one = json.loads(synthetic_bundle(0, 3))
    more = [*one["source_aliases"], {"alias_kind": "doi", "alias_value": "10.1000/xyz",
                                     "created_at": AT}]  # fmt: skip
    other = build_bundle(one["events"], REGISTRY, built_at="2020-01-01T00:00:00Z",
                         source_aliases=more, keyring=synthetic_keyring())  # fmt: skip
    mirror = made(tmp_path / "mirror")
    other_bytes = compact_json(other, max_depth=MAX_DOCUMENT_DEPTH)
    updated(mirror, given(tmp_path / "sources", synthetic_bundle(0, 3), other_bytes))
    exported(mirror, tmp_path / "site")
    again = made(tmp_path / "again")
    updated(again, tmp_path / "site" / "pith")
    assert states_of(again) == states_of(mirror)
    assert b"10.1000/xyz" in next(iter(states_of(again).values()))
    fetched = made(tmp_path / "fetched")
    with site_served(tmp_path / "site") as address:
        exported(mirror, tmp_path / "site", base_url=address)
        pulled(fetched, f"{address}/pith-mirrors.json", list(states_of(mirror)))
    assert states_of(fetched) == states_of(mirror)


def test_the_same_mirror_is_the_same_site(mirror: Path, site: Path, tmp_path: Path) -> None:
    exported(mirror, tmp_path / "again", base_url=BASE)
    assert files_of(tmp_path / "again") == files_of(site)


def test_only_what_changed_is_written(mirror: Path, site: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*") if path.is_file()}
    nothing = exported(mirror, site)
    assert (nothing.looked_at, nothing.written, nothing.removed) == (0, 0, 0)
    updated(mirror, given(tmp_path / "more", *two_bundles(30)), at=LATER)
    (suffix,) = suffixes_of(mirror) - {path.name for path in (site / "pith").iterdir()}
    some = exported(mirror, site)
    assert some.looked_at == 1
    changed = {
        str(path.relative_to(site))
        for path in site.rglob("*")
        if path.is_file() and path.stat().st_mtime_ns != before.get(path)
    }
    of_papers = {name for name in changed if "/pith/" in f"/{name}"}
    assert of_papers == {name for name in sums_of(site) if suffix in name}
    assert f"checksums/{suffix[0]}.sha256" in changed
    assert sum(name.startswith("checksums/") for name in changed) == 1
    assert_sums_hold(site)
    exported(mirror, tmp_path / "whole", base_url=BASE)
    assert files_of(tmp_path / "whole") == files_of(site)


@pytest.mark.parametrize("edited", [False, True])
def test_a_paper_that_changed_is_written_anew(tmp_path: Path, edited: bool) -> None:
    mirror, site = made(tmp_path / "mirror"), tmp_path / "site"
    one, other = two_bundles(3)
    neighbour = next(
        bundle
        for bundle in (synthetic_bundle(0, index) for index in range(4, 1000))
        if suffix_of(bundle)[0] == suffix_of(one)[0]
    )
    updated(mirror, given(tmp_path / "one", one, neighbour, BUNDLE.read_bytes()))
    exported(mirror, site)
    assert not list(site.rglob("events.json"))
    updated(mirror, given(tmp_path / "other", other), at=LATER)
    sums = site / "checksums" / f"{suffix_of(one)[0]}.sha256"
    if edited:
        # What somebody has edited is not taken over: its papers are looked at again.
        sums.write_text(re.sub("^[0-9a-f]{64}", "0" * 64, sums.read_text(), flags=re.MULTILINE))
    assert exported(mirror, site).looked_at == (2 if edited else 1)
    assert [path.parent.name for path in site.rglob("events.json")] == [suffix_of(one)]
    exported(mirror, tmp_path / "whole")
    assert files_of(site) == files_of(tmp_path / "whole")
    assert_sums_hold(site)


def suffix_of(bundle: bytes) -> str:
    return str(json.loads(bundle)["pith_number"].rpartition(":")[2])


def test_whoever_is_reading_a_file_reads_the_one_before(
    mirror: Path, site: Path, tmp_path: Path
) -> None:
    old = files_of(site)
    with ExitStack() as readers:
        opened = {name: readers.enter_context((site / name).open("rb")) for name in old}
        updated(mirror, given(tmp_path / "more", *two_bundles(30)), at=LATER)
        assert exported(mirror, site).written > 5
        assert {name: file.read() for name, file in opened.items()} == old


def test_more_papers_of_finer_shards_are_not_written_again(
    mirror: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pithmerge.mirrors.exporting.layout._A_SUM_SHARD", 0)
    monkeypatch.setattr("pithmerge.mirrors.exporting.layout._MOST_LETTERS", 2)
    updated(mirror, given(tmp_path / "more", *two_bundles(30)), at=LATER)
    assert exported(mirror, site).looked_at == 1
    assert all(len(path.stem) == 2 for path in (site / "checksums").iterdir())
    assert_sums_hold(site)


@pytest.mark.parametrize("harm", ["edited", "deleted", "sums", "folder"])
def test_check_mends_what_was_done_to_a_site(mirror: Path, site: Path, harm: str) -> None:
    whole = files_of(site)
    folder = site / "pith" / BUNDLE_SUFFIX
    if harm == "edited":
        (folder / "state.json").write_bytes(b"{}")
        (site / "index" / "index.json").write_bytes(b"{}")
    elif harm == "deleted":
        (site / ".well-known" / "pith" / BUNDLE_SUFFIX / "bundle.json").unlink()
        (site / "index" / "index.json").unlink()
    elif harm == "sums":
        (site / "SHA256SUMS").write_bytes(b"x")
    else:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    assert exported(mirror, site, check=True).written > 0
    assert files_of(site) == whole


def test_the_second_name_of_a_bundle_costs_no_second_copy(site: Path) -> None:
    bundle = site / "pith" / BUNDLE_SUFFIX / "bundle.json"
    assert bundle.samefile(site / ".well-known" / "pith" / BUNDLE_SUFFIX / "bundle.json")


def test_where_there_are_no_links_there_are_copies(
    mirror: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: Any) -> None:
        raise OSError("no links")

    monkeypatch.setattr(Path, "hardlink_to", unsupported)
    exported(mirror, tmp_path / "copies", base_url=BASE)
    assert files_of(tmp_path / "copies") == files_of(site)


def test_whatever_ends_an_export_the_next_one_goes_on(
    mirror: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    updated(mirror, given(tmp_path / "more", *two_bundles(30), *two_bundles(31)), at=LATER)
    old = files_of(site)
    exported(mirror, tmp_path / "whole", base_url=BASE)
    new = files_of(tmp_path / "whole")
    write = Folder._write
    left = 0

    def dying(self: Folder, target: Path, data: bytes) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        write(self, target, data)

    monkeypatch.setattr(Folder, "_write", dying)
    for attempt in range(100):
        left = attempt
        try:
            exported(mirror, site)
        except KeyboardInterrupt:
            # Each file is the one before or the new one.
            for name, data in files_of(site).items():
                assert data in (old.get(name), new.get(name)), name
            if attempt == 7:
                left = 1000
                exported(mirror, site)
        else:
            break
    assert attempt > 5
    assert files_of(site) == new
    assert_sums_hold(site)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system kills otherwise")
@pytest.mark.parametrize("after", [1, 9, 40])
def test_kill_9_costs_what_was_at_work(
    mirror: Path, site: Path, tmp_path: Path, after: int
) -> None:
    for attempt in ("first", "next"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.sites", mirror, tmp_path / "killed", str(after)],
            cwd=Path(__file__).parents[3],
            capture_output=True,
            check=False,
            env=environment({}),
        )
        assert (done.returncode, done.stderr) == (-signal.SIGKILL, b""), attempt
    exported(mirror, tmp_path / "killed", base_url=BASE)
    assert files_of(tmp_path / "killed") == files_of(site)


def test_a_first_export_that_was_cut_short_is_gone_on_with(
    mirror: Path, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Folder, "_write", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OutputError, match="make room, then give the same command again"):
        exported(mirror, tmp_path / "again", base_url=BASE)
    monkeypatch.undo()
    exported(mirror, tmp_path / "again", base_url=BASE)
    assert files_of(tmp_path / "again") == files_of(site)


def test_papers_that_nothing_speaks_for_any_more_leave(mirror: Path, site: Path) -> None:
    with closing(sqlite3.connect(mirror / "mirror.sqlite")) as database, database:
        database.execute(
            "UPDATE papers SET verdict = NULL, changed_by = (SELECT max(id) + 1 FROM updates) "
            "WHERE suffix = ?",
            (BUNDLE_SUFFIX,),
        )
        of_it = "FROM names WHERE paper_id IN (SELECT id FROM papers WHERE verdict IS NULL)"
        database.execute(
            "INSERT INTO unnamed SELECT (SELECT max(id) + 1 FROM updates), kind, value " + of_it
        )
        database.execute(f"DELETE {of_it}")
    assert exported(mirror, site).removed >= 4
    assert not (site / "pith" / BUNDLE_SUFFIX).exists()
    assert BUNDLE_SUFFIX not in "".join(files_of(site))
    assert not any(BUNDLE_SUFFIX.encode() in data for data in files_of(site).values())
    assert_sums_hold(site)


def test_another_mirror_or_a_copy_put_back_is_exported_whole(site: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other")
    updated(other, given(tmp_path / "more", *two_bundles(40)), at=LATER)
    exported(other, site)
    assert {path.name for path in (site / "pith").iterdir()} == suffixes_of(other)
    exported(other, tmp_path / "whole", base_url=BASE)
    assert files_of(site) == files_of(tmp_path / "whole")


def test_a_folder_that_is_something_else_is_refused(mirror: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "holiday.jpg").write_bytes(b"")
    with pytest.raises(OutputError, match=r"holiday\.jpg, and no export of a mirror: name a new"):
        exported(mirror, other)
    assert [each.name for each in other.iterdir()] == ["holiday.jpg"]
    (other / "pithmerge-export.json").write_bytes(b'{"site_type":"other"}')
    with pytest.raises(OutputError, match="no export of a mirror"):
        exported(mirror, other)
    (other / "pithmerge-export.json").write_bytes(
        b'{"site_type":"pith_mirror_site","site_version":9}'
    )
    with pytest.raises(OutputError, match="export to a new folder"):
        exported(mirror, other)
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(OutputError, match="check the path"):
        exported(mirror, file)


@pytest.mark.skipif(os.name != "posix", reason="this system has no such locks")
def test_one_process_exports_to_a_folder(mirror: Path, site: Path) -> None:
    with site_folder(site), pytest.raises(OutputError, match="another process exports to it"):
        exported(mirror, site)
    assert exported(mirror, site).written == 0


def test_neither_is_in_the_other(mirror: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is in"):
        exported(mirror, mirror / "site")
    assert not (mirror / "site").exists()
    with pytest.raises(OutputError, match="it is, or holds,"):
        exported(mirror, tmp_path)
    with pytest.raises(OutputError, match="it is, or holds,"):
        exported(mirror, mirror)
    with pytest.raises(MirrorError, match="there is no mirror"):
        exported(tmp_path / "nothing", tmp_path / "site")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    "url",
    ["", "mirror.example", "ftp://a/", "https://", "https://u:secret@a.example/", "https://a/?q",
     "https://a/#f", "https://a/{suffix}", "https://a/<b>", "https://a b/", "https://[::1",
     "https://a/%zz"],
)  # fmt: skip
def test_an_address_that_no_manifest_can_name_is_refused(url: str) -> None:
    with pytest.raises(OutputError, match="give --base-url as https://") as problem:
        checked_base_url(url)
    assert "secret" not in str(problem.value)


def test_addresses_that_a_manifest_can_name() -> None:
    for url in ("https://a.example", "http://127.0.0.1:8000/x/y", "https://[::1]:80/~me"):
        assert checked_base_url(url) == checked_base_url(f"{url}/") == url


def test_of_papers_of_one_suffix_the_better_one_is_at_its_path(tmp_path: Path) -> None:
    """What is signed about a number with another year has the same path."""
    bundle = json.loads(synthetic_bundle(0, 3))
    number = bundle["pith_number"]
    wrong = f"pith:1901:{number[10:]}"
    snapshot = next(each for each in bundle["events"] if each["event_type"] == "graph_snapshot")
    event = build_event(REGISTRY, EventType.GRAPH_SNAPSHOT, pith_number=wrong, target="graph",
                        payload=snapshot["payload"], created_at=AT)  # fmt: skip
    mirror = made(tmp_path / "mirror")
    updated(mirror, given(tmp_path / "a", compact_json([event], max_depth=MAX_DOCUMENT_DEPTH)))
    exported(mirror, tmp_path / "site")
    assert wrong in (tmp_path / "site" / "pith" / number[10:] / "state.json").read_text()
    updated(mirror, given(tmp_path / "b", synthetic_bundle(0, 3)), at=LATER)
    came = exported(mirror, tmp_path / "site")
    assert (came.papers, came.left_out) == (1, 1)
    assert number in (tmp_path / "site" / "pith" / number[10:] / "state.json").read_text()
    assert not any(wrong.encode() in data for data in files_of(tmp_path / "site").values())
    assert_sums_hold(tmp_path / "site")


def test_hostile_titles_and_names_do_nothing(tmp_path: Path) -> None:
    evil = f"</title><script>alert(1)</script><img src=x onerror=alert(1)> {HOSTILE}"
    mirror = made(tmp_path / "mirror")
    updated(mirror, given(tmp_path / "a", paper("2601.00001", evil), paper("../../../x", evil)))
    site = tmp_path / "site"
    exported(mirror, site, name=evil)
    assert not [path for path in tmp_path.rglob("*") if path.name == "x"]
    pages = [data.decode() for name, data in files_of(site).items() if name.endswith(".html")]
    assert len(pages) == 3
    for page in pages:
        assert "<script>" not in page
        assert "<img" not in page
        assert "\u202e" not in page
        assert "\x1b" not in page
    assert_sums_hold(site)


def test_a_page_counts_what_stands_against_a_paper_beside_its_verdict(site: Path) -> None:
    fork = json.loads(FORK.read_bytes())["pith_number"].rpartition(":")[2]
    for suffix, counts in (
        (fork, "3 valid events, 1 equivocation."),
        (BUNDLE_SUFFIX, "2 valid events."),
    ):
        (said,) = re.findall(
            "<p class=.verdict.*", (site / f"pith/{suffix}/index.html").read_text()
        )
        assert f'holds. <span class="less">{counts}</span>' in said


# The index.


def test_the_index_leads_from_names_words_and_beginnings_to_papers(
    mirror: Path, site: Path
) -> None:
    index = json.loads((site / "index" / "index.json").read_bytes())
    assert index["papers"] == len(suffixes_of(mirror))

    def shard(kind: str, text: str) -> Any:
        digits = index[kind]["digits"]
        name = f"{hash_shard(text, digits):0{digits}x}"
        return json.loads((site / "index" / kind / f"{name}.json").read_bytes())

    title = "ProbMoE: Differentiable Probabilistic Routing for Mixture-of-Experts"
    entry = [f"pith:2026:{BUNDLE_SUFFIX}", "2606.01509v1", title]
    assert shard("names", "arxiv:2606.01509")["arxiv:2606.01509"] == [entry]
    words = shard("words", "probmoe")
    assert words["words"]["probmoe"]["total"] == 1
    assert [words["papers"][place] for place in words["words"]["probmoe"]["papers"]] == [entry]
    letters = index["numbers"]["letters"]
    numbers = site / "index" / "numbers" / f"{BUNDLE_SUFFIX[:letters]}.json"
    assert entry in json.loads(numbers.read_bytes())


def test_a_common_word_names_the_newest_papers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pithmerge.mirrors.exporting.indexing.MOST_OF_A_WORD", 2)
    mirror = made(tmp_path / "mirror")
    ids = ["2601.00001", "2601.00002", "2601.00003"]
    updated(mirror, given(tmp_path / "a", *(paper(each, "Naïve ﬁelds") for each in ids)))
    exported(mirror, tmp_path / "site")
    found = {}
    for path in (tmp_path / "site" / "index" / "words").iterdir():
        shard = json.loads(path.read_bytes())
        for word, postings in shard["words"].items():
            found[word] = [shard["papers"][place][1] for place in postings["papers"]]
            assert postings["total"] == 3
    assert found == {word: ["2601.00003v1", "2601.00002v1"] for word in ("naive", "fields")}


def test_shards_are_named_in_order_and_by_a_known_hash() -> None:
    assert list(every_shard(1)) == sorted(every_shard(1), key=lambda s: (s.isdigit(), s))
    assert len(set(every_shard(2))) == 32 * 32
    # The test vectors of FNV-1a.
    assert hash_shard("", 8) == 0x811C9DC5
    assert hash_shard("foobar", 8) == 0xBF9CF968
    assert hash_shard("foobar", 2) == 0xBF


def test_what_nobody_has_signed_makes_nothing_better_and_displaces_nothing(tmp_path: Path) -> None:
    source = tmp_path / "bundle.json"
    source.write_bytes(synthetic_bundle(0, 3, mirror=1, flaw=Flaw.EVENT_CHANGED))
    number = json.loads(source.read_bytes())["pith_number"]
    suffix = number.rpartition(":")[2]
    for name, forged in (("a", f"pith:1999:{suffix}"), ("b", number)):
        (tmp_path / f"{name}.json").write_bytes(merge([], pith_number=forged).to_json())
    mirror = made(tmp_path / "mirror")
    updated(mirror, source, tmp_path / "a.json", tmp_path / "b.json")

    exported(mirror, tmp_path / "site")

    state = json.loads((tmp_path / "site" / "pith" / suffix / "state.json").read_bytes())
    assert (state["pith_number"], state["valid_event_count"]) == (number, 2)
    with open_mirror(mirror) as opened:
        (found,) = opened.find(number)
    assert [paper.verdict for paper in found.papers] == ["failed"]

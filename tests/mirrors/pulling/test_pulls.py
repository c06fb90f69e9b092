"""Pulls from honest mirrors: what they hold together is what an update of the same files learns."""

import json
from pathlib import Path

import pytest

from pithmerge import load_document
from pithmerge.errors import OutputError
from pithmerge.fixtures import published
from pithmerge.mirrors.living.opened import open_mirror
from pithmerge.mirrors.pulling import pull
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle
from tests.support.cli_helpers import pithmerge
from tests.support.living import AT, EVIDENCE, content_of, damage_of, made, states_of, updated
from tests.support.mirror_sources import lines_of
from tests.support.pulling import (
    BUNDLES,
    NUMBERS,
    SUFFIXES,
    path_of,
    pulled,
    rows_of,
    served_bundles,
)
from tests.support.serving import (
    QUICK,
    Answer,
    gzipped,
    manifest,
    redirect,
    reply,
    serving,
    written_manifest,
)

FORK = next(
    index
    for index in range(200)
    if b'"equivocation_count":1' in synthetic_bundle(0, index, mirror=1)
)
STATE = published("state-22M3HBJ4ANVNJTN56RI73FO4HC.json")
STATE_SUFFIX = "22M3HBJ4ANVNJTN56RI73FO4HC"


def full(address: str) -> dict[str, str]:
    """A mirror that serves all there is."""
    paper = f"{address}/pith/{{suffix}}"
    return {
        "bundle_pattern": f"{paper}/bundle.json",
        "events_pattern": f"{paper}/events.json",
        "state_pattern": f"{paper}/state.json",
        "well_known_pattern": f"{address}/.well-known/pith/{{suffix}}/bundle.json",
    }


def test_it_learns_what_an_update_learns(tmp_path: Path) -> None:
    by_pull, by_update = made(tmp_path / "pull"), made(tmp_path / "update")
    (tmp_path / "a.ndjson").write_bytes(lines_of(BUNDLES))
    with serving(served_bundles()) as server:
        file = Path(written_manifest(tmp_path, server.address))
        result = pull(
            by_pull, NUMBERS, at=AT, manifest=file, engine=LocalEngine(1), politeness=QUICK
        )
    by_file = updated(by_update, tmp_path / "a.ndjson")
    assert result.updated.learned == by_file.learned
    assert content_of(by_pull, EVIDENCE) == content_of(by_update, EVIDENCE)
    with open_mirror(by_pull) as mirror:
        (first, *_) = mirror.log(NUMBERS[0])
    assert first["from"] == f"{server.address}{path_of(SUFFIXES[0])}"
    assert damage_of(by_pull) == []


def test_packed_in_pieces_and_by_redirects(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    packed = gzipped(BUNDLES[1])
    head, _, body = packed.partition(b"\r\n\r\n")
    in_pieces = reply(
        b"".join(b"%x\r\n%s\r\n" % (len(body[i : i + 1000]), body[i : i + 1000])
                 for i in range(0, len(body), 1000)) + b"0\r\n\r\n",
        content_length="", transfer_encoding="chunked", content_encoding="x-gzip",
    )  # fmt: skip
    assert b"gzip" in head
    answers: dict[str, Answer] = {
        path_of(SUFFIXES[0]): redirect("/moved?a=b"),
        "/moved?a=b": redirect("../there", "308 x"),
        "/there": packed.replace(body, gzipped(BUNDLES[0]).partition(b"\r\n\r\n")[2]).replace(
            str(len(body)).encode(),
            str(len(gzipped(BUNDLES[0]).partition(b"\r\n\r\n")[2])).encode(),
        ),
        path_of(SUFFIXES[1]): in_pieces,
        path_of(SUFFIXES[2]): reply(
            BUNDLES[2], content_type="application/pith+json; charset=utf-8"
        ),
    }
    with serving(answers) as server:
        result = pulled(folder, written_manifest(tmp_path, server.address))
    assert (rows_of(result), result.updated.learned.new) == ([], 3)


def test_every_mirror_is_asked_so_that_a_fork_is_seen(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    honest, other = synthetic_bundle(0, FORK), synthetic_bundle(0, FORK, mirror=1)
    number = str(load_document(honest).pith_number)
    path = path_of(number.rpartition(":")[2])
    with serving({path: reply(honest)}) as first, serving({path: reply(other)}) as second:
        file = written_manifest(tmp_path, first.address, second.address)
        result = pulled(folder, file, [number])
    assert (result.mirrors, result.updated.documents) == (2, 2)
    assert result.updated.learned.equivocations == 1
    (row,) = rows_of(result, "equivocation")
    assert row.pith_number == number


def test_bundle_and_events_of_a_mirror_that_has_both(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    bundle, other = synthetic_bundle(0, FORK), synthetic_bundle(0, FORK, mirror=1)
    number = str(load_document(bundle).pith_number)
    suffix = number.rpartition(":")[2]
    events = json.dumps(json.loads(other)["events"]).encode()
    answers: dict[str, Answer] = {
        path_of(suffix): reply(bundle), path_of(suffix, "events.json"): reply(events),
    }  # fmt: skip
    with serving(answers) as server:
        result = pulled(folder, written_manifest(tmp_path, full(server.address)), [number])
        # There is no need to ask for its state, or for the bundle elsewhere.
        assert sorted(server.paths) == sorted(answers)
    expected = made(tmp_path / "expected")
    (tmp_path / "a.ndjson").write_bytes(lines_of([bundle, other]))
    updated(expected, tmp_path / "a.ndjson")
    assert states_of(folder) == states_of(expected)
    assert result.updated.learned.equivocations == 1


def test_events_of_another_paper_among_them(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    both = [*json.loads(BUNDLES[0])["events"], *json.loads(BUNDLES[1])["events"]]
    data = json.dumps(both).encode()
    (tmp_path / "known.json").write_bytes(data)
    path = path_of(SUFFIXES[0], "events.json")
    with serving({path: reply(data)}) as server:
        file = written_manifest(tmp_path, full(server.address))
        for known in (False, True):
            result = pulled(folder, file, NUMBERS[:1])
            (row,) = rows_of(result)
            assert row.message == f"it is of {NUMBERS[1]}, and {NUMBERS[0]} was asked for" or (
                row.message == f"it is of {NUMBERS[0]}, and {NUMBERS[1]} was asked for"
            )
            assert result.updated.learned.new == 0
            if not known:
                assert states_of(folder) == {}
                updated(folder, tmp_path / "known.json")
    # It was seen in the file, and never at that address.
    assert [place for _, place in content_of(folder)["sightings"]] == [str(tmp_path / "known.json")]


def test_what_is_not_there_is_looked_for_elsewhere(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    answers: dict[str, Answer] = {
        f"/.well-known/pith/{SUFFIXES[0]}/bundle.json": reply(BUNDLES[0]),
        path_of(STATE_SUFFIX, "state.json"): reply(STATE),
    }
    nowhere = "A" * 26
    with serving(answers) as server, serving({}) as second:
        file = written_manifest(tmp_path, full(server.address), second.address)
        result = pulled(folder, file, [NUMBERS[0], STATE_SUFFIX, nowhere])
        place = f"{server.address}{path_of(nowhere)}"
    assert (result.updated.learned.new, result.absent, result.unavailable) == (2, 1, 0)
    (row,) = rows_of(result)
    assert (row.document, row.pith_number) == (place, None)
    assert row.message == "it is not there (404 Not Found), nor at 1 other mirrors"
    assert states_of(folder)[f"pith:2025:{STATE_SUFFIX}"] == STATE


def test_sound_events_of_a_bundle_that_fails_enter(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    broken = BUNDLES[0].replace(b'"event_count":2', b'"event_count":3')
    assert broken != BUNDLES[0]
    with serving({path_of(SUFFIXES[0]): reply(broken)}) as server:
        result = pulled(folder, written_manifest(tmp_path, server.address), NUMBERS[:1])
    assert (result.updated.learned.new, result.updated.learned.failed) == (1, 1)
    assert len(rows_of(result, "failed")) == 1


def test_within_an_event_loop(tmp_path: Path) -> None:
    """As in a notebook."""
    import asyncio

    folder = made(tmp_path / "mirror")

    async def cell() -> int:
        with serving(served_bundles()) as server:
            return pulled(folder, written_manifest(tmp_path, server.address)).updated.learned.new

    assert asyncio.run(cell()) == 3


# The command.


def test_the_command(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    nowhere = f"pith:2026:{'A' * 26}"
    with serving(served_bundles()) as server:
        words = ("mirror", "pull", folder, "--manifest", written_manifest(tmp_path, server.address),
                 "-p", "1", "--rate", "1000", "--at", AT)  # fmt: skip
        done = pithmerge(*words, *NUMBERS[:2])
        assert (done.code, done.stderr) == (0, b"")
        assert done.text.splitlines() == [
            "asked 1 mirror for 2 papers: 2 documents came, 0 unchanged, 0 could not be had, "
            "0 not there",
            "2 new, 0 changed, 0 new equivocations, 0 refused",
            f"report: {folder}/reports/2026-06-01T000000Z-000001.ndjson",
        ]
        listed = pithmerge(*words, "--from", "-", stdin=f"{NUMBERS[2]}\n{nowhere}\n".encode())
        assert listed.code == 3
        assert listed.text.splitlines()[1] == "1 new, 0 changed, 0 new equivocations, 1 refused"
        server.requests.clear()
        known = pithmerge(
            *words, "--known", NUMBERS[0], "--json", "--report", tmp_path / "day.parquet"
        )
        value = json.loads(known.stdout)
        assert (known.code, value["papers"], value["new"]) == (0, 3, 0)
        assert value["report"] == str(tmp_path / "day.parquet")
        assert sorted(server.paths) == sorted(map(path_of, SUFFIXES))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give Pith Numbers, --known or --from"),
        (("2606.01510",), "there is no such paper in this mirror"),
        (("--from", "LIST"), "list.txt:2: "),
        (("--known", "--manifest", "LIST"), "list.txt: "),
        (("--known", "--manifest", "LIST", "--report", "LIST"), "list.txt: "),
        (("--from", "LIST", "--report", "out.txt"), "out.txt"),
        (("--known", "--rate", "0"), "--rate"),
        (("--known", "--timeout", "nan"), "--timeout"),
        (("--known", "--rate", "nan"), "--rate"),
    ],
)
def test_what_cannot_be_done(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    folder, listed = made(tmp_path / "mirror"), tmp_path / "list.txt"
    listed.write_text(f"{NUMBERS[0]}\nwhat\n")
    before = (folder / "mirror.sqlite").read_bytes()
    given = [str(listed) if word == "LIST" else word for word in words]
    assert said in pithmerge("mirror", "pull", folder, *given, cwd=tmp_path).error
    assert (folder / "mirror.sqlite").read_bytes() == before
    assert listed.read_text() == f"{NUMBERS[0]}\nwhat\n"


def test_a_report_does_not_take_the_place_of_the_manifest(tmp_path: Path) -> None:
    folder, file = made(tmp_path / "mirror"), tmp_path / "manifest.ndjson"
    file.write_bytes(manifest("https://a.example"))
    with pytest.raises(OutputError, match="which is read"):
        pulled(folder, str(file), report=file)
    assert file.read_bytes() == manifest("https://a.example")


def test_without_the_library_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pithmerge.mirrors import SourceError

    folder = made(tmp_path / "mirror")
    monkeypatch.setitem(__import__("sys").modules, "httpx2", None)
    (tmp_path / "m.json").write_bytes(manifest("https://a.example"))
    with pytest.raises(SourceError, match=r"httpx2, which is not installed: pip install 'pithmer"):
        pulled(folder, str(tmp_path / "m.json"))

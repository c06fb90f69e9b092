"""Synthetic mirrors: the same bytes every time, whole unless asked otherwise, in mirrors."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pithmerge import Outcome, load_document, merge, verify_document
from pithmerge.cli import main as command
from pithmerge.cli import mirror_synthetic
from pithmerge.errors import DocumentError, PithmergeError
from pithmerge.mirrors.synthetic import (
    Flaw,
    flaw_of,
    is_held,
    synthetic_bundle,
    synthetic_keyring,
    synthetic_mirror,
)
from pithmerge.mirrors.synthetic.packing import pack
from tests.support.cli_helpers import PITHMERGE, Run, pithmerge
from tests.support.mirror_sources import documents_of, items_of

KEYRING = synthetic_keyring()
FORMS = ("", ".tar", ".zip", ".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.zst", ".parquet")


def _failed_rules(data: bytes) -> set[str]:
    report = verify_document(load_document(data), keyring=KEYRING)
    return {check.rule for check in report.with_outcome(Outcome.FAILED)}


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("mirror", [0, 1, 5])
def test_bundles_hold_wholly(seed: int, mirror: int) -> None:
    for index in (*range(40), 10**7):
        data = synthetic_bundle(seed, index, mirror=mirror)
        assert verify_document(load_document(data), keyring=KEYRING).ok
        assert 12_000 < len(data) < 22_000


def test_bundles_are_the_same_whatever_python_is_told_of_hashing() -> None:
    code = (
        "import hashlib; from pithmerge.mirrors.synthetic import synthetic_bundle as bundle;"
        "print(hashlib.sha256(b''.join(bundle(3, i, mirror=i % 3) for i in range(30))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    own = b"".join(synthetic_bundle(3, index, mirror=index % 3) for index in range(30))
    assert digests == {hashlib.sha256(own).hexdigest().encode() + b"\n"}


def test_no_paper_is_in_two_corpora_or_twice_in_one() -> None:
    numbers = [
        load_document(synthetic_bundle(seed, index)).pith_number
        for seed in (0, 1)
        for index in range(50)
    ]
    assert len(set(numbers)) == 100


@pytest.mark.parametrize(
    ("flaw", "rule"),
    [
        (Flaw.EVENT_CHANGED, "SPEC 4.2"),
        (Flaw.EVENT_SIGNATURE, "SPEC 5.1"),
        (Flaw.STATE_CHANGED, "SPEC 8.2"),
        (Flaw.BUNDLE_SIGNATURE, "SPEC 3.1"),
    ],
)
def test_flaws_are_what_they_say(flaw: Flaw, rule: str) -> None:
    failed = _failed_rules(synthetic_bundle(0, 3, flaw=flaw))
    assert rule in failed
    # The bundle's own digest covers all that a flaw can change.
    assert "SPEC 10.1" in failed


def test_a_bundle_whose_signature_does_not_fit_holds_otherwise() -> None:
    assert _failed_rules(synthetic_bundle(0, 3, flaw=Flaw.BUNDLE_SIGNATURE)) == {
        "SPEC 3.1",
        "SPEC 10.1",
    }


def test_a_bundle_that_is_cut_short_is_no_json() -> None:
    with pytest.raises(DocumentError, match="no JSON"):
        load_document(synthetic_bundle(0, 3, flaw=Flaw.CUT_SHORT))


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0.0, 0, 0), (0.1, 60, 140), (1.0, 1000, 1000)]
)
def test_the_share_of_flawed_papers_is_what_was_asked(share: float, least: int, most: int) -> None:
    flaws = [flaw_of(0, index, share=share) for index in range(1000)]
    assert least <= sum(flaw is not None for flaw in flaws) <= most
    assert share == 0 or set(flaws) - {None} == set(Flaw)


def test_mirrors_hold_every_paper_together_and_share_some() -> None:
    held = [
        {index for index in range(300) if is_held(0, index, mirror=mirror, mirrors=3)}
        for mirror in range(3)
    ]
    assert set.union(*held) == set(range(300))
    for one in range(3):
        for other in range(one):
            assert 60 < len(held[one] & held[other]) < 240


def test_mirrors_sign_the_same_events_afresh_and_some_know_more() -> None:
    more = forked = 0
    for index in range(120):
        base, *others = (
            load_document(synthetic_bundle(0, index, mirror=mirror)).events for mirror in range(3)
        )
        for events in others:
            assert [event["event_id"] for event in events[:2]] == [
                event["event_id"] for event in base
            ]
            assert events[0]["signature"]["signed_at"] != base[0]["signature"]["signed_at"]
            more += len(events) > 2
        union = merge([*base, *others[0], *others[1]], keyring=KEYRING)
        assert not union.invalid_events
        forked += bool(union.equivocations)
    assert 20 < more < 120
    assert 0 < forked < 40


def test_a_mirror_does_not_depend_on_how_many_make_it() -> None:
    one = list(synthetic_mirror(450, seed=2, mirror=1, mirrors=2, flawed=0.05))
    assert list(synthetic_mirror(450, seed=2, mirror=1, mirrors=2, flawed=0.05, processes=2)) == one
    assert len(one) == len(dict(one))


@pytest.mark.parametrize("ending", FORMS)
def test_what_is_packed_is_read_again(tmp_path: Path, ending: str) -> None:
    documents = list(synthetic_mirror(30, flawed=0.2))
    target = tmp_path / f"mirror{ending}"
    assert pack(target, iter(documents)) == 30
    assert documents_of(target) == [data for _, data in documents]
    if ending in ("", ".tar", ".zip"):
        names = [item.name.removeprefix(str(target)).lstrip("/!") for item in items_of(target)]
        assert names == [name for name, _ in documents]


@pytest.mark.parametrize("ending", FORMS[1:])
def test_what_is_packed_has_the_same_bytes_whenever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    documents = list(synthetic_mirror(5))
    packed = []
    for now in (1.0e9, 1.5e9):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        target = tmp_path / f"{now}{ending}"
        pack(target, documents)
        packed.append(target.read_bytes())
    assert packed[0] == packed[1]


@pytest.mark.parametrize("name", ["mirror.csv", "mirror.tar.gz", "mirror.json", "mirror.gz"])
def test_no_other_form_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(PithmergeError, match="its ending"):
        pack(tmp_path / name, [])
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_mirrors(tmp_path: Path) -> None:
    targets = [tmp_path / "a.ndjson", tmp_path / "b.jsonl.gz", tmp_path / "c"]
    words = ["--count", "20", "--seed", "4", "--flawed", "0.3", "--processes", "2"]
    done = pithmerge("mirror", "synthetic", *targets, *words)
    assert (done.code, done.stderr) == (0, b"")
    for mirror, (target, line) in enumerate(zip(targets, done.text.splitlines(), strict=True)):
        expected = list(synthetic_mirror(20, seed=4, mirror=mirror, mirrors=3, flawed=0.3))
        assert documents_of(target) == [data for _, data in expected]
        assert line == f"{target}: {len(expected)} bundles"
    assert sorted(tmp_path.iterdir()) == targets


def test_the_command_overwrites_nothing_and_leaves_nothing_half(tmp_path: Path) -> None:
    there = tmp_path / "a.ndjson"
    there.write_bytes(b"mine")
    free = tmp_path / "b.ndjson"
    for words, said in (
        ([free, there], "a.ndjson: it is there already: remove it, or name another"),
        ([free, free], "is named twice"),
        (
            [free, tmp_path / "mirror.csv"],
            f"{tmp_path / 'mirror.csv'}: its ending is none that is written",
        ),
        ([tmp_path / "no" / "mirror.tar"], "No such file"),
        ([free, "--count", "0"], "0 is not in the range x>=1"),
        ([free, "--flawed", "2"], "2.0 is not in the range 0<=x<=1"),
    ):
        done = pithmerge("mirror", "synthetic", *words)
        assert done.code == 2
        assert said in done.error
        assert list(tmp_path.iterdir()) == [there]
    assert there.read_bytes() == b"mine"


@pytest.mark.skipif(os.name != "posix", reason="limits of a shell")
def test_the_command_says_which_mirror_there_is_no_room_for(tmp_path: Path) -> None:
    limited = ("sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *PITHMERGE)
    target = tmp_path / "a.ndjson"
    result = Run(("mirror", "synthetic", target, "--count", "3"), program=limited).result()
    assert f"{target}: cannot be written (File too large): check the disk" in result.error
    assert list(tmp_path.iterdir()) == []


def test_a_mirror_that_cannot_be_finished_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Iterator[tuple[str, bytes]]:
        yield "a/b.json", b"{}"
        raise KeyboardInterrupt

    monkeypatch.setattr(mirror_synthetic, "synthetic_mirror", broken)
    for name in ("mirror", "mirror.tar", "mirror.ndjson", "mirror.parquet"):
        with pytest.raises(SystemExit) as ended:
            command([*("mirror", "synthetic"), str(tmp_path / name)])
        assert ended.value.code == 130
        assert list(tmp_path.iterdir()) == []


def test_the_keys_are_the_published_test_keys() -> None:
    # Nobody's real keyring holds them: their private halves are in the repository.
    own = {key.key_id for key in KEYRING.keys}
    assert own == {"test-registry-2026", "test-archive"}
    assert "pith-v1-2026-05" not in json.dumps([key.to_entry() for key in KEYRING.keys])

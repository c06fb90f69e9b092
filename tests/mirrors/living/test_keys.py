"""The keyring of a mirror: what another key changes is judged anew, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from pithmerge.canon import MAX_DOCUMENT_DEPTH, compact_json
from pithmerge.crypto import Keyring
from pithmerge.fixtures.signers import ARCHIVE, REGISTRY
from pithmerge.mirrors.living import init_mirror, open_mirror
from pithmerge.mirrors.living import updating as updating_module
from pithmerge.mirrors.living.judging import ANY, AskedKeyring, changed_keys
from pithmerge.mirrors.running.engines import LocalEngine
from pithmerge.mirrors.synthetic import synthetic_bundle, synthetic_keyring
from tests.support.living import (
    AT,
    EVIDENCE,
    LATER,
    content_of,
    counts,
    damage_of,
    made,
    states_of,
    updated,
)
from tests.support.mirror_sources import lines_of

PUBLISHED = Path(__file__).parents[3] / "fixtures" / "published"
NOBODY = Keyring.empty()
ONLY_REGISTRY = NOBODY.with_entries([REGISTRY.key.to_entry()])


def source_of(folder: Path, *documents: bytes) -> Path:
    path = folder / "a.ndjson"
    path.write_bytes(lines_of(documents))
    return path


def judged_anew(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The documents that are judged anew from here on."""
    seen: list[int] = []
    whole = updating_module.judge_documents

    def counting(documents: list[int], **options: Any) -> Any:
        seen.extend(documents)
        return whole(documents, **options)

    monkeypatch.setattr(updating_module, "judge_documents", counting)
    return seen


def test_what_waits_for_a_key_enters_when_it_is_trusted(tmp_path: Path) -> None:
    source = source_of(tmp_path, *(synthetic_bundle(0, index) for index in range(5)))
    folder = made(tmp_path / "mirror", NOBODY)
    refused = updated(folder, source)
    assert counts(refused) == (0, 0, 0, 5)
    assert refused.learned.unsound == 5
    assert states_of(folder) == {}
    with open_mirror(folder) as opened:
        assert list(opened.papers()) == []
    assert damage_of(folder) == []
    # The same file is not read again: what the mirror has is judged anew.
    result = updated(folder, source, keyring=synthetic_keyring(), at=LATER)
    assert (counts(result), result.documents) == ((5, 0, 0, 0), 0)
    trusting = made(tmp_path / "trusting")
    updated(trusting, source)
    assert content_of(folder, EVIDENCE) == content_of(trusting, EVIDENCE)
    assert damage_of(folder) == []


def test_a_key_that_is_named_again_counts_as_named_last(tmp_path: Path) -> None:
    source = source_of(tmp_path, synthetic_bundle(0, 0))
    folder = made(tmp_path / "mirror")
    updated(folder, source)
    before = content_of(folder, EVIDENCE)
    expired = {**REGISTRY.key.to_entry(), "valid_until": "2020-01-01T00:00:00Z"}
    result = updated(folder, source, keyring=NOBODY.with_entries([expired]), at=LATER)
    assert counts(result) == (0, 1, 0, 0)
    with open_mirror(folder) as opened:
        assert list(opened.papers()) == []
        assert opened.find("2000")[0].papers == ()
    # Nothing that was ever valid is lost.
    result = updated(folder, source, keyring=ONLY_REGISTRY, at=LATER)
    assert content_of(folder, EVIDENCE) == before
    assert damage_of(folder) == []


def test_what_is_withdrawn_is_merged_no_more(tmp_path: Path) -> None:
    index = next(
        index
        for index in range(100)
        if ARCHIVE.key.fingerprint.encode() in synthetic_bundle(0, index, mirror=1)
    )
    value = json.loads(synthetic_bundle(0, index, mirror=1))
    hint = [event for event in value["events"] if event["event_type"] == "mirror_hint"]
    documents = [synthetic_bundle(0, index), compact_json(hint, max_depth=MAX_DOCUMENT_DEPTH)]
    folder = made(tmp_path / "mirror")
    updated(folder, source_of(tmp_path, *documents))
    (state,) = states_of(folder).values()
    assert json.loads(state)["event_count"] == 3
    expired = {**ARCHIVE.key.to_entry(), "valid_until": "2020-01-01T00:00:00Z"}
    updated(folder, tmp_path / "a.ndjson", keyring=NOBODY.with_entries([expired]), at=LATER)
    (state,) = states_of(folder).values()
    # Nothing of that list enters now, so that the state knows nothing of it.
    assert json.loads(state)["event_count"] == 2
    assert damage_of(folder) == []


def test_an_equivocation_may_stand_no_more_and_stand_again(tmp_path: Path) -> None:
    index = next(
        index
        for index in range(100)
        if b'"equivocation_count":1' in synthetic_bundle(0, index, mirror=1)
    )
    source = source_of(tmp_path, synthetic_bundle(0, index, mirror=1))
    folder = made(tmp_path / "mirror")
    assert counts(updated(folder, source)) == (1, 0, 1, 0)
    stood = []
    for until in ("2026-06-30T00:00:00Z", None):
        entry = {**REGISTRY.key.to_entry(), "valid_until": until}
        result = updated(folder, source, keyring=NOBODY.with_entries([entry]), at=LATER)
        assert counts(result) == (0, 1, 0, 0)
        assert damage_of(folder) == []
        with open_mirror(folder) as opened:
            (paper,) = opened.papers()
            (found,) = [
                each for each in opened.log(paper.pith_number) if each["what"] == "equivocation"
            ]
        stood.append((paper.equivocations, found["stands"], found["at"]))
    assert stood == [(0, False, AT), (1, True, AT)]


def test_only_what_has_asked_for_a_key_is_judged_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = next(
        index
        for index in range(100)
        if ARCHIVE.key.fingerprint.encode() in synthetic_bundle(0, index, mirror=1)
    )
    plain = next(
        index
        for index in range(100)
        if ARCHIVE.key.fingerprint.encode() not in synthetic_bundle(0, index, mirror=1)
    )
    documents = [synthetic_bundle(0, each, mirror=1) for each in (plain, index)]
    folder = made(tmp_path / "mirror", ONLY_REGISTRY)
    updated(folder, source_of(tmp_path, *documents))
    seen = judged_anew(monkeypatch)
    init_mirror(folder, at=LATER, keyring=synthetic_keyring(), engine=LocalEngine(1))
    assert len(seen) == 1
    result = updated(folder, source_of(tmp_path, *documents), at=LATER)
    assert counts(result) == (0, 1, 0, 0)
    # The same keys again change nothing.
    init_mirror(folder, at=LATER, keyring=synthetic_keyring(), engine=LocalEngine(1))
    assert len(seen) == 1
    assert damage_of(folder) == []


def test_judging_anew_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of(tmp_path, *(synthetic_bundle(0, index) for index in range(5)))
    folder = made(tmp_path / "mirror", NOBODY)
    updated(folder, source)
    seen = judged_anew(monkeypatch)
    counting = updating_module.judge_documents

    def interrupted(documents: list[int], **options: Any) -> Any:
        if seen:
            raise KeyboardInterrupt
        return counting(documents, **options)

    monkeypatch.setattr(updating_module, "_DOCUMENTS_AT_ONCE", 2)
    monkeypatch.setattr(updating_module, "judge_documents", interrupted)
    with pytest.raises(KeyboardInterrupt):
        updated(folder, source, keyring=synthetic_keyring(), at=LATER)
    assert len(seen) == 2
    assert damage_of(folder) == []
    monkeypatch.setattr(updating_module, "judge_documents", counting)
    assert counts(updated(folder, source, at=LATER)) == (5, 0, 0, 0)
    assert sorted(seen) == [1, 2, 3, 4, 5]


def test_the_keyring_of_a_new_mirror_holds_the_registrys_key(tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    assert init_mirror(folder, at=AT)
    (source,) = PUBLISHED.glob("bundle-*.json")
    assert counts(updated(folder, source)) == (1, 0, 0, 0)
    value = json.loads(source.read_bytes())
    value["built_at"] = "2027-01-01T00:00:00Z"
    forged = tmp_path / "forged.json"
    forged.write_bytes(compact_json(value, max_depth=MAX_DOCUMENT_DEPTH))
    result = updated(folder, forged, at=LATER)
    # Its events are sound, and known; it is not.
    assert (counts(result), result.learned.failed) == ((0, 0, 0, 0), 1)
    with open_mirror(folder) as opened:
        (paper,) = opened.papers()
        assert paper.verdict == "ok"
        assert opened.bundle(paper.pith_number) == source.read_bytes()


def test_what_a_verdict_asks_for_is_remembered() -> None:
    keyring = AskedKeyring(synthetic_keyring())
    assert keyring.asked == ()
    known = REGISTRY.key.fingerprint
    assert keyring.get(known) == REGISTRY.key
    keyring.get("no fingerprint")
    keyring.get("0" * 32)
    assert keyring.asked == ("0" * 32, known) if known > "0" * 32 else (known, "0" * 32)
    for index in range(100):
        keyring.get(f"{index:032x}")
    assert keyring.asked == (ANY,)
    looked_through = AskedKeyring(synthetic_keyring())
    assert len(looked_through.keys) == 2
    assert looked_through.asked == (ANY,)


def test_how_keyrings_differ() -> None:
    archive, registry = ARCHIVE.key.fingerprint, REGISTRY.key.fingerprint
    assert changed_keys(synthetic_keyring(), synthetic_keyring()) == frozenset()
    assert changed_keys(synthetic_keyring(), ONLY_REGISTRY) == {archive}
    assert changed_keys(NOBODY, synthetic_keyring()) == {archive, registry}
    expired = {**REGISTRY.key.to_entry(), "valid_until": "2020-01-01T00:00:00Z"}
    assert changed_keys(ONLY_REGISTRY, ONLY_REGISTRY.with_entries([expired])) == {registry}

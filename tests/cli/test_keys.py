"""``--key``: which keys make which documents believed, and which cannot enter the keyring."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pithmerge.canon import compact_json
from pithmerge.crypto import Key, encode_base64
from tests.support.cli_documents import (
    ARCHIVE,
    BUNDLE,
    REGISTRY,
    needs_posix,
    write_json,
    write_keys,
    write_mirrors,
    write_published,
)
from tests.support.cli_helpers import Run, pithmerge, run_all

pytestmark = needs_posix


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published documents."""
    return write_published(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mirrors(tmp_path_factory.mktemp("mirrors"))


def test_keys_make_other_registries_believed(mirrors: Path, tmp_path: Path) -> None:
    keys, a = mirrors / "keys.json", mirrors / "a.json"
    entry = write_json(tmp_path / "entry.json", REGISTRY.key.to_entry())
    other = write_keys(tmp_path / "other.json", ARCHIVE)
    results = run_all(
        {
            "without": Run(("verify", a)),
            "with": Run(("verify", "--key", keys, a)),
            "one entry": Run(("verify", "--key", entry, a)),
            "the wrong one": Run(("verify", "--key", other, a)),
            "repeated": Run(("verify", "--key", other, "--key", entry, a)),
            "from stdin": Run(("verify", "--key", "-", a), keys.read_bytes()),
            "merge without": Run(("merge", "--strict", a)),
            "merge with": Run(("merge", "--strict", "--key", keys, a)),
        }
    )
    assert {name: result.code for name, result in results.items()} == {
        "without": 1,
        "with": 0,
        "one entry": 0,
        "the wrong one": 1,
        "repeated": 0,
        "from stdin": 0,
        "merge without": 1,
        "merge with": 0,
    }
    assert "unknown_key" in results["without"].text


def test_the_registry_stays_trusted_beside_other_keys(docs: Path, mirrors: Path) -> None:
    words = ("--key", mirrors / "keys.json", docs, mirrors / "a.json", mirrors / "b.json")
    assert pithmerge("verify", *words).code == 0


ENTRY = REGISTRY.key.to_entry()
WINDOW = {"valid_from": "2026-02-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z"}
_P = 2**255 - 19


def _with_key(raw: int) -> dict[str, Any]:
    return {**ENTRY, "public_key_b64": encode_base64(raw.to_bytes(32, "little"))}


# What cannot enter.

BAD_KEYS: Mapping[str, tuple[Any, str]] = {
    "number": (7, "a key file holds one key entry (an object) or a list of them"),
    "list of numbers": ([7], "key entry 0: it is no object"),
    "no member": (
        [ENTRY, {**ENTRY, "key_id": None}],
        "key entry 1: key_id is missing or no string",
    ),
    "unknown member": ({**ENTRY, "trusted": True}, "key entry 0: it has the unknown member 'trus"),
    "repeated": ([ENTRY, ENTRY], "key entry 1 repeats the key "),
    "base64": (
        {**ENTRY, "public_key_b64": "AAAA"},
        "key entry 0: public_key_b64 is not the padded",
    ),
    "small order": (_with_key(0), "is of small order (SPEC 3.5)"),
    "identity": (_with_key(1), "is of small order (SPEC 3.5)"),
    "not canonical": (_with_key(_P + 3), "is in non-canonical form (SPEC 3.5)"),
    "no point": (_with_key(2), "is no point of the curve"),
    "never valid": ({**ENTRY, **WINDOW}, "which is never: exchange the two ends"),
    "no date": ({**ENTRY, "valid_from": "2026-02-30T00:00:00Z"}, "key entry 0: valid_from of key"),
}


def test_keys_that_cannot_enter(tmp_path: Path, docs: Path) -> None:
    for name, (entries, _) in BAD_KEYS.items():
        write_json(tmp_path / name, entries)
    (tmp_path / "no JSON").write_bytes(b"{'a': 1}")
    messages = {
        **{name: message for name, (_, message) in BAD_KEYS.items()},
        "no JSON": "line 1, column 2, at $: ",
        "missing": "cannot be read (No such file or directory): check the path",
    }
    out = tmp_path / "out"
    out.write_text("kept")
    runs = {
        **{name: Run(("verify", "--key", name, docs), cwd=tmp_path) for name in messages},
        "missing ": Run(("merge", "--key", "missing", docs / BUNDLE, "-o", out), cwd=tmp_path),
    }
    for name, result in run_all(runs).items():
        file = name.strip()
        assert result.error.startswith(f"{file}: ")
        assert messages[file] in result.error
    assert out.read_text() == "kept"


def test_the_entry_that_the_bad_ones_are_made_from_is_good() -> None:
    assert Key(REGISTRY.key.public_key, "a", "b", "c").to_entry().keys() == ENTRY.keys()
    stdin = compact_json([ENTRY])
    result = pithmerge("verify", "--key", "-", os.devnull, stdin=stdin)
    assert result.unreadable.startswith(os.devnull)

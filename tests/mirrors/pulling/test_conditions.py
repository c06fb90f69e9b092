"""What is unchanged is not sent again; and nothing is called unchanged that is not here."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pithmerge.crypto import Keyring
from pithmerge.mirrors.living.database import DATABASE
from pithmerge.mirrors.synthetic import synthetic_keyring
from tests.support.living import damage_of, made, updated
from tests.support.pulling import BUNDLES, NUMBERS, SUFFIXES, path_of, pulled, rows_of
from tests.support.serving import (
    Answer,
    Request,
    gzipped,
    redirect,
    reply,
    serving,
    written_manifest,
)

ONE = path_of(SUFFIXES[0])
DATE = "Mon, 01 Jun 2026 00:00:00 GMT"
LATER = "Tue, 02 Jun 2026 00:00:00 GMT"


def versioned(body: bytes, **validators: str) -> Answer:
    """A server that knows what it has given."""

    def answer(request: Request, _: object) -> bytes:
        asked = request.headers
        if "etag" in validators and "if-none-match" in asked:
            same = asked["if-none-match"] == validators["etag"]
        else:
            same = asked.get("if-modified-since") == validators.get("last_modified", "")
        if same:
            return reply(status="304 Not Modified", content_length="", **validators)
        return reply(body, **validators)

    return answer


def fetched(folder: Path) -> list[Any]:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return database.execute(
            "SELECT place, found, etag, last_modified, document_id IS NOT NULL FROM fetched"
        ).fetchall()


@pytest.mark.parametrize(
    ("validators", "asked"),
    [
        ({"etag": '"a"'}, {"if-none-match": '"a"'}),
        ({"etag": 'W/"a,b"'}, {"if-none-match": 'W/"a,b"'}),
        ({"last_modified": DATE}, {"if-modified-since": DATE}),
        (
            {"etag": '"a"', "last_modified": DATE},
            {"if-none-match": '"a"', "if-modified-since": DATE},
        ),
    ],
)
def test_what_is_unchanged(
    tmp_path: Path, validators: dict[str, str], asked: dict[str, str]
) -> None:
    folder = made(tmp_path / "mirror")
    with serving({ONE: versioned(BUNDLES[0], **validators)}) as server:
        manifest = written_manifest(tmp_path, server.address)
        first = pulled(folder, manifest, NUMBERS[:1])
        second = pulled(folder, manifest, NUMBERS[:1])
        conditions = [
            {name: value for name, value in each.headers.items() if name.startswith("if-")}
            for each in server.requests
        ]
        assert conditions == [{}, asked]
        assert (first.updated.learned.new, first.unchanged) == (1, 0)
        assert (second.updated.documents, second.unchanged, rows_of(second)) == (0, 1, [])
        changed = {"etag": '"b"', "last_modified": LATER}
        server.answers[ONE] = versioned(BUNDLES[0] + b"\n", **changed)
        third = pulled(folder, manifest, NUMBERS[:1])
        assert (third.updated.documents, third.unchanged) == (1, 0)
    ((_, _, etag, last_modified, _),) = fetched(folder)
    assert (etag, last_modified) == ('"b"', LATER)
    assert damage_of(folder) == []


@pytest.mark.parametrize(
    "validators",
    [
        {},
        {"etag": "a"},
        {"etag": '"a'},
        {"etag": '"' + "a" * 300 + '"'},
        {"etag": '"\xe9"'},
        {"last_modified": "yesterday"},
        {"last_modified": DATE + " " * 100 + "x"},
    ],
)
def test_what_is_no_validator_is_not_kept(tmp_path: Path, validators: dict[str, str]) -> None:
    folder = made(tmp_path / "mirror")
    with serving({ONE: reply(BUNDLES[0], **validators)}) as server:
        manifest = written_manifest(tmp_path, server.address)
        pulled(folder, manifest, NUMBERS[:1])
        pulled(folder, manifest, NUMBERS[:1])
        assert [name for name in server.requests[1].headers if name.startswith("if-")] == []
    assert [row[1:] for row in fetched(folder)] == [(1, None, None, 1)]


def test_what_is_not_kept_is_asked_for_whole(tmp_path: Path) -> None:
    """Nothing of it entered, and no other key would change that."""
    folder = made(tmp_path / "mirror")
    unsound = json.loads(BUNDLES[0])
    for event in unsound["events"]:
        event["payload"] = {}
    for body in (b"[]", b"{", BUNDLES[1], json.dumps(unsound).encode()):
        with serving({ONE: versioned(body, etag='"a"')}) as server:
            manifest = written_manifest(tmp_path, server.address)
            for _ in range(2):
                assert len(rows_of(pulled(folder, manifest, NUMBERS[:1]))) == 1
            assert [each.headers.get("if-none-match") for each in server.requests] == [None, None]


def test_what_another_key_may_mend_is_kept_and_enters_with_it(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror", Keyring.empty())
    with serving({ONE: versioned(BUNDLES[0], etag='"a"')}) as server:
        manifest = written_manifest(tmp_path, server.address)
        first = pulled(folder, manifest, NUMBERS[:1])
        assert (first.updated.learned.new, first.updated.learned.unsound) == (0, 1)
        second = pulled(folder, manifest, NUMBERS[:1], keyring=synthetic_keyring())
        assert (second.unchanged, second.updated.learned.new) == (1, 1)
    assert damage_of(folder) == []


def test_a_date_that_came_by_a_redirect_is_that_of_another_place(tmp_path: Path) -> None:
    folder = made(tmp_path / "mirror")
    for validators, kept in (
        ({"last_modified": DATE}, (None, None)),
        ({"etag": '"a"', "last_modified": DATE}, ('"a"', DATE)),
    ):
        answers: dict[str, Answer] = {
            ONE: redirect("/there"),
            "/there": reply(BUNDLES[0], **validators),
        }
        with serving(answers) as server:
            pulled(folder, written_manifest(tmp_path, server.address), NUMBERS[:1])
            place = f"{server.address}{ONE}"
        assert [row[2:4] for row in fetched(folder) if row[0] == place] == [kept]


def test_what_the_mirror_has_already_is_known(tmp_path: Path) -> None:
    folder, file = made(tmp_path / "mirror"), tmp_path / "a.json"
    file.write_bytes(BUNDLES[0])
    updated(folder, file)
    with serving({ONE: gzipped(BUNDLES[0], etag='"a"')}) as server:
        result = pulled(folder, written_manifest(tmp_path, server.address), NUMBERS[:1])
    assert (result.updated.learned.new, result.updated.learned.changed) == (0, 0)
    assert [row[1:] for row in fetched(folder)] == [(1, '"a"', None, 1)]
